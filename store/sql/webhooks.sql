-- name: lock
select pg_advisory_xact_lock(8625, hashtext($1))

-- name: count
select count(*) from event.webhook where municipality = $1 and state <> 'ended'

-- name: make
insert into event.webhook (id, municipality, name, url, kinds, key_id, secret, made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do nothing
returning id

-- name: change
update event.webhook set name = $3, url = $4, kinds = $5
where municipality = $1 and id = $2 and state <> 'ended' and (name, url, kinds) is distinct from ($3, $4, $5::text[])
returning id

-- name: pause
update event.webhook set state = 'paused' where municipality = $1 and id = $2 and state = 'active' returning id

-- name: resume
update event.webhook set state = 'active', failing_since = null
where municipality = $1 and id = $2 and state in ('paused', 'gone')
returning id

-- name: end
update event.webhook set state = 'ended' where municipality = $1 and id = $2 and state <> 'ended' returning id

-- name: drop_waiting
delete from event.delivery where webhook = $1 and state in ('waiting', 'sending')

-- name: rotate
update event.webhook
set old_key_id = key_id, old_secret = secret, old_until = now() + $5, key_id = $3, secret = $4
where municipality = $1 and id = $2 and state <> 'ended'
returning id

-- name: gone
update event.webhook set state = 'gone', last_code = $2 where id = $1 and state = 'active' returning municipality

-- name: webhooks
select w.id, w.name, w.url, w.kinds, w.state, w.made_by, w.made_at, w.delivered_at, w.failing_since, w.last_code,
    w.old_until > now() as two_secrets, w.old_until,
    (select count(*) from event.delivery where webhook = w.id and state in ('waiting', 'sending')) as waiting,
    (select count(*) from event.delivery where webhook = w.id and state = 'dead') as dead
from event.webhook w
where w.municipality = $1 and w.state <> 'ended' and ($2::uuid is null or w.id = $2)
order by lower(w.name), w.made_at

-- name: deliveries
with page as (
    select *, count(*) over () as total from event.delivery
    where webhook = $1 and ($2::text is null or state = $2)
    order by event desc
    limit $3 offset $4
)
select d.event, t.id, t.kind, t.subject, t.told_at, d.state, d.attempts, d.next_at, d.code, d.total
from page d
join event.told t on t.nr = d.event
order by d.event desc

-- name: ping
insert into event.told (id, municipality, kind, subject, data, source)
values ($1, $2, $3, $4, $5::text::jsonb, $6)
on conflict (id) where fact is null do nothing
returning nr

-- name: ping_delivery
insert into event.delivery (event, webhook) values ($1, $2)

-- name: again
update event.delivery d set state = 'waiting', attempts = 0, next_at = now(), ended_at = null
from event.webhook w
where w.id = d.webhook and w.municipality = $1 and w.id = $2 and w.state <> 'ended'
    and d.state = 'dead' and ($3::bigint is null or d.event = $3)
returning d.event

-- name: ring
select pg_notify('events', '')

-- name: claim
-- What is due, marked as being sent until `next_at`. No webhook has more than $1 under way, so that a slow one
-- leaves room for the others, and each in turn gets its first. $2 at most, $3 the lease.
with busy as (
    select webhook, count(*) as sending from event.delivery
    where state = 'sending' and next_at > now() group by webhook
), due as (
    select d.event, d.webhook from event.webhook w
    left join busy b on b.webhook = w.id
    cross join lateral (
        select event, webhook, next_at from event.delivery
        where webhook = w.id and state in ('waiting', 'sending') and next_at <= now()
        order by next_at
        limit greatest($1 - coalesce(b.sending, 0), 0)
        for update skip locked
    ) d
    where w.state = 'active'
    order by d.next_at
    limit $2
), claimed as (
    update event.delivery d set state = 'sending', attempts = attempts + 1, next_at = now() + $3
    from due where (d.event, d.webhook) = (due.event, due.webhook)
    returning d.event, d.webhook, d.attempts
)
select c.webhook, c.event, c.attempts, w.url, w.key_id, w.secret, w.old_key_id, w.old_secret,
    w.old_until > now() as two_secrets,
    t.id, t.place, t.kind, t.subject, t.data::text as data, t.told_at, t.source, t.dataref
from claimed c
join event.webhook w on w.id = c.webhook
join event.told t on t.nr = c.event
order by t.nr

-- name: soonest
select extract(epoch from min(d.next_at) - now())::float from event.webhook w
join event.delivery d on d.webhook = w.id and d.state in ('waiting', 'sending')
where w.state = 'active' and d.next_at > now()

-- name: delivered
update event.delivery set state = 'delivered', code = $3, ended_at = now() where event = $1 and webhook = $2

-- name: well
update event.webhook set delivered_at = now(), failing_since = null, last_code = $2 where id = $1

-- name: failed
-- Only by who still sends it: whoever was given up has nothing to say about what another tries now.
-- $4 how long to wait, or null: it is given up.
update event.delivery
set state = case when $4::interval is null then 'dead' else 'waiting' end, code = $5,
    next_at = now() + coalesce($4, interval '0'), ended_at = case when $4::interval is null then now() end
where event = $1 and webhook = $2 and attempts = $3 and state = 'sending'

-- name: put_back
update event.delivery set state = 'waiting', attempts = attempts - 1, code = $4, next_at = now()
where event = $1 and webhook = $2 and attempts = $3 and state = 'sending'

-- name: ill
update event.webhook set failing_since = coalesce(failing_since, now()), last_code = $2 where id = $1

-- name: stuck
select count(*) filter (where d.state = 'dead') as dead,
    count(*) filter (where d.state = 'waiting' and d.attempts > 0) as late,
    count(distinct w.id) filter (where w.failing_since is not null) as failing,
    count(distinct w.id) filter (where w.state = 'gone') as gone
from event.webhook w
left join event.delivery d on d.webhook = w.id and d.state in ('dead', 'waiting')
where w.municipality = $1 and w.state <> 'ended'

-- name: hold
-- The webhook before its delivery, as who ends one does: two orders would wait for each other.
select from event.webhook where id = $1 for no key update
