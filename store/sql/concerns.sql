-- name: write
insert into concern.concern (id, workflow_id, municipality, wijk, topic, urgency, status, holder, due_at, raised_at,
    picked_up_at, closed_at, outcome, missed, reopened, knows, may_call, text, reporter, revision, doubt)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
on conflict (id) do update
set status = excluded.status, holder = excluded.holder, due_at = excluded.due_at,
    picked_up_at = excluded.picked_up_at, closed_at = excluded.closed_at, outcome = excluded.outcome,
    missed = excluded.missed, reopened = excluded.reopened, revision = excluded.revision, updated_at = now()
where concern.concern.revision < excluded.revision

-- name: one
select * from concern.concern where municipality = $1 and id = $2

-- name: of_workflow
select * from concern.concern where municipality = $1 and workflow_id = $2

-- name: of_receipt
select id from post.submission where municipality = $1 and receipt = $2 and kind = 'concern'

-- name: open
-- What is not closed, without doubt first: what is late, then the most urgent, then the nearest deadline.
select id, wijk, topic, urgency, status, holder, due_at, raised_at, picked_up_at, missed, reopened, doubt,
    count(*) over () as total
from concern.concern
where municipality = $1 and status <> 'closed' and ($2::text is null or status = $2)
order by doubt is not null, status <> 'waiting', coalesce(due_at > now(), false), array_position('{today,week,later}', urgency), due_at, id
limit $3 offset $4

-- name: counts
select status, urgency, count(*) as count, count(*) filter (where due_at < now()) as late
from concern.concern where municipality = $1 and status <> 'closed'
group by status, urgency

-- name: speed
-- From raised to picked up, in seconds; of those of the last $2.
select count(*) as count, count(*) filter (where missed > 0) as missed,
    percentile_cont(0.5) within group (order by extract(epoch from picked_up_at - raised_at))::float as median,
    percentile_cont(0.95) within group (order by extract(epoch from picked_up_at - raised_at))::float as p95
from concern.concern
where municipality = $1 and picked_up_at is not null and raised_at > now() - $2::interval

-- name: by_topic
select topic as key, count(*) as count from concern.concern
where municipality = $1 and raised_at > now() - $2::interval
group by topic order by topic

-- name: by_wijk
select wijk as key, count(*) as count from concern.concern
where municipality = $1 and raised_at > now() - $2::interval
group by wijk order by wijk

-- name: by_outcome
select outcome as key, count(*) as count from concern.concern
where municipality = $1 and outcome is not null and raised_at > now() - $2::interval
group by outcome order by outcome

-- name: looks
-- Who read what was told, and when; never what it was.
select l.looked_at as at, l.staff, l.purpose, c.id, c.topic, c.urgency, count(*) over () as total
from vault.look l join concern.concern c on l.ref = c.text
where c.municipality = $1
order by l.looked_at desc, l.id desc
limit $2 offset $3

-- name: put_code
insert into concern.code (id, concern, professional, municipality, person, browser_hash, expires_at)
values ($1, $2, $3, $4, $5, $6, now() + $7::interval)

-- name: lock_code
select concern, professional, wrong, used_at is not null as used, expires_at <= now() as expired
from concern.code where id = $1 and municipality = $2 and browser_hash = $3
for update

-- name: asked
select concern, professional from concern.code
where id = $1 and municipality = $2 and browser_hash = $3 and created_at > now() - interval '1 hour'

-- name: wrong_code
update concern.code set wrong = wrong + 1 where id = $1

-- name: use_code
update concern.code set used_at = now() where id = $1

-- name: code_to_send
select municipality, person, concern, professional from concern.code where id = $1 and used_at is null and expires_at > now()

-- name: open_session
insert into concern.session (token_hash, concern, professional, municipality, expires_at)
values ($1, $2, $3, $4, now() + $5::interval)

-- name: sweep
delete from concern.session where expires_at <= now()

-- name: inside
select concern, professional from concern.session
where token_hash = $1 and municipality = $2 and expires_at > now()
