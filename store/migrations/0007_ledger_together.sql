-- Many legs at once: what needs no leg-by-leg look is checked, chained and added up set by set.
set local role straat_owner;

-- Years first, then balances, each in order: two calls can wait for one another but never in a circle.
drop function ledger.lock(jsonb);
create function ledger.lock(legs ledger.leg[]) returns void language plpgsql as $$
declare
    codes text[] := array(select l.debit from unnest(legs) l union select l.credit from unnest(legs) l);
begin
    perform from ledger.year y
    where (y.municipality, y.fiscal_year) in (
        select a.municipality, a.fiscal_year from ledger.account a where a.code = any (codes)
    ) order by y.municipality, y.fiscal_year for no key update;
    perform from ledger.balance b where b.account = any (codes) order by b.account for no key update;
end $$;

-- The ledger as it was, leg after leg: the only way for legs that lean on one another, and for every refusal.
create function ledger.one_by_one(legs ledger.leg[], actor text, group_id uuid, booked_on date)
returns setof ledger.transfer language plpgsql as $$
declare
    leg ledger.leg;
    t ledger.transfer;
    earlier ledger.transfer;
    chain ledger.year;
begin
    foreach leg in array legs loop
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

-- Whether every leg is new, of one year, and allowed whatever the others do: then their order decides nothing.
-- The settings keep each look-up one step in an index, also before the server has counted the rows.
create function ledger.independent(legs ledger.leg[]) returns boolean language sql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    with leg as materialized (select * from unnest(legs)),
    looked as materialized (
        select l.*, d.municipality, d.fiscal_year
        from leg l
        join ledger.account d on d.code = l.debit
        join ledger.account c
            on (c.code, c.municipality, c.fiscal_year) = (l.credit, d.municipality, d.fiscal_year)
        join ledger.year y on (y.municipality, y.fiscal_year) = (d.municipality, d.fiscal_year)
        left join ledger.transfer r on r.id = l.pending_id and r.kind = 'reserve'
            and (r.debit, r.credit) = (l.debit, l.credit)
        where l.reverses_id is null and l.cents > 0
            and (y.state = 'open' or y.state = 'closing' and l.kind in ('post', 'release'))
            and case l.kind
                when 'post' then l.cents <= r.cents
                when 'release' then l.cents = r.cents
                else l.kind in ('single', 'reserve') and l.pending_id is null end
            and not exists (select from ledger.transfer b where b.id = l.id)
            and not exists (select from ledger.transfer b where b.pending_id = l.pending_id)
    )
    select count(*) = cardinality(legs)
        and count(distinct id) = count(*) and count(distinct pending_id) = count(pending_id)
        and count(distinct (municipality, fiscal_year)) = 1
        and not exists (
            select from looked a join ledger.balance b on b.account = a.debit and b.no_overdraft
            where a.pending_id is null
            group by b.account having sum(a.cents) > min(b.credits_posted - b.debits_posted - b.debits_pending)
        )
    from looked
$$;

-- Adds the cents of new rows to their accounts, once an account.
create function ledger.move_together(booked ledger.transfer[]) returns void language sql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    with moved as (
        select t.debit, t.credit,
            case when t.kind in ('single', 'post') then t.cents else 0 end as posted,
            case when t.kind = 'reserve' then t.cents else -coalesce(r.cents, 0) end as pending
        from unnest(booked) t left join ledger.transfer r on r.id = t.pending_id
    ), side as (
        select debit as code, posted as dp, pending as dw, 0 as cp, 0 as cw from moved
        union all select credit, 0, 0, posted, pending from moved
    ), summed as (
        select code, sum(dp) as dp, sum(dw) as dw, sum(cp) as cp, sum(cw) as cw, count(*) as n from side group by code
    )
    update ledger.balance b set
        debits_posted = debits_posted + s.dp, debits_pending = debits_pending + s.dw,
        credits_posted = credits_posted + s.cp, credits_pending = credits_pending + s.cw,
        version = version + s.n
    from summed s where b.account = s.code
$$;

-- Puts independent legs at the end of their chain, and moves their cents account by account.
create function ledger.book_together(legs ledger.leg[], actor text, group_id uuid, booked_on date)
returns setof ledger.transfer language plpgsql as $$
declare
    chain ledger.year;
    t ledger.transfer;
    booked ledger.transfer[] := '{}';
begin
    select y.* into chain from ledger.account a join ledger.year y using (municipality, fiscal_year)
    where a.code = legs[1].debit;
    for t in
        select chain.municipality, chain.fiscal_year, chain.seq + l.n, l.id, l.kind, l.debit, l.credit,
            chain.fiscal_year, chain.fiscal_year, l.cents, l.pending_id, null, l.reason, group_id, actor, booked_on,
            clock_timestamp(), null
        from unnest(legs) with ordinality
            l (id, kind, debit, credit, cents, pending_id, reverses_id, reason, n)
        order by l.n
    loop
        t.hash := sha256(chain.head || ledger.canonical(t));
        chain.head := t.hash;
        booked := booked || t;
    end loop;
    insert into ledger.transfer select * from unnest(booked);
    perform ledger.move_together(booked);
    chain.seq := chain.seq + cardinality(booked);
    perform ledger.save(chain);
    return query select * from unnest(booked);
end $$;

-- Books all legs or none; a leg that was booked before comes back as it was. Amounts in cents.
create or replace function ledger.transfer(legs jsonb, actor text, group_id uuid, booked_on date)
returns setof ledger.transfer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    asked ledger.leg[] := array(select l from jsonb_populate_recordset(null::ledger.leg, legs) l);
begin
    perform ledger.lock(asked);
    -- Below some legs the look costs more than it saves.
    if cardinality(asked) >= 8 and ledger.independent(asked) then
        return query select * from ledger.book_together(asked, actor, group_id, booked_on);
    else
        return query select * from ledger.one_by_one(asked, actor, group_id, booked_on);
    end if;
end $$;

-- The same, but a refusal is an answer and no error: the caller's transaction goes on, with no savepoint.
-- Who does not want to be told what was booked spares both sides the telling.
drop function ledger.try_transfer(jsonb, text, uuid, date);
create function ledger.try_transfer(legs jsonb, actor text, group_id uuid, booked_on date, told boolean) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    message text;
    detail text;
begin
    if told then
        return (
            select coalesce(jsonb_agg(to_jsonb(t) order by t.ordinality), '[]')
            from ledger.transfer(legs, actor, group_id, booked_on) with ordinality t
        );
    end if;
    perform ledger.transfer(legs, actor, group_id, booked_on);
    return '[]';
exception when others then
    if sqlstate not like 'LL%' then
        raise;
    end if;
    get stacked diagnostics message = message_text, detail = pg_exception_detail;
    return jsonb_build_object('sqlstate', sqlstate, 'message', message, 'detail', detail);
end $$;

revoke all on all functions in schema ledger from public;
grant execute on function ledger.try_transfer(jsonb, text, uuid, date, boolean) to straat_app;
reset role;
