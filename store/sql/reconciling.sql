-- name: facts_known
select key from registry.fact where key = any ($1::text[])

-- name: transfers_known
select id from ledger.transfer where id = any ($1::uuid[])

-- name: people_known
-- Whoever the vault ever held, erased or not.
select ref from vault.item where ref = any ($1::uuid[])
union
select ref from vault.erasure where ref = any ($1::uuid[])

-- name: batches_known
select id, state from money.batch where id = any ($1::uuid[])

-- name: batches_frozen
select id from money.batch where id = any ($1::uuid[]) and state = 'frozen'

-- name: submissions
-- What was brought to a workflow that should still be there: a question that waits, a concern that is open.
select s.id, s.kind, s.municipality, s.payload,
    case s.kind when 'signup' then 'signup-' || s.id
        when 'concern' then 'escalation-' || (s.payload ->> 'concern')
        else 'payee-' || (s.payload ->> 'ref') end as workflow_id
from post.submission s
left join registry.signup g on g.submission = s.id
left join concern.concern c on c.id::text = s.payload ->> 'concern'
left join money.payee p on p.ref::text = s.payload ->> 'ref'
where s.relayed_at is not null and s.refused is null and (
    (s.kind = 'signup' and coalesce(g.status, 'awaiting') = 'awaiting')
    or (s.kind = 'concern' and coalesce(c.status, 'waiting') <> 'closed')
    or (s.kind = 'payee' and coalesce(p.state, 'asked') in ('asked', 'confirmed'))
)
order by s.received_at

-- name: had_account
-- By the journal: the account itself may be forgotten since, with who gave it.
select exists (select from registry.fact where municipality = $1 and subject = $2
    and name = 'account.in_force' and recorded_at <= $3)

-- name: relay_again
-- What was said to a workflow that begins anew; it has to be there, or the relay would find it gone.
update post.submission set relayed_at = null, attempts = 0, next_at = now()
where payload ->> 'workflow_id' = any ($1::text[]) and refused is null

-- name: waiting
select count(*) from post.submission where relayed_at is null and received_at < now() - interval '1 minute'

-- name: streets
select s.*, (select max(i.revision) from registry.intake i
    where i.municipality = s.municipality and i.street = s.slug) as intake_revision
from registry.street s order by municipality, slug

-- name: revisions
select 'street-' || municipality || '-' || slug as workflow_id, revision from registry.street
union all select workflow_id, revision from registry.potje
union all select workflow_id, revision from registry.intake where revision > 0
union all select workflow_id, revision from registry.renewal
union all select 'signup-' || submission, revision from registry.signup

-- name: intakes
-- Who recorded its outcome may be another than who planned it.
select i.*, (select actor from registry.fact f
    where f.municipality = i.municipality and f.subject = i.street and f.name = 'intake.recorded'
        and starts_with(f.key, i.workflow_id || '/')
    order by f.seq desc limit 1) as recorded_by
from registry.intake i where i.municipality = $1 and i.street = $2 order by length(workflow_id), workflow_id

-- name: potjes
select * from registry.potje where municipality = $1 and street = $2 order by year, length(workflow_id), workflow_id

-- name: open_potjes
select * from registry.potje where status in ('waiting_for_budget', 'to_approve', 'approved', 'handed_over')
order by workflow_id

-- name: renewals_decided
-- A street that is still to hear of a decision has yet to do what it says.
select max(year) from registry.renewal where municipality = $1 and street = $2 and status = 'decided'
    and not exists (
        select from post.submission where kind = 'renewal_decided' and relayed_at is null
            and payload ->> 'workflow_id' = 'street-' || $1 || '-' || $2 and payload ->> 'year' = year::text
    )

-- name: starter
select status from intake.starter where municipality = $1 and street = $2

-- name: open_renewals
select r.workflow_id, r.municipality, r.year, r.asked_at, s.slug, s.name, s.part, s.wijk, s.minimum,
    l.ends_at, coalesce(l.people, s.gangmakers) as people
from registry.renewal r
join registry.street s on (s.municipality, s.slug) = (r.municipality, r.street)
left join lateral (
    select max(expires_at) as ends_at, array_agg(person order by array_position(s.gangmakers, person), person) as people
    from post.link where workflow_id = r.workflow_id and purpose = 'renewal'
) l on true
where r.status <> 'decided'
order by r.workflow_id

-- name: open_batches
select id, municipality, fiscal_year, state, frozen_by, released_by, execution_date from money.batch
where state in ('frozen', 'released') order by id
