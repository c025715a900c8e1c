-- $1 municipality, $2 fiscal year everywhere.

-- name: movements
-- Posted transfers and open reservations, alike ones together. $3 how the reasons of a closing begin; $4 and $5
-- the groups of potjes and their streets. A potje's money that is set apart says by its reservation whose it is; what
-- was placed by hand says so in its entry.
with potje as (
    select * from unnest($4::uuid[], $5::text[]) as p (group_id, street)
), moved as (
    select t.debit, t.credit, t.cents, t.booked_on, false as open, t.reason as said,
        coalesce(o.reason, t.reason) as reason, t.group_id,
        coalesce(r.group_id, u.group_id) as reserved_in,
        case when t.reverses_id is null then 1 else -1 end as number
    from ledger.transfer t
    left join ledger.transfer r on r.id = t.pending_id
    left join ledger.transfer o on o.id = t.reverses_id
    left join ledger.transfer u on u.id = o.pending_id
    where t.municipality = $1 and t.fiscal_year = $2 and t.kind in ('single', 'post')
    union all
    select t.debit, t.credit, t.cents, t.booked_on, true, t.reason, t.reason, t.group_id, t.group_id, 1
    from ledger.transfer t
    where t.municipality = $1 and t.fiscal_year = $2 and t.kind = 'reserve'
        and not exists (select from ledger.transfer d where d.pending_id = t.id)
), entered as (
    select m.*, e.source, e.target from moved m left join money.entry e on e.id = m.group_id
), placed as (
    select split_part(debit, ':', 1) as debit, split_part(credit, ':', 1) as credit,
        case when split_part(debit, ':', 1) in ('street', 'bank', 'suspense', 'carry') then ''
            else split_part(debit, ':', 3) end as debit_name,
        case when split_part(credit, ':', 1) in ('street', 'bank', 'suspense', 'carry') then ''
            else split_part(credit, ':', 3) end as credit_name,
        case
            when debit like 'street:%' then split_part(debit, ':', 3)
            when credit like 'street:%' then split_part(credit, ':', 3)
            when p.street is not null then p.street
            when source like 'street:%' then split_part(source, ':', 3)
            when target like 'street:%' then split_part(target, ':', 3)
        end as street,
        case
            when not (debit like 'bank:%' or credit like 'bank:%') then ''
            when source like 'funding:%' then split_part(source, ':', 3)
            when target like 'funding:%' then split_part(target, ':', 3)
            else ''
        end as funder,
        reason, starts_with(said, $3) as at_the_end, date_trunc('month', booked_on)::date as month, open, cents, number
    from entered left join potje p on p.group_id = reserved_in
)
select p.debit, p.debit_name, p.credit, p.credit_name, coalesce(s.wijk, '') as wijk, p.funder, p.reason,
    p.at_the_end, p.month, p.open, sum(p.cents)::bigint as cents, sum(p.number) as count
from placed p left join registry.street s on s.municipality = $1 and s.slug = p.street
group by p.debit, p.debit_name, p.credit, p.credit_name, coalesce(s.wijk, ''), p.funder, p.reason, p.at_the_end,
    p.month, p.open
order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

-- name: potjes_of
select workflow_id, street from registry.potje where municipality = $1 and year = $2 order by workflow_id

-- name: potjes_approved
-- How many potjes of a wijk are set apart or paid: those whose approvals exceed what was taken back. $3, $4 as above.
with potje as (
    select * from unnest($3::uuid[], $4::text[]) as p (group_id, street)
), approved as (
    select p.street, p.group_id
    from ledger.transfer t
    left join ledger.transfer o on o.id = t.reverses_id
    join ledger.transfer r on r.id = coalesce(t.pending_id, o.pending_id)
    join potje p on p.group_id = r.group_id
    where t.municipality = $1 and t.fiscal_year = $2 and t.kind in ('single', 'post')
        and split_part(t.debit, ':', 1) in ('budget', 'bank') and split_part(t.credit, ':', 1) in ('budget', 'bank')
    group by p.street, p.group_id
    having sum(case when t.debit like 'budget:%' then t.cents else -t.cents end) > 0
)
select coalesce(s.wijk, '') as wijk, count(*) as potjes
from approved a left join registry.street s on s.municipality = $1 and s.slug = a.street
group by 1

-- name: streets
-- What the streets of a wijk have by their balances, and how many of them ever had or spent anything.
select coalesce(s.wijk, '') as wijk,
    count(*) filter (where b.debits_posted + b.credits_posted > 0) as streets,
    sum(b.credits_posted - b.debits_posted)::bigint as cents
from ledger.account a
join ledger.balance b on b.account = a.code
left join registry.street s on s.municipality = $1 and s.slug = split_part(a.code, ':', 3)
where a.municipality = $1 and a.fiscal_year = $2 and a.kind = 'street'
group by 1

-- name: line_balances
select split_part(a.code, ':', 3) as line, b.credits_posted - b.debits_posted - b.debits_pending as cents
from ledger.account a join ledger.balance b on b.account = a.code
where a.municipality = $1 and a.fiscal_year = $2 and a.kind = 'budget'

-- name: transfers
-- The chain: transfers and marks, as they were written.
select t.seq, t.id, t.kind, t.debit, t.credit, t.cents, t.pending_id, t.reverses_id, t.reason, t.group_id, t.actor,
    t.booked_on, t.recorded_at, encode(t.hash, 'hex') as hash
from ledger.transfer t where t.municipality = $1 and t.fiscal_year = $2 order by t.seq

-- name: marks
select m.seq, m.kind, m.subject, encode(m.digest, 'hex') as digest, m.actor, m.recorded_at,
    encode(m.hash, 'hex') as hash
from ledger.mark m where m.municipality = $1 and m.fiscal_year = $2 order by m.seq

-- name: accounts
-- Every account of the year, and the carry account as far as this year moved it.
select a.code, a.kind, b.debits_posted, b.debits_pending, b.credits_posted, b.credits_pending
from ledger.account a join ledger.balance b on b.account = a.code
where a.municipality = $1 and a.fiscal_year = $2 order by a.code

-- name: chains
-- Also a year of which only accounts are left: verifying it must say so.
select municipality, fiscal_year, coalesce(state, 'open') as state, coalesce(seq, 0) as seq,
    coalesce(encode(head, 'hex'), '') as head
from (select distinct municipality, fiscal_year from ledger.account where fiscal_year <> 0) a
full join ledger.year using (municipality, fiscal_year)
where ($1::text is null or municipality = $1) and ($2::integer is null or fiscal_year = $2)
order by municipality, fiscal_year
