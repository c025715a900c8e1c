-- name: shared
-- Stories that everybody may read, the latest first.
select s.id, s.words, s.told_at, t.name as street
from registry.story s
join vault.item i on i.ref = s.words and i.municipality = s.municipality and i.erased_at is null
left join registry.street t on (t.municipality, t.slug) = (s.municipality, s.street)
where s.municipality = $1 and s.share and s.shown and s.withdrawn_at is null
order by s.told_at desc, s.id desc
limit $2 offset $3

-- name: how_many
select count(*) from registry.story s
join vault.item i on i.ref = s.words and i.municipality = s.municipality and i.erased_at is null
where s.municipality = $1 and s.share and s.shown and s.withdrawn_at is null

-- name: offered
-- What the tellers want to share: with $2 what nobody of the municipality read yet, the oldest first.
select s.id, s.words, s.told_at, s.shown, s.read_at, s.street, t.name, t.part, t.wijk, count(*) over () as total
from registry.story s
join vault.item i on i.ref = s.words and i.municipality = s.municipality and i.erased_at is null
join registry.street t on (t.municipality, t.slug) = (s.municipality, s.street)
where s.municipality = $1 and s.share and s.withdrawn_at is null and (s.read_at is null) = $2
order by s.read_at desc nulls first, s.told_at, s.id
limit $3 offset $4

-- name: judge
update registry.story set read_at = now(), read_by = $3, shown = $4
where id = $1 and municipality = $2 and share and withdrawn_at is null
returning street

-- name: active_streets
select municipality, count(*) as streets from registry.street
where phase = 'active'
group by municipality having count(*) >= $1
