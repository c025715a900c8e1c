-- The least that booking a thousand transfers can cost: rows, chain and sums, with none of the ledger's questions.
create schema bench;
create function bench.post(legs jsonb, town text, year integer, actor text, group_id uuid, booked_on date) returns void
language plpgsql as $$
declare
    chain ledger.year;
    t ledger.transfer;
    made ledger.transfer[] := '{}';
begin
    select * into chain from ledger.year y where (y.municipality, y.fiscal_year) = (town, year) for no key update;
    for t in
        select town, year, chain.seq + l.n, l.id, l.kind, l.debit, l.credit, year, year, l.cents, l.pending_id, null,
            l.reason, group_id, actor, booked_on, clock_timestamp(), null
        from jsonb_populate_recordset(null::ledger.leg, legs) with ordinality
            l (id, kind, debit, credit, cents, pending_id, reverses_id, reason, n)
    loop
        t.hash := sha256(chain.head || ledger.canonical(t));
        chain.head := t.hash;
        made := made || t;
    end loop;
    insert into ledger.transfer select * from unnest(made);
    update ledger.balance b set
        debits_posted = debits_posted + s.gone, debits_pending = debits_pending - s.gone,
        credits_posted = credits_posted + s.come, credits_pending = credits_pending - s.come,
        version = version + s.n
    from (
        select code, sum(gone) as gone, sum(come) as come, count(*) as n
        from (
            select m.debit as code, m.cents as gone, 0 as come from unnest(made) m
            union all select m.credit, 0, m.cents from unnest(made) m
        ) side group by code
    ) s
    where b.account = s.code;
    update ledger.year y set seq = chain.seq + cardinality(made), head = chain.head
    where (y.municipality, y.fiscal_year) = (town, year);
end $$;
