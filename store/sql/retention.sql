-- What is older than its term: $1 municipality, $2 the term, $3 how many at once. A ``count_`` tells how many are due
-- and since when the oldest there is counts; a ``take_`` removes some, and gives what the vault is to erase along.

-- name: count_submissions
-- What a workflow that still waits was begun with stays: from it, it would begin anew.
select count(*) filter (where relayed_at < now() - $2::interval) as due, min(relayed_at) as oldest
from post.submission s where municipality = $1
    and not exists (select from concern.concern c where c.id::text = s.payload ->> 'concern' and c.status <> 'closed')
    and not exists (select from registry.signup g where g.submission = s.id and g.status = 'awaiting')

-- name: take_submissions
-- What was refused goes with the people in it, see ``take_stranded``.
with old as (
    select id from post.submission s
    where municipality = $1 and relayed_at < now() - $2::interval
        and not exists (select from concern.concern c where c.id::text = s.payload ->> 'concern' and c.status <> 'closed')
        and not exists (select from registry.signup g where g.submission = s.id and g.status = 'awaiting')
    order by relayed_at limit $3
    for update skip locked
), notes as (
    delete from client.submission where submission in (select id from old)
)
delete from post.submission where id in (select id from old) returning null::uuid as ref

-- name: count_stranded
select count(*) filter (where s.relayed_at < now() - $2::interval) as due, min(s.relayed_at) as oldest
from post.submission s
where s.municipality = $1 and s.refused is not null and s.kind in ('signup', 'concern') and exists (
    select from jsonb_path_query(s.payload, '$.keyvalue() ? (@.key != "replaces").value ? (@.type() == "string")') told
    join vault.item i on i.ref::text = told #>> '{}'
    where i.municipality = s.municipality and i.kind in ('person', 'concern') and i.erased_at is null
        and not exists (select from post.link l where l.person = i.ref)
        and not exists (select from registry.street t where t.gangmakers @> array[i.ref])
        and not exists (select from concern.concern c where i.ref in (c.text, c.reporter))
)

-- name: take_stranded
select i.ref from vault.item i
where i.municipality = $1 and i.kind in ('person', 'concern') and i.erased_at is null
    and i.ref::text in (
        select told #>> '{}' from post.submission s,
            jsonb_path_query(s.payload, '$.keyvalue() ? (@.key != "replaces").value ? (@.type() == "string")') told
        where s.municipality = $1 and s.refused is not null and s.kind in ('signup', 'concern')
            and s.relayed_at < now() - $2::interval
    )
    and not exists (select from post.link l where l.person = i.ref)
    -- Whoever has a street is nobody's stranger, whatever a handover that failed says of them.
    and not exists (select from registry.street t where t.gangmakers @> array[i.ref])
    and not exists (select from concern.concern c where i.ref in (c.text, c.reporter))
order by i.ref limit $3
for update of i skip locked

-- name: count_mails
select count(*) filter (where created_at < now() - $2::interval) as due, min(created_at) as oldest
from post.mail where municipality = $1 and state in ('accepted', 'failed', 'dropped')

-- name: take_mails
delete from post.mail where id in (
    select id from post.mail
    where municipality = $1 and state in ('accepted', 'failed', 'dropped') and created_at < now() - $2::interval
    order by created_at limit $3
    for update skip locked
)
returning null::uuid as ref

-- name: count_answers
select count(*) filter (where least(answered_at, voided_at, expires_at) < now() - $2::interval) as due,
    min(least(answered_at, voided_at, expires_at)) as oldest
from post.link where municipality = $1

-- name: take_answers
delete from post.link where token_hash in (
    select token_hash from post.link
    where municipality = $1 and least(answered_at, voided_at, expires_at) < now() - $2::interval
    limit $3
    for update skip locked
)
returning null::uuid as ref

-- name: count_codes
select count(*) filter (where c.created_at < now() - $2::interval) as due, min(c.created_at) as oldest
from (
    select created_at from post.code where municipality = $1
    union all select created_at from concern.code where municipality = $1
) c

-- name: take_codes
with old as (
    select id from (
        select id, created_at from post.code where municipality = $1
        union all select id, created_at from concern.code where municipality = $1
    ) c where created_at < now() - $2::interval limit $3
), doors as (
    delete from post.code where id in (select id from old) returning id
), concerns as (
    delete from concern.code where id in (select id from old) returning id
)
select null::uuid as ref from doors union all select null::uuid from concerns

-- name: count_sessions
select count(*) filter (where coalesce(revoked_at, expires_at) < now() - $2::interval) as due,
    min(coalesce(revoked_at, expires_at)) as oldest
from registry.session where municipality = $1

-- name: take_sessions
delete from registry.session where token_hash in (
    select token_hash from registry.session
    where municipality = $1 and coalesce(revoked_at, expires_at) < now() - $2::interval
    limit $3
    for update skip locked
)
returning null::uuid as ref

-- name: count_looks
select count(*) filter (where l.looked_at < now() - $2::interval) as due, min(l.looked_at) as oldest
from vault.look l join vault.item i on i.ref = l.ref where i.municipality = $1

