-- name: shared
-- Stories that everybody may read, the latest first.
select s.id, s.words, s.told_at, t.name as street
from registry.story s
join vault.item i on i.ref = s.words and i.municipality = s.municipality and i.erased_at is null
left join registry.street t on (t.municipality, t.slug) = (s.municipality, s.street)
where s.municipality = $1 and s.share and s.withdrawn_at is null
order by s.told_at desc, s.id desc
limit $2 offset $3

-- name: how_many
select count(*) from registry.story s
join vault.item i on i.ref = s.words and i.municipality = s.municipality and i.erased_at is null
where s.municipality = $1 and s.share and s.withdrawn_at is null

-- name: active_streets
select municipality, count(*) as streets from registry.street
where phase = 'active'
group by municipality having count(*) >= $1
