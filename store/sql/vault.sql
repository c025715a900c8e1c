-- name: put
insert into vault.item (ref, kind, municipality, key_id, wrapped_key, sealed, found_key, found_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: get
select kind, key_id, wrapped_key, sealed from vault.item where ref = $1 and erased_at is null

-- name: get_many
select ref, kind, key_id, wrapped_key, sealed from vault.item where ref = any($1::uuid[]) and erased_at is null

-- name: erase
update vault.item
set key_id = null, wrapped_key = null, sealed = null, found_key = null, found_by = null, erased_at = now()
where ref = any($1::uuid[]) and erased_at is null

-- name: log_erasure
insert into vault.erasure (ref, reason) select unnest($1::uuid[]), $2 on conflict (ref) do nothing

-- name: log_look
insert into vault.look (ref, staff, purpose) select unnest($1::uuid[]), $2, $3

-- name: lock_item
select kind, municipality, key_id, wrapped_key, sealed from vault.item where ref = $1 and erased_at is null
for update

-- name: reseal
update vault.item set sealed = $2, found_key = $3, found_by = $4 where ref = $1

-- name: of_address
-- Residents only: colleagues have a kind of their own, the auditor and the professionals stand in the policy. A pending new address is not its owner's yet.
select i.ref from vault.item i
where i.municipality = $1 and i.found_by = any ($2::bytea[]) and i.kind = 'person'
    and not exists (select from money.addressee a where a.ref = i.ref)
order by i.created_at, i.ref

-- name: colleagues_of_address
select ref from vault.item
where municipality = $1 and found_by = any ($2::bytea[]) and kind = 'staff'
order by created_at, ref

-- name: not_findable
select i.ref, i.municipality, i.kind, i.key_id, i.wrapped_key, i.sealed from vault.item i
where i.kind in ('person', 'staff') and i.erased_at is null and i.found_key is distinct from $1
    and i.ref > $2 and not exists (select from person.code c where c.reader = i.ref and c.opens = 'address')
order by i.ref
limit $3

-- name: make_findable
update vault.item set found_key = $2, found_by = $3 where ref = $1 and erased_at is null

-- name: erasures
select ref, reason, erased_at from vault.erasure order by erased_at, ref

-- name: keep_erasure
insert into vault.erasure (ref, reason, erased_at) values ($1, $2, $3) on conflict (ref) do nothing

-- name: came_back
-- What the log says is erased, and a restored backup holds again.
select e.ref, e.reason from vault.erasure e join vault.item i on i.ref = e.ref
where i.erased_at is null
order by e.ref

-- name: erased_because
select reason from vault.erasure where ref = $1
