-- Where a resident stands. $1 municipality, $2 their records.

-- name: carries
select r.ref, s.slug, s.name, s.part, s.wijk, s.phase from registry.street s
join unnest($2::uuid[]) r (ref) on r.ref = any (s.gangmakers)
where s.municipality = $1 and s.gangmakers && $2::uuid[]
order by s.slug

-- name: asked
-- Sign-ups that wait for their yes: one line for each, however often it was asked.
select l.person as ref, l.workflow_id, l.street, min(l.created_at) as asked_at, max(l.expires_at) as until
from post.link l
where l.municipality = $1 and l.person = any ($2::uuid[]) and l.purpose in ('confirm_signup', 'confirm_second')
    and l.answered_at is null and l.voided_at is null and (l.expires_at is null or l.expires_at > now())
group by l.person, l.workflow_id, l.street
order by asked_at

-- name: waits
-- Whether a sign-up of this municipality waits for a yes.
select exists (
    select from post.link
    where municipality = $1 and workflow_id = $2 and purpose in ('confirm_signup', 'confirm_second')
        and answered_at is null and voided_at is null
)

-- name: since
select ref, created_at from vault.item where ref = any ($1::uuid[]) and erased_at is null
