-- name: put
insert into post.mail (id, key, municipality, person, template, language, message_id, sealed, workflow_id, trace)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (key) do nothing

-- name: put_sent
insert into post.mail (id, key, municipality, person, template, language, message_id, state, accepted_at, last_code)
values ($1, $2, $3, $4, $5, $6, $7, 'accepted', now(), 'restored')
on conflict (key) do nothing

-- name: next
-- A code works for minutes and somebody waits for it; a concern waits for nobody: they go before all letters.
select id, person, message_id, sealed, state, attempts, workflow_id, trace from post.mail
where state in ('queued', 'unknown') and next_at <= now()
order by template <> 'door_code' and not starts_with(template, 'concern_'), created_at
limit $1
for update skip locked

-- name: sending
update post.mail set state = 'sending', attempts = attempts + 1, next_at = now() where id = any ($1::uuid[])

-- name: accepted
update post.mail set state = 'accepted', accepted_at = now(), sealed = null, last_code = null where id = $1

-- name: again
update post.mail
set state = $2, last_code = $3,
    next_at = now() + least(power(2, least(attempts, 10)), 900) * interval '1 second'
where id = $1

-- name: ended
update post.mail set state = $2, last_code = $3, sealed = null where id = $1

-- name: orphans
update post.mail set state = 'unknown', last_code = 'crash' where state = 'sending'

-- name: soonest
select extract(epoch from min(next_at) - now())::float from post.mail where state in ('queued', 'unknown')

-- name: only_postman
select pg_advisory_lock(8603)
