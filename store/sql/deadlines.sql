-- name: nearest
-- What has to be done by a day, the nearest first. $2 kinds, $3 until when, $4 how many of each; the spans of the
-- policy: $5 to plan an intake, $6 to a bank statement, $7 to a street that did not answer and sleeps.
select * from (
    (select 'concern' as kind, due_at as at, null as name, null as part, id::text as key from concern.concern
        where municipality = $1 and status = 'waiting' and due_at < $3
        order by due_at limit $4)
    union all
    (select 'intake', s.opened_at + $5::interval, s.name, s.part, s.slug
        from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
        where i.municipality = $1 and i.status in ('open', 'proposed') and s.opened_at + $5::interval < $3
        order by s.opened_at limit $4)
    union all
    (select 'statement', released_at + $6::interval, fiscal_year || '-' || number, null, id::text from money.batch
        where municipality = $1 and state = 'released' and released_at + $6::interval < $3
        order by released_at limit $4)
    union all
    (select 'call', r.asked_at + $7::interval, s.name, s.part, r.workflow_id
        from registry.renewal r join registry.street s on (s.municipality, s.slug) = (r.municipality, r.street)
        where r.municipality = $1 and r.status = 'to_call' and r.asked_at + $7::interval < $3
        order by r.asked_at limit $4)
    union all
    (select 'round', until, wijk, null, id::text from scouting.round
        where municipality = $1 and ended_at is null and until < $3
        order by until limit $4)
) every
where kind = any ($2::text[])
order by at, kind, key
limit $4

-- name: open_years
select fiscal_year as year from ledger.year where municipality = $1 and state <> 'closed' and fiscal_year < $2
order by fiscal_year
