-- name: begin
insert into registry.session (token_hash, staff, municipality, role, how, browser, expires_at)
values ($1, $2, $3, $4, $5, $6, coalesce($7::timestamptz, now() + $8::interval))

-- name: touch
-- Who left, or lost the role, finds the desk shut, whatever became of their session. A role that only the provider
-- gives needs a sign-in there.
update registry.session s set seen_at = now()
where s.token_hash = $1 and s.revoked_at is null and s.expires_at > now() and s.seen_at > now() - $2::interval
    and (s.how = 'local' or exists (
        select from staff.member m join staff.role r on r.ref = m.ref
        where m.ref = s.staff and m.municipality = s.municipality and m.ended_at is null
            and r.role = s.role and (s.how = 'provider' or r.source = 'desk')
    ))
returning s.staff, s.municipality, s.role, s.how, s.id, s.browser, s.expires_at

-- name: revoke
update registry.session set revoked_at = now() where token_hash = $1 and revoked_at is null

-- name: of_staff
select id, role, municipality, how, browser, created_at, seen_at from registry.session
where staff = any ($1::text[]) and revoked_at is null and expires_at > now() and seen_at > now() - $2::interval
order by seen_at desc, id

-- name: end_one
update registry.session set revoked_at = now()
where id = $1 and staff = any ($2::text[]) and revoked_at is null
returning id

-- name: end_all
update registry.session set revoked_at = now() where staff = any ($1::text[]) and revoked_at is null

-- name: end_role
update registry.session set revoked_at = now() where staff = $1 and role = $2 and revoked_at is null

-- name: end_by_passkey
update registry.session set revoked_at = now()
where how = 'passkey' and revoked_at is null
    and staff in (select ref from staff.member where person = $1)
