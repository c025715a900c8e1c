-- The ledger: double entry, two phases, append-only, one hash chain per municipality and year.
-- straat_app calls open_year, move_year, open_accounts, transfer and try_transfer; nothing else is granted.
create schema if not exists ledger authorization straat_owner;
set local role straat_owner;

-- Domains, not column checks: PostgreSQL prepares those anew for every statement, a third of an insert.
create domain ledger.municipality as text check (value ~ '^[a-z0-9]+(-[a-z0-9]+)*$');
create domain ledger.cents as bigint check (value > 0);
create domain ledger.sum as bigint check (value >= 0);
create domain ledger.reason as text check (value ~ '^[a-z0-9_.-]{1,60}$');
create domain ledger.actor as text check (value ~ '^[a-z0-9:-]{1,60}$');
create domain ledger.sha256 as bytea check (octet_length(value) = 32);
create domain ledger.transfer_kind as text check (value in ('single', 'reserve', 'post', 'release'));
create domain ledger.year_state as text check (value in ('open', 'closing', 'closed'));

create table ledger.year (
    municipality ledger.municipality not null,
    fiscal_year integer not null check (fiscal_year between 2000 and 2999),
    state ledger.year_state not null default 'open',
    seq bigint not null default 0,
    head ledger.sha256 not null,
    primary key (municipality, fiscal_year)
);

-- An account says everything about itself in its code, so no byte of it can change unseen.
create function ledger.code_fits(code text, kind text, municipality text, fiscal_year integer) returns boolean
language sql immutable return code ~ (
    '^' || kind || ':' || municipality || '(:[a-z0-9-]+)*'
    || case when kind = 'carry' then '' else ':' || fiscal_year end || '$'
);

-- A street is trusted: what its gangmakers log, and what a bank sends back, is booked even below zero.
create function ledger.guarded(kind text) returns boolean
language sql immutable return kind in ('budget', 'carry');

create table ledger.account (
    code text primary key,
    kind text not null check (kind in ('funding', 'budget', 'street', 'spent', 'bank', 'suspense', 'carry')),
    municipality text not null,
    fiscal_year integer not null,
    currency text not null default 'EUR' check (currency = 'EUR'),
    -- Null for carry accounts, which lie between years and so belong to no row of ledger.year.
    year_of integer generated always as (nullif(fiscal_year, 0)) stored,
    unique (code, municipality, fiscal_year),
    foreign key (municipality, year_of) references ledger.year,
    constraint carry_has_no_year check ((kind = 'carry') = (fiscal_year = 0)),
    constraint code_fits check (ledger.code_fits(code, kind, municipality, fiscal_year))
);

-- The only mutable sums; a fold over the transfers rebuilds them.
create table ledger.balance (
    account text primary key references ledger.account,
    no_overdraft boolean not null,
    debits_posted ledger.sum not null default 0,
    debits_pending ledger.sum not null default 0,
    credits_posted ledger.sum not null default 0,
    credits_pending ledger.sum not null default 0,
    version bigint not null default 0,
    constraint no_overdraft check (not no_overdraft or debits_posted + debits_pending <= credits_posted)
) with (fillfactor = 50);

create table ledger.transfer (
    municipality text not null,
    fiscal_year integer not null,
    seq bigint not null,
    id uuid not null,
    kind ledger.transfer_kind not null,
    debit text not null,
    credit text not null,
    debit_year integer not null,
    credit_year integer not null,
    cents ledger.cents not null,
    pending_id uuid references ledger.transfer (id),
    reverses_id uuid references ledger.transfer (id),
    reason ledger.reason not null,
    group_id uuid not null,
    actor ledger.actor not null,
    booked_on date not null,
    recorded_at timestamptz not null,
    hash ledger.sha256 not null,
    primary key (municipality, fiscal_year, seq),
    constraint transfer_id unique (id),
    foreign key (debit, municipality, debit_year) references ledger.account (code, municipality, fiscal_year),
    foreign key (credit, municipality, credit_year) references ledger.account (code, municipality, fiscal_year),
    constraint two_accounts check (debit <> credit),
    constraint one_year check (
        fiscal_year in (debit_year, credit_year)
        and debit_year in (fiscal_year, 0)
        and credit_year in (fiscal_year, 0)
    ),
    constraint resolves_one check ((pending_id is not null) = (kind in ('post', 'release'))),
    constraint single_reverses check (reverses_id is null or kind = 'single')
);
create unique index transfer_resolves_once on ledger.transfer (pending_id) where pending_id is not null;
create unique index transfer_reversed_once on ledger.transfer (reverses_id) where reverses_id is not null;

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% on ledger.% refused: append-only', tg_op, tg_table_name using errcode = 'LL008';
end $$;

