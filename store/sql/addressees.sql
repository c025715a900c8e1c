-- name: lock_addressees
select pg_advisory_xact_lock(8604, hashtext($1))

-- name: addressee
select ref from money.addressee where municipality = $1 and role = $2

-- name: write_addressee
insert into money.addressee (municipality, role, ref) values ($1, $2, $3)
on conflict (municipality, role) do update set ref = excluded.ref

-- name: role_of
select role from money.addressee where municipality = $1 and ref = $2
