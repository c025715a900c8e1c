-- name: hurdles
-- What stands in the way of closing $2; $3 the states of a potje that is settled.
with potje as (
    select p.*, p.status in ('approved', 'handed_over') and (
        p.status = 'handed_over' or exists (select from money.payment m where m.potje = p.workflow_id and m.state = 'open')
    ) as under_way
    from registry.potje p
    where p.municipality = $1 and p.year = $2 and p.status <> all ($3::text[])
), hurdle as (
    select case when under_way then 'potjes_under_way' else 'potjes_waiting' end as what,
        count(*) as count, sum(cents)::bigint as cents
    from potje group by 1
    union all
    select 'earlier_year', count(*), 0 from ledger.year y
    where y.municipality = $1 and y.fiscal_year < $2 and y.state <> 'closed'
    union all
    select 'suspense', count(*), coalesce(sum(abs(s.cents)), 0)::bigint from money.suspense s
    where s.municipality = $1 and s.fiscal_year = $2 and s.placed_at is null
    union all
    select 'batches', count(*), coalesce(sum(b.cents), 0)::bigint from money.batch b
    where b.municipality = $1 and b.fiscal_year = $2 and b.state in ('frozen', 'released')
    union all
    -- Those of potjes, hand-overs and payments are told above; this finds any other.
    select 'reservations', count(*), coalesce(sum(b.debits_pending), 0)::bigint
    from ledger.account a join ledger.balance b on b.account = a.code
    where a.municipality = $1 and a.fiscal_year = $2 and b.debits_pending > 0
    union all
    select case a.kind when 'bank' then 'bank' else 'suspense' end, 1, abs(b.credits_posted - b.debits_posted)
    from ledger.account a join ledger.balance b on b.account = a.code
    where a.municipality = $1 and a.fiscal_year = $2 and a.kind in ('bank', 'suspense')
        and b.credits_posted <> b.debits_posted
)
select what, max(count)::bigint as count, max(cents)::bigint as cents
from hurdle where count > 0 group by what

-- name: streets_left
-- With the street in which it went on, if it did; a street is over when that one is.
with recursive way as (
    select s.slug as began, s.slug, s.phase, s.merged_into, 1 as step
    from registry.street s where s.municipality = $1
    union all
    select w.began, s.slug, s.phase, s.merged_into, w.step + 1
    from way w join registry.street s on (s.municipality, s.slug) = ($1, w.merged_into)
    where w.step < 9
), last as (
    select distinct on (began) began, slug, phase from way order by began, step desc
)
select a.code, (b.credits_posted - b.debits_posted)::bigint as cents,
    last.phase = 'ended' as ended, last.slug as heir
from ledger.account a join ledger.balance b on b.account = a.code
left join last on last.began = split_part(a.code, ':', 3)
where a.municipality = $1 and a.fiscal_year = $2 and a.kind = 'street' and b.credits_posted <> b.debits_posted
order by a.code

-- name: came_to
-- What left the year when it was closed; $3 the group of that closing.
select reason, credit as "to", sum(cents)::bigint as cents, count(*) as times
from ledger.transfer
where municipality = $1 and fiscal_year = $2 and group_id = $3
group by reason, credit
