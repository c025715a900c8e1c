-- name: lock
select pg_advisory_xact_lock(8615, hashtext($1))

-- name: next_version
select coalesce(max(version), 0) + 1 from social.offer where municipality = $1

-- name: put_offer
insert into social.offer (municipality, version, read_by, name, topics, wijken, nl, en, phone, email, web)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (municipality, lower(name)) do update set
    version = excluded.version, read_by = excluded.read_by, at = now(), withdrawn_at = null,
    name = excluded.name, topics = excluded.topics, wijken = excluded.wijken, nl = excluded.nl,
    en = excluded.en, phone = excluded.phone, email = excluded.email, web = excluded.web

-- name: withdraw
update social.offer set withdrawn_at = now()
where municipality = $1 and version < $2 and withdrawn_at is null

-- name: offers
-- Who asks for a wijk sees first what is there, and then what is for the whole municipality.
select name, topics, wijken, nl, en, phone, email, web from social.offer
where municipality = $1 and withdrawn_at is null
    and ($2::text is null or $2 = any (topics))
    and ($3::text is null or cardinality(wijken) = 0 or $3 = any (wijken))
order by ($3::text is not null and cardinality(wijken) = 0), lower(name), id

-- name: count
select count(*) from social.offer where municipality = $1 and withdrawn_at is null

-- name: latest
select version, at, read_by from social.offer where municipality = $1 order by version desc, id limit 1
