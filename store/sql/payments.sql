-- name: lock_batches
select pg_advisory_xact_lock(8605, hashtext($1))

-- name: lock_potjes
-- In the order of their ids, as a bulk approval locks them.
select workflow_id from registry.potje
where municipality = $1 and year = $2 and status in ('approved', 'handed_over') and 'bank' = any (open_parts)
order by workflow_id
for update

-- name: lock_payees
select ref from money.payee where municipality = $1 and state = 'in_force' order by ref for share

-- name: ready
-- $3 the potjes that are locked; null: all. A limit and a count keep each look-up one step in an index, also
-- before the server has counted the rows: thousands of potjes may have come since. What the journal knows to be
-- over has no money set apart, whatever its row says: it would be paid from that of others.
select p.workflow_id as potje, p.street, s.name, s.part, s.wijk, bank.cents, y.ref as payee,
    y.ref is not null as has_account
from registry.potje p
join registry.street s on (s.municipality, s.slug) = (p.municipality, p.street)
cross join lateral (
    select sum((kind_cents ->> 1)::bigint)::bigint as cents from jsonb_array_elements(p.parts) kind_cents
    where kind_cents ->> 0 = 'bank'
) bank
left join lateral (
    select y.ref from money.payable y where (y.municipality, y.street) = (p.municipality, p.street)
    limit 1
) y on true
where p.municipality = $1 and p.year = $2 and p.status in ('approved', 'handed_over') and not s.paused
    and 'bank' = any (p.open_parts) and bank.cents > 0
    and ($3::text[] is null or p.workflow_id = any ($3))
    and (
        select count(*) from money.payment f where f.potje = p.workflow_id and f.state in ('open', 'booked')
    ) = 0
    and (
        select count(*) from registry.fact o
        where o.key in (p.workflow_id || '/withdrawn', p.workflow_id || '/rejected')
    ) = 0
order by s.name, s.part nulls first, p.workflow_id

-- name: next_number
select coalesce(max(number), 0) + 1 from money.batch where municipality = $1 and fiscal_year = $2

-- name: put_batch
insert into money.batch (id, municipality, fiscal_year, number, workflow_id, state, payments, cents,
    execution_date, frozen_by, frozen_at)
values ($1, $2, $3, $4, $5, 'frozen', $6, $7, $8, $9, now())

-- name: put_payments
insert into money.payment (id, batch, position, municipality, fiscal_year, street, potje, payee, cents,
    reserve_id, state)
select id, $1, position, $2, $3, street, potje, payee, cents, reserve_id, 'open'
from unnest($4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::bigint[], $9::uuid[])
    with ordinality as t (id, street, potje, payee, cents, reserve_id, position)

-- name: lock_batch
select * from money.batch where municipality = $1 and id = $2 for update

-- name: batch
select b.*, coalesce(n.open, 0) as open, coalesce(n.booked, 0) as booked,
    coalesce(n.rejected, 0) as rejected, coalesce(n.returned, 0) as returned,
    coalesce(n.cancelled, 0) as cancelled, coalesce(n.open_cents, 0)::bigint as open_cents
from money.batch b
left join lateral (
    select count(*) filter (where f.state = 'open') as open,
        count(*) filter (where f.state = 'booked') as booked,
        count(*) filter (where f.state = 'rejected') as rejected,
        count(*) filter (where f.state = 'returned') as returned,
        count(*) filter (where f.state = 'cancelled') as cancelled,
        sum(f.cents) filter (where f.state = 'open') as open_cents
    from money.payment f where f.batch = b.id
) n on true
where b.municipality = $1 and ($2::uuid is null or b.id = $2)
order by b.fiscal_year desc, b.number desc

-- name: payments_of
select f.*, s.name, s.part, s.wijk
from money.payment f
join registry.street s on (s.municipality, s.slug) = (f.municipality, f.street)
where f.batch = $1 order by f.position

-- name: to_write
select id, street, payee, cents from money.payment where batch = $1 order by position

-- name: open_payments
select id, municipality, fiscal_year as year, street, cents from money.payment
where batch = $1 and state = 'open' order by position for update

-- name: count_open
select count(*) from money.payment where batch = $1 and state = 'open'

-- name: attach
update money.batch set document = $2, sha256 = $3 where id = $1 and document is null

-- name: release
update money.batch set state = 'released', released_by = $2, released_at = now()
where id = $1 and state = 'frozen'

-- name: cancel_payments
update money.payment set state = 'cancelled', resolved_at = now() where batch = $1 and state = 'open'

-- name: is_told_of
select exists (
    select from money.payment where batch = $1 and state in ('booked', 'rejected', 'returned')
)

-- name: cancel
update money.batch set state = 'cancelled', ended_at = now() where id = $1 and state in ('frozen', 'released')

-- name: settle
update money.batch set state = 'settled', ended_at = now() where id = $1 and state = 'released'

-- name: downloaded
update money.batch set downloaded_at = coalesce(downloaded_at, now())
where municipality = $1 and id = $2 and state in ('released', 'settled')

-- name: document_of
select document from money.batch where municipality = $1 and id = $2 and state in ('released', 'settled')

-- name: open_payment
select exists (select from money.payment where potje = $1 and state in ('open', 'booked'))

-- name: potje_is_told_of
select exists (
    select from post.submission where kind = 'payment' and relayed_at is null and payload ->> 'workflow_id' = $1
)

-- name: failed
-- The latest failure of each potje that neither was paid since nor is on its way again.
select distinct on (f.potje) f.id, f.batch, b.number, f.fiscal_year, f.street, s.name, s.part, s.wijk, f.potje,
    f.cents, f.state, f.code, f.resolved_at, coalesce(y.ref <> f.payee, false) as new_account
from money.payment f
join money.batch b on b.id = f.batch
join registry.street s on (s.municipality, s.slug) = (f.municipality, f.street)
join registry.potje p on p.workflow_id = f.potje
left join money.payee y on (y.municipality, y.street, y.state) = (f.municipality, f.street, 'in_force')
where f.municipality = $1 and f.state in ('rejected', 'returned')
    and p.status not in ('rejected', 'withdrawn')
    and not exists (
        select from money.payment again where again.potje = f.potje and again.state in ('open', 'booked')
    )
order by f.potje, f.resolved_at desc, f.id

-- name: now
select now()

-- name: policy_of
-- As it was when the batch was frozen: the fact of that moment ($2) knows its version.
select p.document from registry.policy p join registry.fact f on f.key = $2
where p.municipality = $1 and p.version = (f.result ->> 'policy_version')::integer
