-- name: ask
insert into money.payee (ref, municipality, street, given_by, state) values ($1, $2, $3, $4, 'asked')
on conflict (ref) do nothing

-- name: in_force
select ref from money.payee where municipality = $1 and street = $2 and state = 'in_force'

-- name: pending
select ref from money.payee where municipality = $1 and street = $2 and state in ('asked', 'confirmed')
order by given_at desc, ref limit 1

-- name: lock_street
select pg_advisory_xact_lock(8606, hashtext($1 || '/' || $2))

-- name: is_open
select exists (select from money.payee where ref = $1 and state in ('asked', 'confirmed'))

-- name: of_street
select ref, given_by, state from money.payee
where municipality = $1 and street = $2 and state in ('asked', 'confirmed', 'in_force')
order by given_at, ref
for update

-- name: given_by
select ref, given_by, state from money.payee
where given_by = any ($1) and state in ('asked', 'confirmed', 'in_force')
order by given_at, ref
for update

-- name: move
update money.payee set state = $2, decided_at = case when $2 = 'confirmed' then decided_at else now() end
where ref = $1

-- name: is_paid_on
select exists (select from money.payment where payee = $1)

-- name: is_payable
select exists (select from money.payable where ref = $1)

-- name: weighed
select result from registry.fact where key = $1
