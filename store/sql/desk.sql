-- name: intakes_open
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, s.opened_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'open' and i.nudges = 0
order by s.opened_at
limit $2

-- name: intakes_overdue
-- Nothing is planned, and the coordinator was told so.
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, s.opened_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status in ('open', 'proposed') and i.nudges > 0
order by i.nudges desc, s.opened_at
limit $2

-- name: intakes_proposed
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, i.updated_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'proposed' and i.nudges = 0
order by i.updated_at
limit $2

-- name: stories_to_read
select y.id as story, y.street, s.name, s.part, s.wijk, y.told_at as since, count(*) over () as total
from registry.story y join registry.street s on (s.municipality, s.slug) = (y.municipality, y.street)
join vault.item i on i.ref = y.words and i.erased_at is null
where y.municipality = $1 and y.share and y.withdrawn_at is null and y.read_at is null
order by y.told_at, y.id
limit $2

-- name: starters_to_send
select p.street, s.name, s.part, s.wijk, p.status as starter, p.ordered_at as since, count(*) over () as total
from intake.starter p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'ordered' and s.phase = 'active'
order by p.ordered_at
limit $2

-- name: starters_underway
select p.street, s.name, s.part, s.wijk, p.status as starter, p.updated_at as since, count(*) over () as total
from intake.starter p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'sent' and s.phase = 'active'
order by p.updated_at
limit $2

-- name: intakes_to_record
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, i.updated_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'planned' and i.at < $3
order by i.at
limit $2

-- name: scouting_due
select t.round, t.street, t.name, t.part, r.wijk, t.due_at as since, count(*) over () as total
from scouting.target t join scouting.round r on r.id = t.round
where r.municipality = $1 and r.ended_at is null and t.due_at is not null
    and not exists (
        select from scouting.visit v where (v.round, v.street) = (t.round, t.street) and v.received_at > t.due_at
    )
order by t.due_at, t.street
limit $2

-- name: intakes_upcoming
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, i.updated_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'planned' and i.at >= $3
order by i.at
limit $2

-- name: intakes_complete_again
select i.workflow_id, i.street, s.name, s.part, s.wijk, i.at, i.updated_at as since, count(*) over () as total
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.status = 'waiting'
    and cardinality(s.gangmakers) >= s.minimum and cardinality(s.gangmakers) > i.gangmakers
order by i.updated_at
limit $2

-- name: potjes_to_approve
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'to_approve' and p.proposer <> $3
order by p.updated_at
limit $2

-- name: potjes_proposed
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'to_approve' and p.proposer = $3
order by p.updated_at
limit $2

-- name: potjes_to_hand_over
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'approved' and p.open_parts && '{cash,voucher}'
order by p.updated_at
limit $2

-- name: potjes_to_pay
-- Those that the next payment batch takes along; the amount is the bank's part.
select p.workflow_id, p.street, s.name, s.part, s.wijk, bank.cents, p.updated_at as since,
    count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
cross join lateral (
    select sum((one.value ->> 1)::bigint)::bigint as cents from jsonb_array_elements(p.parts) one
    where one.value ->> 0 = 'bank'
) bank
where p.municipality = $1 and p.status in ('approved', 'handed_over') and p.open_parts && '{bank}' and not s.paused
    and exists (select from money.payable y where (y.municipality, y.street) = (p.municipality, p.street))
    and not exists (select from money.payment q where q.potje = p.workflow_id and q.state in ('open', 'booked'))
order by p.updated_at
limit $2

-- name: potjes_without_account
-- Counts, so that each look-up stays one step in an index before the server has counted the rows.
select p.workflow_id, p.street, s.name, s.part, s.wijk, bank.cents, p.updated_at as since,
    count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
cross join lateral (
    select sum((one.value ->> 1)::bigint)::bigint as cents from jsonb_array_elements(p.parts) one
    where one.value ->> 0 = 'bank'
) bank
where p.municipality = $1 and p.status in ('approved', 'handed_over') and p.open_parts && '{bank}'
    and (
        select count(*) from money.payable y where (y.municipality, y.street) = (p.municipality, p.street)
    ) = 0
    and (
        select count(*) from money.payment q where q.potje = p.workflow_id and q.state in ('open', 'booked')
    ) = 0
order by p.updated_at
limit $2

-- name: batches_to_release
select id, number, payments, cents, frozen_at as since, count(*) over () as total
from money.batch
where municipality = $1 and state = 'frozen' and frozen_by <> $3
order by frozen_at
limit $2

-- name: batches_frozen
select id, number, payments, cents, frozen_at as since, count(*) over () as total
from money.batch
where municipality = $1 and state = 'frozen' and frozen_by = $3
order by frozen_at
limit $2

-- name: statements_awaited
select id, number, payments, cents, released_at as since, count(*) over () as total
from money.batch
where municipality = $1 and state = 'released' and released_at < $3
order by released_at
limit $2

-- name: suspense_open
select transfer, cents, booked_on, count(*) over () as total
from money.suspense
where municipality = $1 and placed_at is null
order by booked_on, transfer
limit $2

-- name: payments_failed
-- The latest failure of each potje that neither was paid since nor is on its way again.
with failed as (
    select distinct on (q.potje) q.potje, q.batch, q.municipality, q.street, q.cents, q.code, q.resolved_at
    from money.payment q join registry.potje p on p.workflow_id = q.potje
    where q.municipality = $1 and q.state in ('rejected', 'returned')
        and p.status not in ('rejected', 'withdrawn')
        and not exists (
            select from money.payment again where again.potje = q.potje and again.state in ('open', 'booked')
        )
    order by q.potje, q.resolved_at desc, q.id
)
select f.potje as workflow_id, f.batch, f.street, s.name, s.part, s.wijk, f.cents, f.code, f.resolved_at as since,
    count(*) over () as total