-- name: take_looks
select null::uuid as ref from generate_series(1, vault.forget_looks($1, $2::interval, $3::integer))

-- name: count_stories
select count(*) filter (where s.withdrawn_at is not null or p.erased_at is not null
        or s.told_at < now() - $2::interval and not s.shown) as due,
    min(case when s.withdrawn_at is not null or p.erased_at is not null then now() - $2::interval
        when not s.shown then s.told_at end) as oldest
from registry.story s join vault.item w on w.ref = s.words left join vault.item p on p.ref = s.person
where s.municipality = $1 and w.erased_at is null

-- name: take_stories
update registry.story set withdrawn_at = coalesce(withdrawn_at, now())
where id in (
    select s.id from registry.story s join vault.item w on w.ref = s.words left join vault.item p on p.ref = s.person
    where s.municipality = $1 and w.erased_at is null
        and (s.withdrawn_at is not null or p.erased_at is not null
            or s.told_at < now() - $2::interval and not s.shown)
    order by s.id limit $3
    for update of s skip locked
)
returning words as ref

-- name: count_moments
select count(*) filter (where s.at < now() - $2::interval) as due, min(s.at) as oldest
from intake.slot s join vault.item i on i.ref = s.place
where s.municipality = $1 and i.erased_at is null

-- name: take_moments
select s.place as ref from intake.slot s join vault.item i on i.ref = s.place
where s.municipality = $1 and i.erased_at is null and s.at < now() - $2::interval
order by s.at limit $3
for update of i skip locked

-- name: count_colleagues
select count(*) filter (where m.ended_at < now() - $2::interval) as due, min(m.ended_at) as oldest
from staff.member m join vault.item i on i.ref = m.contact
where m.municipality = $1 and i.erased_at is null

-- name: take_colleagues
update staff.member set account = null, account_by = null
where ref in (
    select m.ref from staff.member m join vault.item i on i.ref = m.contact
    where m.municipality = $1 and i.erased_at is null and m.ended_at < now() - $2::interval
    order by m.ended_at limit $3
    for update of m skip locked
)
returning contact as ref

-- name: count_invitations
select count(*) filter (where invited_at < now() - $2::interval) as due, min(invited_at) as oldest
from staff.member where municipality = $1 and joined_at is null and ended_at is null

-- name: take_invitations
with ended as (
    update staff.member set ended_at = now()
    where ref in (
        select ref from staff.member
        where municipality = $1 and joined_at is null and ended_at is null and invited_at < now() - $2::interval
        order by invited_at limit $3
        for update skip locked
    )
    returning ref, contact
), roles as (
    delete from staff.role where ref in (select ref from ended)
)
select contact as ref from ended

-- name: money
-- Files of the bank, and what was paid on, with the last fiscal year that needs them; only what is still sealed.
-- $2 is the first year that stays; $3 is null to count all of them.
select i.ref, f.year from vault.item i
join (
    select ref, max(year) as year from (
        select document as ref, fiscal_year as year from money.batch where municipality = $1 and document is not null
        union all
        select document, extract(year from coalesce(to_day, (uploaded_at at time zone 'Europe/Amsterdam')::date))::integer
        from money.statement
        where municipality = $1
        union all
        select details, extract(year from booked_on)::integer from money.movement
        where municipality = $1 and details is not null
        union all
        select details, extract(year from booked_on)::integer from money.suspense
        where municipality = $1 and details is not null
        union all
        select p.ref, coalesce(max(y.fiscal_year), extract(year from p.decided_at at time zone 'Europe/Amsterdam')::integer)
        from money.payee p left join money.payment y on y.payee = p.ref
        where p.municipality = $1 and p.state in ('replaced', 'refused')
        group by p.ref
    ) used group by ref
) f on f.ref = i.ref
where i.erased_at is null and f.year < $2
order by i.ref
limit $3

-- name: count_webhooks
-- Its last event keeps it; the term is that of events.
select count(*) filter (where not exists (select from event.delivery d where d.webhook = w.id)
        and w.made_at < now() - $2::interval) as due,
    min(w.made_at) as oldest
from event.webhook w where w.municipality = $1 and w.state = 'ended'

-- name: take_webhooks
delete from event.webhook where id in (
    select w.id from event.webhook w
    where w.municipality = $1 and w.state = 'ended' and w.made_at < now() - $2::interval
        and not exists (select from event.delivery d where d.webhook = w.id)
    limit $3
    for update of w skip locked
)
returning null::uuid as ref

-- name: note
insert into registry.removed (municipality, day, class, items) values ($1, $2, $3, $4)
on conflict (municipality, day, class) do update set items = registry.removed.items + excluded.items, at = now()

-- name: one_at_a_time
-- A round in a municipality: another that begins meanwhile waits for each batch, and finds it gone.
select pg_advisory_xact_lock(8630, hashtext($1))

-- name: report
-- The last days on which something went, the latest first; a day on which nothing went is one line.
select day, max(at) as at, sum(items)::bigint as items,
    coalesce(jsonb_object_agg(class, items) filter (where items > 0), '{}') as counts
from registry.removed where municipality = $1
group by day order by day desc
limit $2
