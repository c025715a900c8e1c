-- name: lock
-- One at a time in a municipality, so that nobody becomes two colleagues.
select pg_advisory_xact_lock(8622, hashtext($1))

-- name: put
insert into staff.member (ref, municipality, person, contact) values ($1, $2, $3, $4)

-- name: member
select ref, municipality, person, contact, account_by, invitations, invited_at, joined_at, ended_at
from staff.member where municipality = $1 and ref = $2

-- name: of_contacts
select ref, municipality, person, contact, account_by, invitations, invited_at, joined_at, ended_at
from staff.member where municipality = $1 and contact = any ($2::uuid[])
order by ended_at is not null, created_at

-- name: of_account
select ref, municipality, person, contact, account_by, invitations, invited_at, joined_at, ended_at
from staff.member where municipality = $1 and account = any ($2::bytea[])

-- name: all
select m.ref, m.contact, m.account_by, m.invited_at, m.joined_at, m.ended_at,
    (select count(*) from staff.passkey p where p.person = m.person) as passkeys,
    (select coalesce(array_agg(distinct r.role order by r.role), '{}') from staff.role r where r.ref = m.ref) as roles,
    (select count(*) from registry.session s where s.staff = m.ref and s.revoked_at is null
        and s.expires_at > now() and s.seen_at > now() - $2::interval) as sessions
from staff.member m where m.municipality = $1
order by m.ended_at is not null, m.created_at, m.ref

-- name: anybody
select exists (select from staff.member where ended_at is null)

-- name: contacts
select ref, contact, ended_at is not null as ended from staff.member where municipality = $1

-- name: with_role
select distinct m.ref from staff.member m join staff.role r on r.ref = m.ref
where m.municipality = $1 and m.ended_at is null and r.role = any ($2::text[])

-- name: roles
select role, source from staff.role where ref = $1 order by role, source

-- name: give
insert into staff.role (ref, role, source) values ($1, $2, $3) on conflict do nothing returning role

-- name: take
delete from staff.role where ref = $1 and role = $2 and source = $3 returning role

-- name: leads
-- Those who could still look after the desk if this one did not.
select count(distinct m.ref) from staff.member m join staff.role r on r.ref = m.ref
where m.municipality = $1 and m.ended_at is null and r.role = 'lead' and m.ref <> $2

-- name: seats_of_person
select m.ref, m.municipality, r.role from staff.member m join staff.role r on r.ref = m.ref
where m.person = $1 and m.ended_at is null and r.source = 'desk'
order by m.municipality, r.role

-- name: seats_of_member
select distinct m.ref, m.municipality, r.role from staff.member m join staff.role r on r.ref = m.ref
where m.ref = $1 and m.ended_at is null
order by m.municipality, r.role

-- name: refs_of_person
select ref from staff.member where person = $1

-- name: bind
update staff.member set account = $2, account_by = $3 where ref = $1

-- name: joined
update staff.member set joined_at = coalesce(joined_at, now()) where ref = $1

-- name: becomes
update staff.member set person = $2 where ref = $1

-- name: invited
update staff.member set invited_at = now(), invitations = invitations + 1 where ref = $1 returning invitations

-- name: end
update staff.member set ended_at = now() where ref = $1 and ended_at is null returning ref

-- name: end_roles
delete from staff.role where ref = $1

-- name: reopen
update staff.member set ended_at = null, account = null, account_by = null, joined_at = null where ref = $1

-- name: works_elsewhere
select exists (select from staff.member where person = $1 and ended_at is null and ref <> $2)

-- name: shut_out
-- Whatever was handed out for this desk before: a code on its way, an entrance that is open.
with codes as (
    update staff.code set used_at = now() where ref = $1 and used_at is null
)
delete from staff.entrance where ref = $1

-- name: sweep_spent
delete from staff.spent where expires_at <= now()

-- name: spend
insert into staff.spent (digest, expires_at) values ($1, now() + $2::interval)
on conflict (digest) do nothing
returning digest
