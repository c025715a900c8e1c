-- name: was_paused
select paused from registry.street where municipality = $1 and slug = $2

-- name: own_places
select pg_advisory_xact_lock(8624)

-- name: unplaced
select t.nr, t.municipality, t.subject,
    (select document ->> 'oin' from registry.policy p
    where p.municipality = t.municipality order by version desc limit 1) as oin
from event.told t
where t.place is null and t.fact is not null
order by t.nr
limit $1

-- name: place
update event.told set place = nextval('event.place'), source = $2, dataref = $3 where nr = $1

-- name: spread
-- A webhook hears what is told from then on; a minute more, for what was being written when it was made.
insert into event.delivery (event, webhook)
select t.nr, w.id from event.told t
join event.webhook w on w.municipality = t.municipality
where t.nr = any ($1) and w.state <> 'ended' and t.told_at >= w.made_at - interval '1 minute'
    and (w.kinds = '{}' or t.kind = any (w.kinds))
on conflict do nothing

-- name: after
select id, place, kind, subject, data::text as data, told_at, source, dataref from event.told
where municipality = $1 and place > $2
order by place
limit $3

-- name: forget
-- What is older than so many days, some at a time; what became of its deliveries goes with it.
delete from event.told where nr in (
    select nr from (select nr, told_at, place, fact from event.told order by nr limit $2) as oldest
    where told_at < now() - make_interval(days => $1) and (place is not null or fact is null)
)
returning nr
