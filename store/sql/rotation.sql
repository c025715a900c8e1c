-- name: old_items
select ref as id, key_id, wrapped_key as wrapped from vault.item
where key_id <> $1 and ref > $2
order by ref limit $3
for update skip locked

-- name: rewrap_item
update vault.item set key_id = $2, wrapped_key = $3 where ref = $1

-- name: old_webhooks
select id, key_id, secret as wrapped from event.webhook
where key_id <> $1 and id > $2
order by id limit $3
for update skip locked

-- name: rewrap_webhook
update event.webhook set key_id = $2, secret = $3 where id = $1

-- name: older_webhooks
select id, old_key_id as key_id, old_secret as wrapped from event.webhook
where old_key_id <> $1 and id > $2
order by id limit $3
for update skip locked

-- name: rewrap_older_webhook
update event.webhook set old_key_id = $2, old_secret = $3 where id = $1

-- name: under_key
select place, items from vault.under_key($1)

-- name: note_key
insert into vault.master_key (id, fingerprint) values ($1, $2)
on conflict (id) do update set fingerprint = excluded.fingerprint, sealing_since = now(), retired_at = null

-- name: first_key
-- The key that a process seals with when nobody wrote down since when.
insert into vault.master_key (id, fingerprint, sealing_since) values ($1, $2, now()) on conflict (id) do nothing

-- name: retired
update vault.master_key set retired_at = now() where id = $1

-- name: keys
select id, fingerprint, sealing_since, retired_at from vault.master_key order by id

-- name: hold
insert into vault.holder (process, kind, keys, sealing, trouble) values ($1, $2, $3, $4, $5)
on conflict (process) do update
set keys = excluded.keys, sealing = excluded.sealing, trouble = excluded.trouble, seen_at = now()

-- name: sweep_holders
delete from vault.holder where seen_at < now() - interval '1 day'

-- name: let_go
delete from vault.holder where process = $1

-- name: holders
select process, kind, keys, sealing, trouble, seen_at from vault.holder
where seen_at > now() - $1::interval
order by kind, process

-- name: signed_before
-- What was told under an older master key and can still be used: codes on the street, and questions by mail.
select 'codes by mail' as what, count(*) as items from (
    select created_at from post.code where used_at is null and expires_at > now()
    union all select created_at from person.code where used_at is null and expires_at > now()
    union all select created_at from concern.code where used_at is null and expires_at > now()
    union all select created_at from staff.code where used_at is null and expires_at > now()
) c where created_at < $1
union all
select 'codes of what was handed over', count(*) from registry.potje p
where p.status = 'handed_over' and p.updated_at < $1
union all
select 'codes of the yearly question', count(*) from post.link l
where l.purpose = 'renewal' and l.created_at < $1
    and l.answered_at is null and l.voided_at is null and (l.expires_at is null or l.expires_at > now())
union all
select 'sign-ups by the API that a client may send again', count(*) from client.submission s
where s.digest is not null and s.received_at < $1

-- name: accounts_by
-- Found by a digest that is made anew when they sign in; before that, without its key, nobody would find them.
select count(*) from staff.member where account_by = $1 and ended_at is null