create trigger append_only before update or delete or truncate on ledger.transfer
    for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.account
    for each statement execute function ledger.refuse_change();
create trigger never_removed before delete or truncate on ledger.balance
    for each statement execute function ledger.refuse_change();
create trigger never_removed before delete or truncate on ledger.year
    for each statement execute function ledger.refuse_change();
alter table ledger.transfer enable always trigger append_only;
alter table ledger.account enable always trigger append_only;
alter table ledger.balance enable always trigger never_removed;
alter table ledger.year enable always trigger never_removed;

-- What the chain hashes: a JSON array, so that any language can recompute it. Time in microseconds.
create function ledger.canonical(t ledger.transfer) returns bytea language sql stable return convert_to(
    jsonb_build_array(
        t.municipality, t.fiscal_year, t.seq, t.id, t.kind, t.debit, t.credit, t.debit_year, t.credit_year,
        t.cents, t.pending_id, t.reverses_id, t.reason, t.group_id, t.actor, t.booked_on,
        (extract(epoch from t.recorded_at) * 1000000)::bigint
    )::text, 'UTF8'
);

create type ledger.leg as (
    id uuid, kind text, debit text, credit text, cents bigint, pending_id uuid, reverses_id uuid, reason text
);

create function ledger.known(code text) returns ledger.account language plpgsql stable as $$
declare
    found_account ledger.account;
begin
    select * into found_account from ledger.account a where a.code = known.code;
    if not found then
        raise exception 'unknown account %', code using errcode = 'LL005';
    end if;
    return found_account;
end $$;

-- The row a leg asks for, as yet outside the chain.
create function ledger.drafted(leg ledger.leg, actor text, group_id uuid, booked_on date) returns ledger.transfer
language plpgsql stable as $$
declare
    debit ledger.account := ledger.known(leg.debit);
    credit ledger.account := ledger.known(leg.credit);
    t ledger.transfer;
begin
    if debit.municipality <> credit.municipality
        or debit.fiscal_year <> credit.fiscal_year and 0 not in (debit.fiscal_year, credit.fiscal_year) then
        raise exception '% and % differ in municipality or year', debit.code, credit.code using errcode = 'LL007';
    end if;
    t.municipality := debit.municipality;
    t.fiscal_year := greatest(debit.fiscal_year, credit.fiscal_year);
    t.id := leg.id;
    t.kind := leg.kind;
    t.debit := debit.code;
    t.credit := credit.code;
    t.debit_year := debit.fiscal_year;
    t.credit_year := credit.fiscal_year;
    t.cents := leg.cents;
    t.pending_id := leg.pending_id;
    t.reverses_id := leg.reverses_id;
    t.reason := leg.reason;
    t.group_id := drafted.group_id;
    t.actor := drafted.actor;
    t.booked_on := drafted.booked_on;
    return t;
end $$;

-- The transfer of that id if it was booked before, or nothing; other arguments under its id are refused.
create function ledger.booked_before(t ledger.transfer) returns ledger.transfer language plpgsql stable as $$
declare
    earlier ledger.transfer;
begin
    select * into earlier from ledger.transfer b where b.id = t.id;
    if not found then return null; end if;
    t.seq := earlier.seq;
    t.recorded_at := earlier.recorded_at;
    t.hash := earlier.hash;
    if t is distinct from earlier then
        raise exception 'transfer from % to % has an id that is taken', t.debit, t.credit using errcode = 'LL002';
    end if;
    return earlier;
end $$;

create function ledger.check_year(t ledger.transfer, state text) returns void language plpgsql stable as $$
begin
    if state = 'open' or state = 'closing' and (
        t.kind in ('post', 'release') or t.reverses_id is not null
        or split_part(t.credit, ':', 1) in ('funding', 'carry')
    ) then
        return;
    end if;
    raise exception '% % is %', t.municipality, t.fiscal_year, state using errcode = 'LL004';
end $$;

-- The cents that t frees from its reservation: all of them, posted or not.
create function ledger.freed(t ledger.transfer) returns bigint language plpgsql stable as $$
declare
    reserved ledger.transfer;
