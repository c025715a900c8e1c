-- name: add
insert into staff.passkey (id, credential, person, public_key, sign_count, key_id, name)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (credential) do nothing
returning id

-- name: of_person
select id, credential, key_id, name, created_at, used_at from staff.passkey where person = $1 order by created_at, id

-- name: hold
select id, person, public_key, sign_count from staff.passkey where credential = $1 for update

-- name: used
update staff.passkey set sign_count = $2, used_at = now() where id = $1

-- name: hold_all
select id from staff.passkey where person = $1 for update

-- name: remove
delete from staff.passkey where id = $1 and person = $2 returning id

-- name: remove_all
delete from staff.passkey where person = $1 returning id

-- name: forget
delete from staff.passkey where id = $1 returning id

-- name: older
select id, key_id, name from staff.passkey where key_id <> $1 order by id for update skip locked

-- name: reseal
update staff.passkey set key_id = $2, name = $3 where id = $1
