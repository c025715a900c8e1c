-- name: begin
insert into registry.session (token_hash, staff, municipality, role, expires_at) values ($1, $2, $3, $4, now() + $5)

-- name: touch
update registry.session set seen_at = now()
where token_hash = $1 and revoked_at is null and expires_at > now() and seen_at > now() - $2::interval
returning staff, municipality, role

-- name: revoke
update registry.session set revoked_at = now() where token_hash = $1 and revoked_at is null
