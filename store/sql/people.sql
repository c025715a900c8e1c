-- name: put_code
insert into person.code (id, municipality, person, reader, opens, browser_hash, expires_at)
values ($1, $2, $3, $4, $5, $6, now() + $7::interval)

-- name: asked
select person, reader from person.code
where id = $1 and municipality = $2 and browser_hash = $3 and opens = $4 and created_at > now() - $5::interval

-- name: lock_code
select person, reader, wrong, used_at is not null as used, expires_at <= now() as expired
from person.code where id = $1 and municipality = $2 and browser_hash = $3 and opens = $4
for update

-- name: wrong_code
update person.code set wrong = wrong + 1 where id = $1

-- name: use_code
update person.code set used_at = now() where id = $1

-- name: code_to_send
select municipality, reader, opens from person.code where id = $1 and used_at is null and expires_at > now()

-- name: stale_addresses
-- New addresses that nobody confirmed.
delete from person.code where opens = 'address' and created_at < now() - $1::interval
returning reader

-- name: stale_codes
delete from person.code where opens = 'data' and created_at < now() - $1::interval

-- name: sweep
delete from person.session where expires_at <= now()

-- name: open
insert into person.session (token_hash, municipality, person, expires_at) values ($1, $2, $3, now() + $4::interval)

-- name: touch
-- Who was erased finds the door shut.
update person.session s set expires_at = least(now() + $3::interval, s.opened_at + $4::interval)
from vault.item i
where s.token_hash = $1 and s.municipality = $2 and s.expires_at > now() and i.ref = s.person and i.erased_at is null
returning s.person

-- name: close
delete from person.session where token_hash = $1

-- name: close_all
delete from person.session where person = any ($1)

-- name: end_codes
delete from person.code where person = any ($1)
