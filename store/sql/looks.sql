-- name: at_details
-- One line for what somebody opened at once. What was told about a concern has a list of its own.
select l.looked_at as at, l.staff, l.purpose, count(*) as items, count(*) over () as total
from vault.look l join vault.item i on i.ref = l.ref
where i.municipality = $1 and l.looked_at > now() - $2::interval
    and not exists (select from concern.concern c where c.text = l.ref)
group by l.looked_at, l.staff, l.purpose
order by l.looked_at desc, l.staff, l.purpose
limit $3 offset $4
