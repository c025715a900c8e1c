-- name: receive
insert into post.submission (id, kind, municipality, receipt, payload, doubt, trace)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do nothing
returning receipt

-- name: receipt_of
select receipt from post.submission where id = $1

-- name: payload_of
select payload from post.submission where id = $1

-- name: known_receipt
select municipality, received_at from post.submission where municipality = $1 and receipt = $2

-- name: next
-- Concerns first, those in doubt after all else: a flood of them holds nobody up. What is done with a concern
-- waits until the concern itself has arrived.
select id, kind, municipality, payload, attempts, trace from post.submission s
where relayed_at is null and next_at <= now() and (kind <> 'concern_act' or not exists (
    select from post.submission c
    where c.kind = 'concern' and c.relayed_at is null and 'escalation-' || c.id = s.payload ->> 'workflow_id'
))
order by doubt is not null, not starts_with(kind, 'concern'), received_at
limit $1
for update skip locked

-- name: relayed
update post.submission set relayed_at = now(), refused = $2 where id = $1

-- name: later
update post.submission
set attempts = attempts + 1, next_at = now() + least(power(2, least(attempts, 6)), 30) * interval '1 second'
where id = $1

-- name: soonest
select extract(epoch from min(next_at) - now())::float from post.submission where relayed_at is null
