-- name: to_ask
-- The next active streets after $3 that began by $4 and were not asked about the year $2.
select slug, name, part, wijk, gangmakers, minimum from registry.street s
where municipality = $1 and slug > $3 and phase = 'active' and cardinality(gangmakers) > 0
    and coalesce(since, opened_at::date) <= $4
    and not exists (select from registry.renewal r where (r.municipality, r.street, r.year) = ($1, s.slug, $2))
order by slug
limit $5

-- name: answer
update post.link set answered_at = now(), answer = $2
where token_hash = $1 and purpose = 'renewal' and answered_at is null and voided_at is null and expires_at > now()
returning workflow_id, municipality, person

-- name: years
select year, count(*) as total,
    count(*) filter (where status = 'asked') as asked,
    count(*) filter (where status = 'to_call') as to_call,
    count(*) filter (where outcome = 'go_on') as go_on,
    count(*) filter (where outcome = 'change') as change,
    count(*) filter (where outcome = 'stop') as stop,
    count(*) filter (where outcome = 'silent') as silent
from registry.renewal where municipality = $1
group by year order by year desc

-- name: of_year
select r.workflow_id, r.street, r.status, r.outcome, r.people, r.answered, r.words, r.asked_at, r.updated_at,
    s.name, s.part, s.wijk, count(*) over () as total
from registry.renewal r join registry.street s on (s.municipality, s.slug) = (r.municipality, r.street)
where r.municipality = $1 and r.year = $2 and ($3::text is null or coalesce(r.outcome, r.status) = $3)
order by r.status <> 'to_call', s.name, s.part nulls first
limit $4 offset $5

-- name: one
select r.*, s.name, s.part, s.wijk
from registry.renewal r join registry.street s on (s.municipality, s.slug) = (r.municipality, r.street)
where r.municipality = $1 and r.workflow_id = $2
