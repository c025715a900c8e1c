-- name: to_ask
-- The next streets after $3 to ask about the year $2: those that are active and began by $4. And those whose question
-- is open already: a page that is asked for again is the same, and a question whose workflow never began gets it.
select s.slug, s.name, s.part, s.wijk, s.minimum, r.asked_at, l.ends_at, coalesce(l.people, s.gangmakers) as people
from registry.street s
left join registry.renewal r on (r.municipality, r.street, r.year) = (s.municipality, s.slug, $2)
left join lateral (
    select max(expires_at) as ends_at, array_agg(person order by array_position(s.gangmakers, person), person) as people
    from post.link where workflow_id = r.workflow_id and purpose = 'renewal'
) l on true
where s.municipality = $1 and s.slug > $3 and (r.status <> 'decided' or (
    r.status is null and s.phase = 'active' and cardinality(s.gangmakers) > 0
    and coalesce(s.since, (s.opened_at at time zone 'Europe/Amsterdam')::date) <= $4
))
order by s.slug
limit $5

-- name: hold_rounds
-- One page of a municipality at a time: one that is asked for again finds what the first one wrote.
select pg_advisory_xact_lock(8631, hashtext($1))

-- name: now
-- What the registry notes as the moment of asking, all through this transaction.
select now()

-- name: hold_links
-- Who of these people answered; from here to the end of the transaction nobody else does.
select person, answered_at is not null as answered from post.link
where workflow_id = $1 and purpose = 'renewal' and person = any ($2::uuid[])
for update

-- name: void
update post.link set voided_at = now()
where workflow_id = $1 and purpose = 'renewal' and person = any ($2::uuid[]) and answered_at is null

-- name: is_open
select exists (select from registry.renewal where workflow_id = $1 and status <> 'decided')

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
