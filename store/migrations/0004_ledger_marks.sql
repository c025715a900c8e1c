-- Marks in the chain: the state of a year, the files and the words that belong to the money.
set local role straat_owner;

create domain ledger.mark_kind as text check (value in ('year', 'file', 'note'));
create domain ledger.subject as text check (value ~ '^[a-z0-9][a-z0-9/._:-]{0,119}$');

-- Transfers and marks of a municipality and year share one sequence: ordered by seq they are the chain.
-- The mark of a year has its state as subject, and no digest.
create table ledger.mark (
    municipality text not null,
    fiscal_year integer not null,
    seq bigint not null,
    kind ledger.mark_kind not null,
    subject ledger.subject not null,
    digest ledger.sha256,
    actor ledger.actor not null,
    recorded_at timestamptz not null,
    hash ledger.sha256 not null,
    primary key (municipality, fiscal_year, seq),
    constraint mark_once unique (municipality, fiscal_year, kind, subject),
    foreign key (municipality, fiscal_year) references ledger.year,
    constraint year_or_digest check ((kind = 'year') = (digest is null))
);
create trigger append_only before update or delete or truncate on ledger.mark
    for each statement execute function ledger.refuse_change();
alter table ledger.mark enable always trigger append_only;

-- Another array than a transfer's, whose fourth element is an id and never a kind.
create function ledger.canonical(m ledger.mark) returns bytea language sql stable return convert_to(
    jsonb_build_array(
        m.municipality, m.fiscal_year, m.seq, m.kind, m.subject, encode(m.digest, 'hex'), m.actor,
        (extract(epoch from m.recorded_at) * 1000000)::bigint
    )::text, 'UTF8'
);

-- Puts a mark at the end of a chain whose year the caller has locked.
create function ledger.append_mark(chain ledger.year, kind text, subject text, digest bytea, actor text)
returns void language plpgsql as $$
declare
    m ledger.mark;
begin
    m.municipality := chain.municipality;
    m.fiscal_year := chain.fiscal_year;
    m.seq := chain.seq + 1;
    m.kind := append_mark.kind;
    m.subject := append_mark.subject;
    m.digest := append_mark.digest;
    m.actor := append_mark.actor;
    m.recorded_at := clock_timestamp();
    m.hash := sha256(chain.head || ledger.canonical(m));
    insert into ledger.mark values (m.*);
    chain.seq := m.seq;
    chain.head := m.hash;
    perform ledger.save(chain);
end $$;

create function ledger.locked_year(municipality text, fiscal_year integer) returns ledger.year
language plpgsql as $$
declare
    chain ledger.year;
begin
    select * into chain from ledger.year y
    where (y.municipality, y.fiscal_year) = (locked_year.municipality, locked_year.fiscal_year) for no key update;
    if not found then
        raise exception '% % is not open', municipality, fiscal_year using errcode = 'LL004';
    end if;
    return chain;
end $$;

-- Marks a file or a note by its digest; again with the same digest changes nothing.
create function ledger.put_mark(
    municipality text, fiscal_year integer, kind text, subject text, digest bytea, actor text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    chain ledger.year := ledger.locked_year(municipality, fiscal_year);
    earlier ledger.mark;
begin
    if kind = 'year' then
        raise exception 'only moving a year marks its state' using errcode = 'LL006';
    end if;
    select * into earlier from ledger.mark m
    where (m.municipality, m.fiscal_year, m.kind, m.subject)
        = (put_mark.municipality, put_mark.fiscal_year, put_mark.kind, put_mark.subject);
    if earlier.digest = put_mark.digest then return; end if;
    if earlier.seq is not null then
        raise exception 'mark of % % has another digest', kind, subject using errcode = 'LL002';
    end if;
    if chain.state = 'closed' then
        raise exception '% % is closed', municipality, fiscal_year using errcode = 'LL004';
    end if;
    perform ledger.append_mark(chain, kind, subject, digest, actor);
end $$;

drop function ledger.open_year(text, integer);
create function ledger.open_year(municipality text, fiscal_year integer, actor text default 'engine') returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    chain ledger.year;
begin
    if exists (
        select from ledger.year y where (y.municipality, y.fiscal_year) = (open_year.municipality, open_year.fiscal_year)
    ) then
        return;
    end if;
    insert into ledger.year (municipality, fiscal_year, head)
    values (municipality, fiscal_year, sha256(convert_to(municipality || ':' || fiscal_year, 'UTF8')))
    on conflict do nothing returning * into chain;
    if found then
        perform ledger.append_mark(chain, 'year', 'open', null, actor);
    end if;
end $$;

-- Forward only: open, closing, closed. Nothing may be pending in a closed year, and nothing follows its mark.
drop function ledger.move_year(text, integer, text);
create function ledger.move_year(municipality text, fiscal_year integer, state text, actor text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    chain ledger.year := ledger.locked_year(municipality, fiscal_year);
begin
    if chain.state = move_year.state then return; end if;
    if (chain.state, move_year.state) not in (('open', 'closing'), ('closing', 'closed')) then
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
    perform ledger.append_mark(chain, 'year', move_year.state, null, actor);
end $$;

-- Years that were opened before there were marks.
select ledger.append_mark(y, 'year', y.state, null, 'migration') from ledger.year y;

-- Closing ends things: it resolves, reverses, gives back, and fills what is short, from carry or from the
-- gangmakers' own pocket; never more than a street is short.
create or replace function ledger.check_year(t ledger.transfer, state text) returns void
language plpgsql stable as $$
declare
    giver text := split_part(t.debit, ':', 1);
    taker text := split_part(t.credit, ':', 1);
begin
    if state = 'open' or state = 'closing' and (
        t.kind in ('post', 'release') or t.reverses_id is not null or giver = 'carry' or taker in ('funding', 'carry')
        or t.kind = 'single' and (giver, taker) = ('funding', 'street') and exists (
            select from ledger.balance b where b.account = t.credit
                and b.credits_posted - b.debits_posted - b.debits_pending + t.cents <= 0
        )
    ) then
        return;
    end if;
    raise exception '% % is %', t.municipality, t.fiscal_year, state using errcode = 'LL004';
end $$;

revoke all on ledger.mark from public;
revoke all on all functions in schema ledger from public;
grant select on ledger.mark to straat_app;
grant execute on function ledger.put_mark(text, integer, text, text, bytea, text) to straat_app;
grant execute on function ledger.open_year(text, integer, text) to straat_app;
grant execute on function ledger.move_year(text, integer, text, text) to straat_app;

reset role;
