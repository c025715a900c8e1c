-- name: entry
select e.*, exists (select from money.entry c where c.corrects = e.id) as corrected
from money.entry e where e.municipality = $1 and e.id = $2

-- name: correction_of
select id from money.entry where corrects = $1

-- name: transfers_of
-- The transfers of an entry: its id is their group.
select t.id, t.debit, t.credit, t.cents
from money.entry e
join ledger.transfer t on (t.municipality, t.fiscal_year, t.group_id) = (e.municipality, e.fiscal_year, e.id)
where e.id = $1
order by t.seq

-- name: unplace
-- A placing that is undone leaves its movement waiting again.
update money.suspense set entry = null, placed_at = null where entry = $1

-- name: write_entry
insert into money.entry
    (id, municipality, fiscal_year, kind, source, target, cents, reason, corrects, entered_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: entries
-- What was entered, and what policy files granted ($3 its reason), the latest first; $4 at most.
with line as (
    select e.id, e.kind, e.source, e.target, e.cents, e.reason, e.entered_by, e.entered_at, e.corrects,
        exists (select from money.entry c where c.corrects = e.id) as corrected
    from money.entry e
    where e.municipality = $1 and e.fiscal_year = $2
    union all
    select t.id, case when a.kind = 'funding' then 'grant' else 'less' end, t.debit, t.credit, t.cents, null,
        t.actor, t.recorded_at, null, false
    from ledger.transfer t join ledger.account a on a.code = t.debit
    where t.municipality = $1 and t.fiscal_year = $2 and t.reason = $3
)
select *, count(*) over () as total from line order by entered_at desc, id limit $4

-- name: waiting
select count(*) as potjes, coalesce(sum(cents), 0)::bigint as cents from registry.potje
where municipality = $1 and year = $2 and status = 'waiting_for_budget'

-- name: flows
-- What went into each line and out of it, by the account on the other side; $3 begins the reasons of a closing.
-- Money that came by bank and was placed as a funder's goes through the bank account: its entry names the funder.
with moved as (
    select t.credit as code, t.debit as other, t.cents, t.reason, t.group_id
    from ledger.transfer t join ledger.account a on a.code = t.credit
    where t.municipality = $1 and t.fiscal_year = $2 and t.kind in ('single', 'post') and a.kind = 'budget'
    union all
    select t.debit, t.credit, -t.cents, t.reason, t.group_id
    from ledger.transfer t join ledger.account a on a.code = t.debit
    where t.municipality = $1 and t.fiscal_year = $2 and t.kind in ('single', 'post') and a.kind = 'budget'
), named as (
    select m.code, m.cents, starts_with(m.reason, $3) as at_the_end,
        case
            when split_part(m.other, ':', 1) <> 'bank' then m.other
            when split_part(e.source, ':', 1) = 'funding' then e.source
            when split_part(e.target, ':', 1) = 'funding' then e.target
            else m.other
        end as other
    from moved m left join money.entry e on e.id = m.group_id
)
select code, other, at_the_end, sum(cents)::bigint as cents
from named group by code, other, at_the_end, cents > 0
order by code, other, at_the_end

-- name: reserved
select a.code, b.debits_pending as cents
from ledger.account a join ledger.balance b on b.account = a.code
where a.municipality = $1 and a.fiscal_year = $2 and a.kind = 'budget'

-- name: year_state
select state from ledger.year where (municipality, fiscal_year) = ($1, $2)

-- name: years
select fiscal_year from ledger.year where municipality = $1 order by fiscal_year

-- name: turns
select next_date from registry.street where municipality = $1 and phase = 'active' and next_date is not null
order by next_date
