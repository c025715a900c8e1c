-- name: lock_approvals
-- One chunk of a bulk approval at a time, however often it is asked.
select pg_advisory_xact_lock(8604, hashtext($1))

-- name: chunk_result
select result from registry.fact where key = $1

-- name: now
-- The registry's own clock: what it writes is compared with it.
select now()

-- name: next_to_approve
-- Four eyes: nobody approves what they proposed. $4 the chosen ones, or null for all that waited at $5.
-- A street with too few gangmakers for now waits.
select workflow_id, street, parts, cents, attempt from registry.potje p
where municipality = $1 and year = $2 and status = 'to_approve' and proposer <> $3
    and ($4::text[] is null or workflow_id = any ($4)) and updated_at <= $5
    and not exists (
        select from registry.street s where (s.municipality, s.slug) = (p.municipality, p.street) and s.paused
    )
order by workflow_id
limit $6
for update

-- name: approve
-- The keys are not those of a single approval: one that comes after it must learn that it is late.
-- What others hear of each stands in the same statement. $1 workflow ids, $2 by, $3 the kind, $4 its data.
with approved as (
    update registry.potje set status = 'approved', approver = $2, revision = revision + 1, updated_at = now()
    where workflow_id = any ($1)
    returning workflow_id, municipality, street, attempt
), noted as (
    insert into registry.fact (key, name, municipality, subject, actor)
    select workflow_id || '/approved-in-bulk-' || attempt, 'potje.approved', municipality, street, $2 from approved
    returning seq, municipality, subject
)
insert into event.told (id, fact, municipality, kind, subject, data)
select gen_random_uuid(), seq, municipality, $3, subject, $4::text::jsonb || jsonb_build_object('street', subject)
from noted

-- name: tell
-- Each potje hears of it. $1 workflow ids, $2 ids of the news, $3 municipality, $4 by
insert into post.submission (id, kind, municipality, payload)
select n.id, 'approval', $3,
    jsonb_build_object('workflow_id', n.workflow_id, 'by', $4::text, 'revision', p.revision)
from unnest($1::text[], $2::uuid[]) as n (workflow_id, id) join registry.potje p using (workflow_id)
on conflict (id) do nothing
