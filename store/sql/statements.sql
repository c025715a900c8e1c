-- name: lock_statements
select pg_advisory_xact_lock(8607, hashtext($1))

-- name: same_file
-- A statement of these very bytes, the booked one first.
select id, state, problem, document from money.statement
where municipality = $1 and sha256 = $2
order by state, uploaded_at limit 1

-- name: same_ids
-- Which of these statements of the bank were booked before; a file may hold several.
select distinct told from money.statement s, unnest(string_to_array(s.bank_id, E'\n')) told
where s.municipality = $1 and s.state = 'booked' and told = any ($2::text[])

-- name: known_movements
select key from money.movement where municipality = $1 and key = any ($2::text[])

-- name: year_states
select fiscal_year, state from ledger.year where municipality = $1

-- name: lock_batches
-- Against a cancellation of the same moment, which locks its batch first too.
select id from money.batch where municipality = $1 and (
    id = any ($2::uuid[]) or id in (select batch from money.payment where id = any ($2::uuid[]))
) order by id for update

-- name: payments
-- All payments of these batches.
select f.id, f.batch, f.cents, f.state, f.booked_on, f.resolved_at, f.street, f.potje, f.fiscal_year as year,
    f.post_id, b.workflow_id, b.state in ('released', 'settled') as released,
    coalesce(y.state = 'closed', true) as year_closed
from money.payment f
join money.batch b on b.id = f.batch
left join ledger.year y on (y.municipality, y.fiscal_year) = (f.municipality, f.fiscal_year)
where f.batch = any ($1::uuid[])
order by f.batch, f.position
for update of f

-- name: put_statement
insert into money.statement
    (id, municipality, sha256, document, state, problem, bank_id, from_day, to_day, counts, uploaded_by, uploaded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: has_statement
select exists (select from money.statement where id = $1)

-- name: put_movements
insert into money.movement
    (statement, position, municipality, key, booked_on, cents, outcome, payments, transfer, details)
select $1, position, $2, key, booked_on, cents, outcome, payments, transfer, details
from unnest(
    $3::integer[], $4::text[], $5::date[], $6::bigint[], $7::text[], $8::integer[], $9::uuid[], $10::uuid[]
) as t (position, key, booked_on, cents, outcome, payments, transfer, details)

-- name: put_suspense
insert into money.suspense (transfer, municipality, fiscal_year, cents, booked_on, details)
values ($1, $2, $3, $4, $5, $6)

-- name: resolve_payments
update money.payment f
set state = t.state, code = t.code, booked_on = coalesce(f.booked_on, t.booked_on),
    post_id = coalesce(f.post_id, t.post_id), resolved_at = $1
from unnest($2::uuid[], $3::text[], $4::text[], $5::date[], $6::uuid[])
    as t (id, state, code, booked_on, post_id)
where f.id = t.id

-- name: send
-- Many submissions at once; nobody needs a receipt for them.
insert into post.submission (id, kind, municipality, payload)
select id, $1, $2, payload::jsonb from unnest($3::uuid[], $4::text[]) as t (id, payload)
on conflict (id) do nothing
