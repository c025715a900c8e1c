-- name: gangmaker
select name, part from registry.street where municipality = $1 and slug = $2 and $3 = any (gangmakers)

-- name: put_code
insert into post.code (id, municipality, street, person, browser_hash, expires_at)
values ($1, $2, $3, $4, $5, now() + $6::interval)

-- name: asked
select street, person from post.code
where id = $1 and municipality = $2 and browser_hash = $3 and created_at > now() - $4::interval

-- name: lock_code
select street, person, wrong, used_at is not null as used, expires_at <= now() as expired
from post.code where id = $1 and municipality = $2 and browser_hash = $3
for update

-- name: wrong_code
update post.code set wrong = wrong + 1 where id = $1

-- name: use_code
update post.code set used_at = now() where id = $1

-- name: code_to_send
select c.municipality, c.street, c.person, s.name, s.part
from post.code c join registry.street s on s.municipality = c.municipality and s.slug = c.street
where c.id = $1 and c.used_at is null and c.expires_at > now() and c.person = any (s.gangmakers)

-- name: open
insert into registry.door (token_hash, municipality, street, person, expires_at)
values ($1, $2, $3, $4, now() + $5::interval)

-- name: sweep
delete from registry.door where expires_at <= now()

-- name: touch
-- Who is no gangmaker of the street any more finds the door shut, whatever their cookie says.
update registry.door d set expires_at = least(now() + $3::interval, d.opened_at + $4::interval)
from registry.street s
where d.token_hash = $1 and d.municipality = $2 and d.expires_at > now()
    and s.municipality = d.municipality and s.slug = d.street and d.person = any (s.gangmakers)
returning d.street, d.person, s.name, s.part

-- name: close
delete from registry.door where token_hash = $1
