-- name: enter_fact
insert into registry.fact (key, name, municipality, subject, actor, result) values ($1, $2, $3, $4, $5, $6)
on conflict (key) do nothing
returning seq

-- name: enter_told_fact
-- The same, with what others hear of it; it gets its place in the line later.
with entered as (
    insert into registry.fact (key, name, municipality, subject, actor, result) values ($1, $2, $3, $4, $5, $6)
    on conflict (key) do nothing
    returning seq
), told as (
    insert into event.told (id, fact, municipality, kind, subject, data)
    select gen_random_uuid(), seq, $3, $7, $8, $9::text::jsonb from entered
)
select seq from entered

-- name: fact_result
select result from registry.fact where key = $1

-- name: write_signup
insert into registry.signup (submission, municipality, street, campaign, status, revision, source, round)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (submission) do update
set status = excluded.status, revision = excluded.revision, updated_at = now()
where registry.signup.revision < excluded.revision

-- name: write_street
insert into registry.street
    (municipality, slug, name, part, wijk, phase, gangmakers, minimum, next_date, revision,
    paused, shape, since, asleep_since, merged_into, split_from, approach)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
on conflict (municipality, slug) do update
set name = excluded.name, part = excluded.part, wijk = excluded.wijk, phase = excluded.phase,
    gangmakers = excluded.gangmakers, minimum = excluded.minimum, next_date = excluded.next_date,
    paused = excluded.paused, shape = excluded.shape, since = excluded.since,
    asleep_since = excluded.asleep_since, merged_into = excluded.merged_into,
    split_from = excluded.split_from, approach = excluded.approach,
    revision = excluded.revision, updated_at = now()
where registry.street.revision < excluded.revision

-- name: write_intake
insert into registry.intake
    (workflow_id, municipality, street, status, at, place, coordinator, gangmakers, revision,
    unsuited, nudges, missed, agreed, referral, approach)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (workflow_id) do update
set status = excluded.status, at = excluded.at, place = excluded.place, coordinator = excluded.coordinator,
    gangmakers = excluded.gangmakers, unsuited = excluded.unsuited, nudges = excluded.nudges,
    missed = excluded.missed, agreed = excluded.agreed, referral = excluded.referral,
    approach = excluded.approach,
    revision = excluded.revision, updated_at = now()
where registry.intake.revision < excluded.revision

-- name: write_potje
insert into registry.potje
    (workflow_id, municipality, street, year, status, cents, parts, open_parts, proposer, approver,
    attempt, handovers, revision)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (workflow_id) do update
set status = excluded.status, cents = excluded.cents, parts = excluded.parts, open_parts = excluded.open_parts,
    proposer = excluded.proposer, approver = excluded.approver, attempt = excluded.attempt,
    handovers = excluded.handovers, revision = excluded.revision, updated_at = now()
where registry.potje.revision < excluded.revision

-- name: write_renewal
insert into registry.renewal
    (workflow_id, municipality, street, year, status, outcome, people, answered, words, revision)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (workflow_id) do update
set status = excluded.status, outcome = excluded.outcome, answered = excluded.answered, words = excluded.words,
    revision = excluded.revision, updated_at = now()
where registry.renewal.revision < excluded.revision

-- name: street
select * from registry.street where municipality = $1 and slug = $2

-- name: where_it_went
with recursive way as (
    select s.*, 1 as step from registry.street s where s.municipality = $1 and s.slug = $2
    union all
    select s.*, w.step + 1 from way w
    join registry.street s on (s.municipality, s.slug) = (w.municipality, w.merged_into)
    where w.step < 9
)
select slug, name, part, wijk, gangmakers from way order by step desc limit 1

-- name: is_paused
select paused from registry.street where municipality = $1 and slug = $2 for share

-- name: count_active
select count(*) from registry.street where municipality = $1 and phase = 'active'

-- name: potje
select * from registry.potje where workflow_id = $1

-- name: last_of_potje
select f.key from registry.potje p join registry.fact f on (f.municipality, f.subject) = (p.municipality, p.street)
where p.workflow_id = $1 and starts_with(f.key, p.workflow_id || '/')
order by f.seq desc limit 1

-- name: hold_potje
select * from registry.potje where workflow_id = $1 for update

-- name: own_potje
select pg_advisory_xact_lock(8611, hashtext($1))

-- name: share_budget
select pg_advisory_xact_lock_shared(8603, hashtext($1))

-- name: own_budget
select pg_advisory_xact_lock(8603, hashtext($1))

-- name: potjes_waiting
-- Those that the budget can pay together, the longest waiting first: however they race, all of them win.
with queue as (
    select workflow_id, waiting_since, sum(cents) over (order by waiting_since, workflow_id) as together
    from registry.potje
    where municipality = $1 and year = $2 and status = 'waiting_for_budget'
)
select workflow_id from queue
where together <= (
    select credits_posted - debits_posted - debits_pending from ledger.balance
    where account = 'budget:' || $1::text || ':potjes:' || $2::integer
)
order by waiting_since, workflow_id

-- name: current_policy
select document::text, version from registry.policy where municipality = $1 order by version desc limit 1

-- name: lock_policies
select pg_advisory_xact_lock(8602, hashtext($1))

-- name: all_policies
select distinct on (municipality) document::text from registry.policy order by municipality, version desc

-- name: write_policy
insert into registry.policy (municipality, version, document) values ($1, $2, $3)

-- name: granted_by_file
-- What the policy file has granted so far, less what it took back. $3 the funder's account, $4 the line's.
select coalesce(sum(case when debit = $3 then cents else -cents end), 0) from ledger.transfer
where municipality = $1 and fiscal_year = $2 and reason = 'grant.policy'
    and ((debit, credit) = ($3, $4) or (debit, credit) = ($4, $3))
