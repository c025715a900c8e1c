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
    from registry.signup s left join post.submission p on p.id = s.submission and p.municipality = $1
    where s.municipality = $1 and s.source <> 'handover'
), ours as (
    select street from asked where status = 'confirmed' group by street having min(at) >= $2 and min(at) < $3
), talked as (
    select distinct street from registry.intake
    where municipality = $1 and status in ('waiting', 'accepted', 'referred', 'declined')
), signups as (
    select count(*) as signups, count(*) filter (where status = 'confirmed') as confirmed
    from asked where at >= $2 and at < $3
), streets as (
    select count(*) as streets, count(t.street) as intakes, count(s.since) as active
    from ours o
    left join talked t on t.street = o.street
    left join registry.street s on (s.municipality, s.slug) = ($1, o.street)
)
select signups, confirmed, streets, intakes, active from signups, streets

-- name: waits
-- Days from the first sign-up of a street to its conversation, and to its first potje: the middle, and of how many.
with opened as (
    select s.street, min(coalesce(p.received_at, s.updated_at)) as at
    from registry.signup s left join post.submission p on p.id = s.submission and p.municipality = $1
    where s.municipality = $1 and s.source <> 'handover' and s.status = 'confirmed'
    group by s.street
), talked as (
    select street, min(at) as at from registry.intake
    where municipality = $1 and status in ('waiting', 'accepted', 'referred', 'declined')
    group by street
), paid as (
    select subject as street, min(recorded_at) as at from registry.fact
    where municipality = $1 and name in ('potje.paid', 'potje.received')
    group by subject
), waited as (
    select extract(epoch from t.at - o.at) / 86400 as to_intake, extract(epoch from f.at - o.at) / 86400 as to_potje
    from opened o
    left join talked t on t.street = o.street and t.at >= o.at
    left join paid f on f.street = o.street
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
