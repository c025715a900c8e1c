-- Everything goes as text, so that it works whatever codec the connection has for jsonb.

-- name: open_year
select ledger.open_year($1, $2, $3)

-- name: move_year
select ledger.move_year($1, $2, $3, $4)

-- name: mark
select ledger.put_mark($1, $2, $3, $4, $5, $6)

-- name: open_accounts
select ledger.open_accounts($1::text::jsonb)

-- name: transfer
select ledger.try_transfer($1::text::jsonb, $2, $3, $4, $5)::text

-- name: balance
select * from ledger.balance where account = $1

-- name: reversed_ids
select reverses_id from ledger.transfer where reverses_id = any ($1)

-- name: transfers_of
-- A statement of account, newest first. $1 account, $2 at most.
(select * from ledger.transfer where debit = $1 order by fiscal_year desc, seq desc limit $2)
union all
(select * from ledger.transfer where credit = $1 order by fiscal_year desc, seq desc limit $2)
order by fiscal_year desc, seq desc limit $2

-- name: transfers_in
-- $1 group
select * from ledger.transfer where group_id = $1 order by fiscal_year, seq

-- name: marks
-- $1 municipality, $2 fiscal year, $3 kind
select * from ledger.mark where (municipality, fiscal_year, kind) = ($1, $2, $3) order by seq

-- name: heads
select municipality, fiscal_year, seq, encode(head, 'hex') as head from ledger.year
where state <> 'closed' order by municipality, fiscal_year

-- name: head
select seq, encode(head, 'hex') as head from ledger.year where (municipality, fiscal_year) = ($1, $2)

-- name: broken_chain
-- The first transfer or mark that does not follow from the one before it, or follows the end of its year; the head
-- that does not end the chain; the state that its last mark does not name.
-- $1 municipality, $2 fiscal year. The formulas stand here too: a changed function cannot hide a change.
with lines as (
    select 'transfer' as what, t.seq, t.hash, null as state, jsonb_build_array(
        t.municipality, t.fiscal_year, t.seq, t.id, t.kind, t.debit, t.credit, t.debit_year, t.credit_year,
        t.cents, t.pending_id, t.reverses_id, t.reason, t.group_id, t.actor, t.booked_on,
        (extract(epoch from t.recorded_at) * 1000000)::bigint
    ) as said
    from ledger.transfer t where t.municipality = $1 and t.fiscal_year = $2
    union all
    select 'mark', m.seq, m.hash, case when m.kind = 'year' then m.subject end, jsonb_build_array(
        m.municipality, m.fiscal_year, m.seq, m.kind, m.subject, encode(m.digest, 'hex'), m.actor,
        (extract(epoch from m.recorded_at) * 1000000)::bigint
    )
    from ledger.mark m where m.municipality = $1 and m.fiscal_year = $2
), links as (
    select what, seq, hash, lag(seq, 1, 0::bigint) over chain + 1 as expected_seq,
        sha256(
            lag(hash, 1, sha256(convert_to($1 || ':' || $2::integer, 'UTF8'))) over chain
            || convert_to(said::text, 'UTF8')
        ) as expected_hash,
        coalesce(bool_or(state = 'closed') over (chain rows between unbounded preceding and 1 preceding), false)
            as too_late
    from lines
    window chain as (order by seq, what)
), ending as (
    select seq, hash from links
    union all select 0, sha256(convert_to($1 || ':' || $2::integer, 'UTF8'))
    order by seq desc limit 1
), broken as (
    select concat(what, ' ', seq) as place, seq, case
        when seq is distinct from expected_seq then 'does not follow'
        when hash is distinct from expected_hash then 'does not match its hash'
        else 'follows the end of its year' end as why
    from links where seq is distinct from expected_seq or hash is distinct from expected_hash or too_late
    union all
    select 'year ' || $2::integer, e.seq, 'names another head than its chain ends in' from ending e
    where not exists (
        select from ledger.year y
        where (y.municipality, y.fiscal_year, y.seq, y.head) = ($1, $2::integer, e.seq, e.hash)
    )
    union all
    select 'year ' || $2::integer, e.seq, 'is in another state than its last mark says' from ending e
    where (select y.state from ledger.year y where (y.municipality, y.fiscal_year) = ($1, $2::integer))
        is distinct from (select l.state from lines l where l.state is not null order by l.seq desc limit 1)
)
select place, why from broken order by seq, place limit 1

-- name: broken_balance
-- The first account that does not say about itself what it is, or whose balance is no fold over its transfers.
-- $1 municipality, $2 fiscal year; carry accounts, which lie between years, are folded over all of them.
with moved as (
    select t.debit, t.credit, t.debit_year, t.credit_year,
        case when t.kind in ('single', 'post') then t.cents else 0 end as posted,
        case when t.kind = 'reserve' then t.cents else -coalesce(r.cents, 0) end as pending
    from ledger.transfer t left join ledger.transfer r on r.id = t.pending_id
    where t.municipality = $1 and (t.fiscal_year = $2 or 0 in (t.debit_year, t.credit_year))
), sides as (
    select debit as code, posted as dp, pending as dw, 0 as cp, 0 as cw from moved where debit_year in ($2, 0)
    union all select credit, 0, 0, posted, pending from moved where credit_year in ($2, 0)
), folded as (
    select code, sum(dp) as dp, sum(dw) as dw, sum(cp) as cp, sum(cw) as cw, count(*) as version
    from sides group by code
), compared as (
    select a.code, case
        when (a.code ~ (
            '^' || a.kind || ':' || a.municipality || '(:[a-z0-9-]+)*'
            || case when a.kind = 'carry' then '' else ':' || a.fiscal_year end || '$'
        )) is not true or a.currency is distinct from 'EUR' or a.year_of is distinct from nullif(a.fiscal_year, 0)
            then 'is not what its code says'
        when b.account is null then 'has no balance'
        when b.no_overdraft is distinct from (a.kind in ('budget', 'carry')) then 'has the wrong guard'
        when (b.debits_posted, b.debits_pending, b.credits_posted, b.credits_pending, b.version) is distinct from (
            coalesce(f.dp, 0), coalesce(f.dw, 0), coalesce(f.cp, 0), coalesce(f.cw, 0), coalesce(f.version, 0)
        ) then 'has a balance that is not the sum of its transfers'
        when b.no_overdraft and b.debits_posted + b.debits_pending > b.credits_posted then 'is overdrawn'
        end as why
    from ledger.account a
    left join ledger.balance b on b.account = a.code
    left join folded f on f.code = a.code
    where a.municipality = $1 and a.fiscal_year in ($2, 0) or f.code is not null
        or a.code ~ ('^[a-z]+:' || $1 || ':(.*:)?' || $2::integer || '$') or a.code = 'carry:' || $1
)
select code, why from compared where why is not null
union all
select f.code, 'is not an account' from folded f where not exists (select from ledger.account a where a.code = f.code)
union all
-- Whatever year it may have been of.
select coalesce(b.account, 'balance'), 'is not an account' from ledger.balance b
where not exists (select from ledger.account a where a.code = b.account)
order by code limit 1
