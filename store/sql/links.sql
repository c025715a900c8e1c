-- name: make
insert into post.link (token_hash, purpose, workflow_id, municipality, person, street, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (token_hash) do nothing

-- name: find
select purpose, workflow_id, municipality, person, street, answered_at, answer,
       voided_at is not null or coalesce(expires_at <= now(), false) as expired
from post.link where token_hash = $1 and municipality = $2

-- name: answer
update post.link set answered_at = now(), answer = $2
where token_hash = $1 and answered_at is null and voided_at is null and (expires_at is null or expires_at > now())
returning workflow_id, municipality, person, purpose

-- name: lock_open
select answered_at is not null as answered from post.link where workflow_id = $1 and person = $2 for update

-- name: void
update post.link set voided_at = now() where workflow_id = $1 and person = $2 and answered_at is null

-- name: void_older
update post.link set voided_at = now()
where workflow_id = $1 and person = $2 and token_hash <> $3 and answered_at is null and voided_at is null

-- name: made
select token_hash from post.link where token_hash = any ($1::bytea[]) order by created_at limit 1
