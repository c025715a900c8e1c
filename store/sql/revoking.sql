-- name: told
-- By the same names as the index has (migration 0037).
select key, name, municipality, subject, actor, result ->> 'passkey' as passkey, recorded_at as at from registry.fact
where name in ('client.ended', 'staff.ended', 'staff.passkey_removed', 'staff.role_ended', 'webhook.ended')
order by seq

-- name: lacking
select key from unnest($1::text[]) key where not exists (select from registry.fact f where f.key = key.key)

-- name: opens
select (select count(*) from staff.member where ended_at is null) as colleagues,
    (select count(*) from staff.passkey) as passkeys,
    (select count(*) from client.client where ended_at is null and expires_on >= (now() at time zone 'Europe/Amsterdam')::date) as clients,
    (select count(*) from event.webhook where state <> 'ended') as webhooks
