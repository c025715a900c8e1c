-- name: intakes_open
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, s.opened_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'open'
order by s.opened_at
limit $2

-- name: intakes_to_record
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, i.updated_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'planned' and i.at < $3
order by i.at
limit $2

-- name: intakes_upcoming
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, i.updated_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'planned' and i.at >= $3
order by i.at
limit $2

-- name: intakes_complete_again
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, i.updated_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'waiting'
    and cardinality(s.gangmakers) >= s.minimum and cardinality(s.gangmakers) > i.gangmakers
order by i.updated_at
limit $2

-- name: potjes_to_approve
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'to_approve' and p.proposer <> $3
order by p.updated_at
limit $2

-- name: potjes_proposed
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'to_approve' and p.proposer = $3
order by p.updated_at
limit $2

-- name: potjes_to_hand_over
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'approved' and p.open_parts && '{cash,voucher}'
order by p.updated_at
limit $2

-- name: potjes_to_pay
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status in ('approved', 'handed_over') and p.open_parts && '{bank}'
order by p.updated_at
limit $2

-- name: potjes_handed_over
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'handed_over'
order by p.updated_at
limit $2

-- name: potjes_without_budget
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.waiting_since as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'waiting_for_budget'
order by p.waiting_since
limit $2

-- name: streets
-- Slugs are names without accents or capitals, so they serve the search and the order.
with page as (
    select slug, name, part, wijk, phase, cardinality(gangmakers) as people, minimum, next_date,
           count(*) over () as total
    from registry.street
    where municipality = $1
      and ($2::text is null or phase = $2)
      and ($3::text is null or wijk = $3)
      and ($4::text is null or strpos(slug, $4) > 0)
    order by slug
    limit $5 offset $6
)
select page.*, intake.status as intake, potje.status as potje
from page
left join lateral (
    select status from registry.intake
    where municipality = $1 and street = page.slug order by updated_at desc limit 1
) intake on true
left join lateral (
    select status from registry.potje
    where municipality = $1 and street = page.slug order by year desc, updated_at desc limit 1
) potje on true
order by page.slug

-- name: wijken
select distinct wijk from registry.street where municipality = $1 order by wijk

-- name: intakes_of
select workflow_id, status, at, place, coordinator from registry.intake
where municipality = $1 and street = $2
order by updated_at desc

-- name: potjes_of
select workflow_id, year, status, cents, parts, open_parts, proposer, approver from registry.potje
where municipality = $1 and street = $2
order by year desc, updated_at desc

-- name: story_of
select name, actor, recorded_at from registry.fact
where municipality = $1 and subject = $2
order by seq desc
limit $3

-- name: intake
select i.street, i.place, s.name, s.part
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.workflow_id = $2

-- name: potje
select p.street, p.cents, p.parts, p.open_parts, s.name, s.part
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.workflow_id = $2

-- name: balances
select account, debits_posted, debits_pending, credits_posted, credits_pending
from ledger.balance where account = any($1::text[])
