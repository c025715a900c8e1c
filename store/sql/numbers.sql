-- How the programme goes. $1 municipality everywhere; days are Dutch.

-- name: standing
-- How many streets stood in each phase at the end of each month from $2 to $3, which are first days.
with spans as (
    select phase, at, lead(at) over (partition by street order by at, id) as until
    from registry.turn where municipality = $1
), moved as (
    select phase, at, 1 as number from spans
    union all
    select phase, until, -1 from spans where until is not null
), by_month as (
    select phase, date_trunc('month', at at time zone 'Europe/Amsterdam')::date as month, sum(number) as number
    from moved group by 1, 2
)
select m.month::date as month, b.phase, sum(b.number)::integer as streets
from generate_series($2::date, $3::date, interval '1 month') m (month)
join by_month b on b.month <= m.month
group by 1, 2
order by 1, 2

-- name: by_wijk
select wijk, phase, count(*)::integer as streets from registry.street
where municipality = $1
group by wijk, phase
order by wijk

-- name: funnel
-- Sign-ups of a time, and how far their streets came since. A handing over is no sign-up of a street.
with asked as (
    select s.street, s.status, coalesce(p.received_at, s.updated_at) as at
    from registry.signup s left join post.submission p on p.id = s.submission
    where s.municipality = $1 and s.source <> 'handover'
), opened as (
    select street, min(at) as at from asked where status = 'confirmed' group by street
), ours as (
    select * from opened where at >= $2 and at < $3
)
select
    (select count(*) from asked where at >= $2 and at < $3) as signups,
    (select count(*) from asked where at >= $2 and at < $3 and status = 'confirmed') as confirmed,
    (select count(*) from ours) as streets,
    (select count(*) from ours o where exists (
        select from registry.intake i where i.municipality = $1 and i.street = o.street
            and i.status in ('waiting', 'accepted', 'referred', 'declined')
    )) as intakes,
    (select count(*) from ours o where exists (
        select from registry.street s where (s.municipality, s.slug) = ($1, o.street) and s.since is not null
    )) as active

-- name: waits
-- Days from the first sign-up of a street to its conversation, and to its first potje: the middle, and of how many.
with opened as (
    select s.street, min(coalesce(p.received_at, s.updated_at)) as at
    from registry.signup s left join post.submission p on p.id = s.submission
    where s.municipality = $1 and s.source <> 'handover' and s.status = 'confirmed'
    group by s.street
), waited as (
    select extract(epoch from talk.at - o.at) / 86400 as to_intake,
        extract(epoch from first.at - o.at) / 86400 as to_potje
    from opened o
    left join lateral (
        select min(i.at) as at from registry.intake i
        where i.municipality = $1 and i.street = o.street and i.at >= o.at
            and i.status in ('waiting', 'accepted', 'referred', 'declined')
    ) talk on true
    left join lateral (
        select min(f.recorded_at) as at from registry.fact f
        where f.municipality = $1 and f.subject = o.street and f.name in ('potje.paid', 'potje.received')
    ) first on true
    where o.at >= $2 and o.at < $3
)
select count(to_intake) as intakes, count(to_potje) as potjes,
    percentile_cont(0.5) within group (order by to_intake)::float as to_intake,
    percentile_cont(0.5) within group (order by to_potje)::float as to_potje
from waited

-- name: renewals
-- What the yearly question came to, or where it stands.
select coalesce(outcome, status) as answer, count(*) as streets from registry.renewal
where municipality = $1 and year = $2
group by 1

-- name: stories
select count(*) as told, count(*) filter (where shown) as shown from registry.story
where municipality = $1 and withdrawn_at is null and told_at >= $2 and told_at < $3

-- name: concerns
select extract(quarter from raised_at at time zone 'Europe/Amsterdam')::integer as quarter, count(*) as concerns
from concern.concern
where municipality = $1 and raised_at >= $2 and raised_at < $3
group by 1
