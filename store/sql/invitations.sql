-- name: put_code
insert into staff.code (id, municipality, ref, browser_hash, expires_at) values ($1, $2, $3, $4, now() + $5::interval)

-- name: asked
select ref from staff.code
where id = $1 and municipality = $2 and browser_hash = $3 and created_at > now() - $4::interval

-- name: lock_code
select ref, wrong, used_at is not null as used, expires_at <= now() as expired
from staff.code where id = $1 and municipality = $2 and browser_hash = $3
for update

-- name: wrong_code
update staff.code set wrong = wrong + 1 where id = $1

-- name: use_code
update staff.code set used_at = now() where id = $1

-- name: code_to_send
select municipality, ref from staff.code where id = $1 and used_at is null and expires_at > now()

-- name: stale_codes
delete from staff.code where created_at < now() - $1::interval

-- name: sweep
delete from staff.entrance where expires_at <= now()

-- name: enter
insert into staff.entrance (token_hash, municipality, ref, expires_at) values ($1, $2, $3, now() + $4::interval)

-- name: inside
select ref from staff.entrance where token_hash = $1 and municipality = $2 and expires_at > now()

