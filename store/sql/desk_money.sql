-- name: to_approve
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.parts, p.proposer, p.updated_at as since
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.year = $2 and p.status = 'to_approve' and ($3::text is null or s.wijk = $3)
order by p.updated_at, p.workflow_id
limit $4 offset $5

-- name: to_approve_sums
-- $4 is who looks: what they proposed is not theirs to approve.
select count(*) as potjes, coalesce(sum(p.cents), 0)::bigint as cents,
    count(*) filter (where p.proposer <> $4) as mine,
    coalesce(sum(p.cents) filter (where p.proposer <> $4), 0)::bigint as mine_cents
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.year = $2 and p.status = 'to_approve' and ($3::text is null or s.wijk = $3)

-- name: to_approve_ids
select p.workflow_id
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.year = $2 and p.status = 'to_approve' and s.wijk = $3 and p.proposer <> $4
order by p.updated_at, p.workflow_id

-- name: to_approve_wijken
select distinct s.wijk
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.year = $2 and p.status = 'to_approve'
order by s.wijk

-- name: waiting_for_budget
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.waiting_since as since,
    count(*) over () as total, (sum(p.cents) over ())::bigint as total_cents
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.year = $2 and p.status = 'waiting_for_budget'
order by p.waiting_since, p.workflow_id
limit $3

-- name: years_with_potjes
-- Other years than $2 in which a potje still waits for somebody: the end of a year is never clean.
select distinct year from registry.potje
where municipality = $1 and year <> $2
    and status in ('waiting_for_budget', 'to_approve', 'approved', 'handed_over')
order by year

-- name: statements
select s.id, s.state, s.problem, s.bank_id, s.from_day, s.to_day, s.counts, s.uploaded_by, s.uploaded_at,
    count(*) over () as total
from money.statement s
where s.municipality = $1 and ($2::uuid is null or s.id = $2)
order by s.uploaded_at desc, s.id
limit $3 offset $4

-- name: movements
select m.position, m.booked_on, m.cents, m.outcome, m.payments, m.transfer, u.placed_at, u.transfer is not null as unplaced
from money.movement m left join money.suspense u on u.transfer = m.transfer
where m.municipality = $1 and m.statement = $2
order by m.position

-- name: suspense
-- $2 null: all that wait for a place; else that one, placed or not.
select u.transfer, u.fiscal_year, u.cents, u.booked_on, u.details, u.placed_at, e.source, e.target, e.reason,
    e.entered_by, m.statement
from money.suspense u
left join money.entry e on e.id = u.entry
left join lateral (
    select statement from money.movement where municipality = u.municipality and transfer = u.transfer limit 1
) m on true
where u.municipality = $1 and case when $2::uuid is null then u.placed_at is null else u.transfer = $2 end
order by u.booked_on, u.transfer

-- name: active_streets
select slug, name, part, wijk from registry.street where municipality = $1 and phase <> 'intake' order by name, part nulls first
