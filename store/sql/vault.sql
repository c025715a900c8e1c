-- name: put
insert into vault.item (ref, kind, municipality, key_id, wrapped_key, sealed) values ($1, $2, $3, $4, $5, $6)

-- name: get
select kind, key_id, wrapped_key, sealed from vault.item where ref = $1 and erased_at is null

-- name: get_many
select ref, kind, key_id, wrapped_key, sealed from vault.item where ref = any($1::uuid[]) and erased_at is null

-- name: erase
update vault.item
set key_id = null, wrapped_key = null, sealed = null, erased_at = now()
where ref = any($1::uuid[]) and erased_at is null

-- name: log_erasure
insert into vault.erasure (ref, reason) select unnest($1::uuid[]), $2 on conflict (ref) do nothing

-- name: log_look
insert into vault.look (ref, staff, purpose) select unnest($1::uuid[]), $2, $3