begin
    if t.pending_id is null then return 0; end if;
    select * into reserved from ledger.transfer r where r.id = t.pending_id and r.kind = 'reserve';
    if not found or exists (select from ledger.transfer r where r.pending_id = t.pending_id) then
        raise exception 'no open reservation from % to %', t.debit, t.credit using errcode = 'LL003';
    end if;
    if (t.debit, t.credit) <> (reserved.debit, reserved.credit) or t.cents > reserved.cents
        or t.kind = 'release' and t.cents < reserved.cents then
        raise exception '% cents from % to % do not fit the reservation of % cents',
            t.cents, t.debit, t.credit, reserved.cents using errcode = 'LL006';
    end if;
    return reserved.cents;
end $$;

create function ledger.check_reversal(t ledger.transfer) returns void language plpgsql stable as $$
begin
    if t.reverses_id is not null and (
        exists (select from ledger.transfer o where o.reverses_id = t.reverses_id)
        or not exists (
            select from ledger.transfer o
            where o.id = t.reverses_id and o.kind in ('single', 'post')
                and (o.debit, o.credit, o.cents) = (t.credit, t.debit, t.cents)
        )
    ) then
        raise exception '% cents from % to % mirror no transfer that can be reversed', t.cents, t.debit, t.credit
            using errcode = 'LL006';
    end if;
end $$;

create function ledger.move(t ledger.transfer, freed bigint) returns void language plpgsql as $$
declare
    posted bigint := case when t.kind in ('single', 'post') then t.cents else 0 end;
    pending bigint := case when t.kind = 'reserve' then t.cents else -freed end;
begin
    update ledger.balance set
        debits_posted = debits_posted + posted, debits_pending = debits_pending + pending, version = version + 1
    where account = t.debit
        and (not no_overdraft or debits_posted + debits_pending + posted + pending <= credits_posted);
    if not found then
        raise exception '% cannot spare % cents', t.debit, t.cents using errcode = 'LL001', detail = (
            select credits_posted - debits_posted - debits_pending from ledger.balance where account = t.debit
        );
    end if;
    update ledger.balance set
        credits_posted = credits_posted + posted, credits_pending = credits_pending + pending, version = version + 1
    where account = t.credit;
end $$;

-- Puts t at the end of its chain and moves its cents.
create function ledger.book(t ledger.transfer, chain ledger.year) returns ledger.transfer language plpgsql as $$
declare
    freed bigint;
begin
    perform ledger.check_year(t, chain.state);
    perform ledger.check_reversal(t);
    freed := ledger.freed(t);
    t.seq := chain.seq + 1;
    t.recorded_at := clock_timestamp();
    t.hash := sha256(chain.head || ledger.canonical(t));
    insert into ledger.transfer values (t.*);
    perform ledger.move(t, freed);
    return t;
end $$;

create function ledger.chain_of(t ledger.transfer) returns ledger.year language sql stable return (
    select y from ledger.year y where (y.municipality, y.fiscal_year) = (t.municipality, t.fiscal_year)
);

create function ledger.save(chain ledger.year) returns void language plpgsql as $$
begin
    update ledger.year y set seq = chain.seq, head = chain.head
    where (y.municipality, y.fiscal_year) = (chain.municipality, chain.fiscal_year);
end $$;

-- Years first, then balances, each in order: two calls can wait for one another but never in a circle.
create function ledger.lock(legs jsonb) returns void language plpgsql as $$
declare
    codes text[] := array(select l.debit from jsonb_populate_recordset(null::ledger.leg, legs) l
        union select l.credit from jsonb_populate_recordset(null::ledger.leg, legs) l);
begin
    perform from ledger.year y
    where (y.municipality, y.fiscal_year) in (
        select a.municipality, a.fiscal_year from ledger.account a where a.code = any (codes)
    ) order by y.municipality, y.fiscal_year for no key update;
    perform from ledger.balance b where b.account = any (codes) order by b.account for no key update;
end $$;

-- Books all legs or none; a leg that was booked before comes back as it was. Amounts in cents.
create function ledger.transfer(legs jsonb, actor text, group_id uuid, booked_on date)
returns setof ledger.transfer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    leg ledger.leg;
    t ledger.transfer;
    earlier ledger.transfer;
    chain ledger.year;
