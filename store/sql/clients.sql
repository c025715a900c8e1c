-- name: make
insert into client.client (id, municipality, name, key_hash, hint, scopes, expires_on, made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do nothing
returning id

-- name: all_of
select id, municipality, name, hint, scopes, expires_on, last_used_on, made_by, made_at, ended_by, ended_at
from client.client where $1::text is null or municipality = $1
order by ended_at is not null, made_at desc

-- name: one
select id, municipality, name, hint, scopes, expires_on, last_used_on, ended_at
from client.client where id = $1 and ($2::text is null or municipality = $2)

-- name: end
update client.client set ended_by = $2, ended_at = now() where id = $1 and ended_at is null
returning municipality

-- name: known_by
-- Whose key this is, as long as it counts on this day.
select id, municipality, name, scopes, expires_on, last_used_on from client.client
where key_hash = $1 and ended_at is null and expires_on >= $2

-- name: used
update client.client set last_used_on = $2 where id = $1 and last_used_on is distinct from $2

-- name: names
select id, name from client.client where municipality = $1

-- name: put_submission
insert into client.submission (submission, municipality, client, digest) values ($1, $2, $3, $4)

-- name: forget_digests
update client.submission set digest = null where digest is not null and received_at < now() - $1::interval

-- name: digest
select municipality, digest from client.submission where submission = $1

-- name: submission
-- Where a sign-up that came in by the API stands.
select s.id, s.receipt, s.received_at, r.status
from client.submission c
join post.submission s on s.id = c.submission
left join registry.signup r on r.submission = c.submission
where c.municipality = $1 and c.submission = $2

-- name: streets
-- A street that stopped before it ever began tells of somebody who was turned away; it is nobody else's business.
select slug, name, part, wijk, phase, shape, since, cardinality(gangmakers) as gangmakers
from registry.street
where municipality = $1 and (phase <> 'ended' or since is not null)
    and ($2::text is null or phase = $2) and ($3::text is null or wijk = $3)
    and ($4::text is null or slug > $4) and ($5::text is null or slug = $5)
order by slug
limit $6

-- name: phases
select phase, count(*) as streets from registry.street
where municipality = $1 and (phase <> 'ended' or since is not null)
group by phase

-- name: signups
select count(*) from post.submission
where municipality = $1 and kind = 'signup' and received_at >= $2 and received_at < $3

-- name: potjes
-- What is approved, and of that what reached the streets: the parts that are not open any more.
with granted as (
    select cents, (
        select coalesce(sum((part ->> 1)::bigint), 0) from jsonb_array_elements(parts) part
        where part ->> 0 <> all (open_parts)
    ) as paid
    from registry.potje
    where municipality = $1 and year = $2 and status in ('approved', 'handed_over', 'paid')
)
select count(*) as granted, coalesce(sum(cents), 0)::bigint as granted_cents,
    count(*) filter (where paid > 0) as paid, coalesce(sum(paid), 0)::bigint as paid_cents
from granted
