-- name: add
insert into intake.slot (id, municipality, coordinator, at, place) values ($1, $2, $3, $4, $5)
on conflict do nothing
returning id

-- name: own
-- Somebody's moments from $3 on, with the street that picked it or that it is offered to.
select s.id, s.at, s.place, s.taken_by, t.name, t.part, t.slug as street,
    (
        select count(distinct o.workflow_id) from intake.offer o
        join registry.intake i on i.workflow_id = o.workflow_id
        where o.slot = s.id and i.status = 'proposed'
    ) as offered
from intake.slot s
left join registry.intake i on i.workflow_id = s.taken_by
left join registry.street t on (t.municipality, t.slug) = (i.municipality, i.street)
where s.municipality = $1 and s.coordinator = $2 and s.at > $3 and s.withdrawn_at is null
order by s.at
limit $4

-- name: withdraw
update intake.slot set withdrawn_at = now()
where id = $1 and municipality = $2 and coordinator = $3 and taken_by is null and withdrawn_at is null
returning place

-- name: free
-- What can be proposed: free, far enough ahead, first of who asks.
select id, coordinator, at from intake.slot
where municipality = $1 and taken_by is null and withdrawn_at is null and at > $3
order by coordinator <> $2, at
limit $4

-- name: hold
-- Those of $2 that are free, locked so that nobody picks them meanwhile.
select id from intake.slot
where municipality = $1 and id = any($2::uuid[]) and taken_by is null and withdrawn_at is null and at > now()
for share

-- name: offer
insert into intake.offer (workflow_id, number, slot) select $1, $2, unnest($3::uuid[]) on conflict do nothing

-- name: offered
-- The moments of the latest offer that are still free, and that of another gangmaker's pick.
select s.id, s.at, s.place, s.coordinator from intake.slot s
join intake.offer o on o.slot = s.id
where o.workflow_id = $1
    and o.number = (select max(number) from intake.offer where workflow_id = $1)
    and s.taken_by is null and s.withdrawn_at is null and s.at > $2
order by s.at

-- name: number
select max(number) from intake.offer where workflow_id = $1

-- name: picked
select s.at from intake.slot s join intake.offer o on o.slot = s.id
where o.workflow_id = $1 and s.taken_by = $1
order by o.number desc limit 1

-- name: close_link
update post.link set answered_at = now(), answer = $2
where token_hash = $1 and purpose = 'intake_pick' and answered_at is null and voided_at is null and expires_at > now()
returning workflow_id, municipality, person

-- name: close_others
update post.link set answered_at = now(), answer = true
where workflow_id = $1 and purpose = 'intake_pick' and answered_at is null and voided_at is null

-- name: take
update intake.slot s set taken_by = $1
where s.id = $2 and s.taken_by is null and s.withdrawn_at is null and s.at > now()
    and exists (select from intake.offer o where (o.workflow_id, o.slot) = ($1, s.id))
returning s.id, s.at, s.place, s.coordinator

-- name: end_offers
update post.link set voided_at = now()
where workflow_id = $1 and purpose = 'intake_pick' and answered_at is null and voided_at is null

-- name: give_back
update intake.slot set taken_by = null where taken_by = $1 and id is distinct from $2

-- name: free_again
update intake.slot set taken_by = null where taken_by = $1 and at > now()

-- name: write_starter
insert into intake.starter (municipality, street, status, revision) values ($1, $2, $3, $4)
on conflict (municipality, street) do update
set status = excluded.status, revision = excluded.revision, updated_at = now()
where intake.starter.revision < excluded.revision

-- name: starter
select status, ordered_at, updated_at from intake.starter where municipality = $1 and street = $2

-- name: lock
select pg_advisory_xact_lock(8612, hashtext($1))

-- name: not_of_moments
-- Those that are no place of a moment that may still be offered.
select ref from unnest($1::uuid[]) ref
where not exists (select from intake.slot s where s.place = ref and s.withdrawn_at is null)
