-- Many legs at once: what needs no leg-by-leg look is checked, chained and added up set by set.
set local role straat_owner;

-- The ledger as it was, leg after leg: the only way for legs that lean on one another, and for every refusal.
create function ledger.one_by_one(legs jsonb, actor text, group_id uuid, booked_on date)
returns setof ledger.transfer language plpgsql as $$
declare
    leg ledger.leg;
    t ledger.transfer;
    earlier ledger.transfer;
    chain ledger.year;
begin
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

-- Whether every leg is new, of one year, and allowed whatever the others do: then their order decides nothing.
-- The settings keep each look-up one step in an index, also before the server has counted the rows.
create function ledger.independent(legs jsonb) returns boolean language sql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
    with leg as materialized (select * from jsonb_populate_recordset(null::ledger.leg, legs)),
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
    select count(*) = jsonb_array_length(legs)
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
create function ledger.book_together(legs jsonb, actor text, group_id uuid, booked_on date)
returns setof ledger.transfer language plpgsql as $$
declare
    chain ledger.year;
    t ledger.transfer;
    booked ledger.transfer[] := '{}';
begin
    select y.* into chain from ledger.account a join ledger.year y using (municipality, fiscal_year)
    where a.code = legs -> 0 ->> 'debit';
    for t in
        select chain.municipality, chain.fiscal_year, chain.seq + l.n, l.id, l.kind, l.debit, l.credit,
            chain.fiscal_year, chain.fiscal_year, l.cents, l.pending_id, null, l.reason, group_id, actor, booked_on,
            clock_timestamp(), null
        from jsonb_populate_recordset(null::ledger.leg, legs) with ordinality
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
begin
    perform ledger.lock(legs);
    -- Below some legs the look costs more than it saves.
    if jsonb_array_length(legs) >= 8 and ledger.independent(legs) then
        return query select * from ledger.book_together(legs, actor, group_id, booked_on);
    else
        return query select * from ledger.one_by_one(legs, actor, group_id, booked_on);
    end if;
end $$;

revoke all on all functions in schema ledger from public;
reset role;