from failed f join registry.street s on (s.municipality, s.slug) = (f.municipality, f.street)
order by f.resolved_at
limit $2

-- name: potjes_handed_over
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.updated_at as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'handed_over'
order by p.updated_at
limit $2

-- name: potjes_without_budget
select p.workflow_id, p.street, s.name, s.part, s.wijk, p.cents, p.waiting_since as since, count(*) over () as total
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.status = 'waiting_for_budget'
order by p.waiting_since
limit $2

-- name: streets
-- Slugs are names without accents or capitals, so they serve the search and the order; hyphens are not asked for.
with page as (
    select slug, name, part, wijk, phase, cardinality(gangmakers) as people, minimum, next_date
    from registry.street
    where municipality = $1
      and ($2::text is null or phase = $2)
      and ($3::text is null or wijk = $3)
      and ($4::text is null or strpos(replace(slug, '-', ''), $4) > 0)
    order by slug
    limit $5 offset $6
)
select page.*, (
        select count(*) from registry.street
        where municipality = $1
          and ($2::text is null or phase = $2)
          and ($3::text is null or wijk = $3)
          and ($4::text is null or strpos(replace(slug, '-', ''), $4) > 0)
    ) as total, intake.status as intake, potje.status as potje
from page
left join lateral (
    select status from registry.intake
    where municipality = $1 and street = page.slug order by updated_at desc limit 1
) intake on true
left join lateral (
    select status from registry.potje
    where municipality = $1 and street = page.slug order by year desc, updated_at desc limit 1
) potje on true
order by page.slug

-- name: wijken
select distinct wijk from registry.street where municipality = $1 order by wijk

-- name: intakes_of
select workflow_id, status, at, place, coordinator, unsuited, nudges, missed, agreed, referral, approach
from registry.intake
where municipality = $1 and street = $2
order by updated_at desc

-- name: potjes_of
select workflow_id, year, status, cents, parts, open_parts, proposer, approver, handovers,
    exists (
        select from money.payment q where q.potje = workflow_id and q.state = 'open'
    ) as payment_open,
    (
        select batch from money.payment q where q.potje = workflow_id
        order by resolved_at desc nulls first limit 1
    ) as batch,
    (
        select code from money.payment q where q.potje = workflow_id and q.state in ('rejected', 'returned')
        order by resolved_at desc limit 1
    ) as failed_code
from registry.potje
where municipality = $1 and street = $2
order by year desc, updated_at desc

-- name: workflows_of
-- The latest intake, potje, renewal and account, and the sign-ups, as the engine names them.
(select workflow_id as id, 1 as place from registry.intake
    where municipality = $1 and street = $2 order by updated_at desc limit 1)
union all
(select workflow_id, 2 from registry.potje
    where municipality = $1 and street = $2 order by year desc, updated_at desc limit 1)
union all
(select workflow_id, 3 from registry.renewal where municipality = $1 and street = $2 order by year desc limit 1)
union all
(select 'payee-' || ref, 4 from money.payee where municipality = $1 and street = $2 order by given_at desc, ref limit 1)
union all
(select 'signup-' || submission, 5 from registry.signup
    where municipality = $1 and street = $2 order by updated_at desc, submission limit 5)
order by place

-- name: has_account
select exists (select from money.payable where municipality = $1 and street = $2)

-- name: pending_account
-- Another account than the one in force; the first one of a street counts at once.
select ref, state from money.payee
where municipality = $1 and street = $2 and state in ('asked', 'confirmed')
    and exists (
        select from money.payee now
        where now.municipality = $1 and now.street = $2 and now.state = 'in_force'
    )
order by given_at desc, ref limit 1

-- name: street_of_account
select street from money.payee where municipality = $1 and ref = $2

-- name: stories_of
select words, told_at from registry.story
where municipality = $1 and street = $2 and share and withdrawn_at is null
order by told_at desc
limit $3

-- name: story_of
select name, actor, recorded_at from registry.fact
where municipality = $1 and subject = $2
order by seq desc
limit $3

-- name: intake
select i.street, i.status, i.place, i.approach, s.name, s.part
from registry.intake i join registry.street s on (s.municipality, s.slug) = (i.municipality, i.street)
where i.municipality = $1 and i.workflow_id = $2

-- name: potje
select p.street, p.status, p.year, p.cents, p.handovers, s.name, s.part
from registry.potje p join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
where p.municipality = $1 and p.workflow_id = $2

-- name: balances
select account, debits_posted, debits_pending, credits_posted, credits_pending
from ledger.balance where account = any($1::text[])

-- name: other_active
select slug, name, part, wijk from registry.street
where municipality = $1 and slug <> $2 and phase = 'active'
order by name, part nulls first

-- name: renewals_to_call
select r.workflow_id as renewal, r.street, s.name, s.part, s.wijk, r.updated_at as since, count(*) over () as total
from registry.renewal r join registry.street s on (s.municipality, s.slug) = (r.municipality, r.street)
where r.municipality = $1 and r.status = 'to_call'
order by r.updated_at
limit $2

-- name: concerns_to_take
-- Nobody on the ladder picked them up: the office is asked now. What they are about is not told here.
select id as concern, wijk, urgency, doubt, due_at, raised_at as since, count(*) over () as total
from concern.concern
where municipality = $1 and status = 'waiting' and holder in ('coordinator', 'lead')
order by doubt is not null, due_at, id
limit $2

-- name: concerns_late
select id as concern, wijk, urgency, doubt, due_at, raised_at as since, count(*) over () as total
from concern.concern
where municipality = $1 and status = 'waiting' and holder not in ('coordinator', 'lead')
    and (missed > 0 or due_at < now())
order by doubt is not null, due_at, id
limit $2
