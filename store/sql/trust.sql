-- name: holding
-- What a street holds in the years that are not closed; $3 is the code of its account without the year.
select coalesce(sum(b.credits_posted - b.debits_posted - b.debits_pending), 0)::bigint as cents,
       coalesce(sum(b.credits_pending), 0)::bigint as underway
from ledger.year y join ledger.balance b on b.account = $2 || ':' || y.fiscal_year
where y.municipality = $1 and y.state <> 'closed'

-- name: attenties
-- Attenties that stand, of the years that are not closed, the latest first.
select t.id, t.booked_on, t.reason, t.cents, y.state = 'open' as undoable
from ledger.year y
join ledger.transfer t on t.municipality = y.municipality and t.fiscal_year = y.fiscal_year
    and t.debit = $2 || ':' || y.fiscal_year
where y.municipality = $1 and y.state <> 'closed' and t.kind = 'single' and t.reverses_id is null
    and starts_with(t.reason, $3)
    and not exists (select from ledger.transfer r where r.reverses_id = t.id)
order by t.booked_on desc, t.recorded_at desc

-- name: attentie
select t.id, t.booked_on, t.debit, t.credit, t.cents, t.reason, true as undoable
from ledger.transfer t
join ledger.year y on y.municipality = t.municipality and y.fiscal_year = t.fiscal_year and y.state = 'open'
where t.id = $1 and t.debit = $2 || ':' || t.fiscal_year and t.kind = 'single' and t.reverses_id is null
    and starts_with(t.reason, $3)
    and not exists (select from ledger.transfer r where r.reverses_id = t.id)

-- name: year_state
select state from ledger.year where municipality = $1 and fiscal_year = $2

-- name: put_story
insert into registry.story (id, municipality, street, person, words, share) values ($1, $2, $3, $4, $5, $6)

-- name: story
select id, words, share, told_at from registry.story
where id = $1 and municipality = $2 and street = $3 and person = $4 and withdrawn_at is null

-- name: stories
select id, words, share, told_at from registry.story
where municipality = $1 and street = $2 and person = $3 and withdrawn_at is null
order by told_at desc

-- name: withdraw_story
update registry.story set withdrawn_at = now()
where id = $1 and municipality = $2 and street = $3 and person = $4 and withdrawn_at is null
returning words
