-- name: start_round
insert into scouting.round (id, municipality, wijk, scouts, until, started_by, started_at, workflow_id)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do nothing

-- name: add_targets
insert into scouting.target (round, street, name, part, place)
select $1, t.street, t.name, t.part, t.place
from unnest($2::text[], $3::text[], $4::text[]) with ordinality t (street, name, part, place)
on conflict (round, street) do nothing

-- name: add_visit
insert into scouting.visit
    (id, round, municipality, street, scout, outcome, visited_at, again_on, rest_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (id) do nothing
returning id

-- name: visit
select outcome, street, again_on, rest_until from scouting.visit
where id = $1 and municipality = $2 and scout = $3

-- name: counts
select (select count(*) from scouting.target where round = $1) as targets,
       count(distinct street) as visited,
       count(*) filter (where outcome = 'nobody_home') as nobody_home,
       count(*) filter (where outcome = 'talked') as talked,
       count(*) filter (where outcome = 'candidate') as candidate,
       count(*) filter (where outcome = 'refused') as refused
from scouting.visit where round = $1

-- name: latest
select id as visit, round, street, outcome, scout, visited_at as at, again_on, rest_until from scouting.visit
where round = $1 and street = $2
order by visited_at desc, seq desc limit 1

-- name: fall_due
update scouting.target set due_at = $3 where round = $1 and street = $2

-- name: end_round
update scouting.round set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null

-- name: rounds
select r.*, (select count(*) from scouting.target t where t.round = r.id) as targets,
       (select count(distinct v.street) from scouting.visit v where v.round = r.id) as visited,
       (select count(*) from scouting.visit v where v.round = r.id and v.outcome = 'candidate') as candidates
from scouting.round r
where r.municipality = $1
order by (r.ended_at is not null), r.started_at desc
limit 100

-- name: round
select * from scouting.round where municipality = $1 and id = $2

-- name: rounds_of_scout
select * from scouting.round where municipality = $1 and $2 = any (scouts) and ended_at is null order by until

-- name: targets
-- Each street with its latest visit, whether somebody should go back now, and how long it rests.
select t.street, t.name, t.part, v.outcome, v.visited_at, v.again_on,
       (r.ended_at is null and t.due_at is not null and v.received_at <= t.due_at) as due,
       rest.until as rest_until,
       (select count(*) from scouting.visit n where n.round = t.round and n.street = t.street) as visits
from scouting.target t
join scouting.round r on r.id = t.round
left join lateral (
    select outcome, visited_at, again_on, received_at from scouting.visit
    where round = t.round and street = t.street
    order by visited_at desc, seq desc limit 1
) v on true
left join lateral (
    select max(rest_until) as until from scouting.visit
    where municipality = r.municipality and street = t.street and rest_until > $2
) rest on true
where t.round = $1
order by t.place

-- name: signups_of
select s.street, s.status, t.name, t.part, x.phase
from registry.signup s
left join scouting.target t on (t.round, t.street) = (s.round, s.street)
left join registry.street x on (x.municipality, x.slug) = (s.municipality, s.street)
where s.round = $1
order by s.updated_at desc

-- name: resting
-- $2: the streets one wants to know of, or null for all.
select v.street, max(v.rest_until) as until,
       (select t.name || coalesce(' (' || t.part || ')', '') from scouting.target t
        where t.street = v.street order by t.round limit 1) as title
from scouting.visit v
where v.municipality = $1 and v.rest_until > $3 and ($2::text[] is null or v.street = any ($2::text[]))
group by v.street
order by v.street

-- name: taken
-- Streets that have their gangmakers, or are being looked at by a round that runs.
select slug as street, 'street' as why from registry.street
where municipality = $1 and slug = any ($2::text[]) and phase in ('intake', 'active')
union all
select t.street, 'round' from scouting.target t join scouting.round r on r.id = t.round
where r.municipality = $1 and r.ended_at is null and t.street = any ($2::text[])

-- name: proposals
-- Streets of the wijk without gangmakers now: those asleep first, then those that stopped or were visited before.
with known as (
    select slug as street, name, part, phase from registry.street
    where municipality = $1 and wijk = $2 and phase not in ('intake', 'active')
    union all
    select distinct on (t.street) t.street, t.name, t.part, 'visited'
    from scouting.target t join scouting.round r on r.id = t.round
    where r.municipality = $1 and r.wijk = $2
        and not exists (
            select from registry.street s where (s.municipality, s.slug) = ($1, t.street)
        )
)
select k.* from known k
where not exists (
        select from scouting.visit v
        where v.municipality = $1 and v.street = k.street and v.rest_until > $3
    )
    and not exists (
        select from scouting.target t join scouting.round r on r.id = t.round
        where r.municipality = $1 and r.ended_at is null and t.street = k.street
    )
order by (k.phase <> 'sleeping'), (k.phase = 'visited'), k.street
limit 100