begin
    perform ledger.lock(legs);
    for leg in select * from jsonb_populate_recordset(null::ledger.leg, legs) loop
        t := ledger.drafted(leg, actor, group_id, booked_on);
        earlier := ledger.booked_before(t);
        if earlier.id is not null then
            return next earlier;
            continue;
        end if;
        if (t.municipality, t.fiscal_year) is distinct from (chain.municipality, chain.fiscal_year) then
            perform ledger.save(chain);
            chain := ledger.chain_of(t);
        end if;
        t := ledger.book(t, chain);
        chain.seq := t.seq;
        chain.head := t.hash;
        return next t;
    end loop;
    perform ledger.save(chain);
end $$;

-- The same, but a refusal is an answer and no error: the caller's transaction goes on, with no savepoint.
create function ledger.try_transfer(legs jsonb, actor text, group_id uuid, booked_on date) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    message text;
    detail text;
begin
    return (
        select coalesce(jsonb_agg(to_jsonb(t) order by t.ordinality), '[]')
        from ledger.transfer(legs, actor, group_id, booked_on) with ordinality t
    );
exception when others then
    if sqlstate not like 'LL%' then
        raise;
    end if;
    get stacked diagnostics message = message_text, detail = pg_exception_detail;
    return jsonb_build_object('sqlstate', sqlstate, 'message', message, 'detail', detail);
end $$;

create function ledger.open_year(municipality text, fiscal_year integer) returns void
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    insert into ledger.year (municipality, fiscal_year, head)
    values (municipality, fiscal_year, sha256(convert_to(municipality || ':' || fiscal_year, 'UTF8')))
    on conflict do nothing;
end;

-- Forward only: open, closing, closed. Nothing may be pending in a closed year.
create function ledger.move_year(municipality text, fiscal_year integer, state text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    was text;
begin
    select y.state into was from ledger.year y
    where (y.municipality, y.fiscal_year) = (move_year.municipality, move_year.fiscal_year) for no key update;
    if was = move_year.state then return; end if;
    if (was, move_year.state) not in (('open', 'closing'), ('closing', 'closed')) or was is null then
        raise exception '% % cannot become %', municipality, fiscal_year, state using errcode = 'LL004';
    end if;
    if move_year.state = 'closed' and exists (
        select from ledger.account a join ledger.balance b on b.account = a.code
        where (a.municipality, a.fiscal_year) = (move_year.municipality, move_year.fiscal_year)
            and b.debits_pending + b.credits_pending > 0
    ) then
        raise exception '% % has open reservations', municipality, fiscal_year using errcode = 'LL004';
    end if;
    update ledger.year y set state = move_year.state
    where (y.municipality, y.fiscal_year) = (move_year.municipality, move_year.fiscal_year);
end $$;

-- Opening an account that is there already changes nothing: its code says all about it.
create function ledger.open_accounts(specs jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    spec ledger.account;
begin
    for spec in select * from jsonb_populate_recordset(null::ledger.account, specs) s order by s.code loop
        continue when exists (select from ledger.account a where a.code = spec.code);
        if spec.fiscal_year <> 0 and not exists (
            select from ledger.year y
            where (y.municipality, y.fiscal_year, y.state) = (spec.municipality, spec.fiscal_year, 'open')
        ) then
            raise exception '% % is not open', spec.municipality, spec.fiscal_year using errcode = 'LL004';
        end if;
        insert into ledger.account (code, kind, municipality, fiscal_year)
        values (spec.code, spec.kind, spec.municipality, spec.fiscal_year) on conflict do nothing;
        insert into ledger.balance (account, no_overdraft)
        values (spec.code, ledger.guarded(spec.kind)) on conflict do nothing;
    end loop;
end $$;

revoke all on schema ledger from public;
revoke all on all tables in schema ledger from public;
revoke all on all functions in schema ledger from public;
revoke all on type ledger.leg from public;
grant usage on schema ledger to straat_app;
grant select on all tables in schema ledger to straat_app;
grant execute on function ledger.transfer(jsonb, text, uuid, date) to straat_app;
grant execute on function ledger.try_transfer(jsonb, text, uuid, date) to straat_app;
grant execute on function ledger.open_year(text, integer) to straat_app;
grant execute on function ledger.move_year(text, integer, text) to straat_app;
grant execute on function ledger.open_accounts(jsonb) to straat_app;

reset role;
