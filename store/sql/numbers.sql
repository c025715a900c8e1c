-- How the programme goes. $1 municipality everywhere; days are Dutch.

-- name: standing
-- How many streets stood in each phase at the end of each month from $2 to $3, which are first days.
with moved as (
    select phase, at, 1 as number from registry.turn where municipality = $1
    union all
    select was, at, -1 from registry.turn where municipality = $1 and was is not null
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

-- name: begun
-- Sign-ups of a time and how far their streets came since; and the days from the first sign-up of a street to its
-- conversation and to its first potje: the middle, and of how many. A handing over is no sign-up of a street.
with asked as (
    select s.street, s.status, coalesce(p.received_at, s.updated_at) as at
    from registry.signup s left join post.submission p on p.id = s.submission and p.municipality = $1
    where s.municipality = $1 and s.source <> 'handover'
), signups as (
    select count(*) as signups, count(*) filter (where status = 'confirmed') as confirmed
    from asked where at >= $2 and at < $3
), opened as (
    select street, min(at) as at from asked where status = 'confirmed'
    group by street having min(at) >= $2 and min(at) < $3
), talked as (
    select street, min(at) as at from registry.intake
    where municipality = $1 and status in ('waiting', 'accepted', 'referred', 'declined')
    group by street
), paid as (
    select subject as street, min(recorded_at) as at from registry.fact
    where municipality = $1 and name in ('potje.paid', 'potje.received')
    group by subject
), streets as (
    select o.street, t.street is not null as talked, s.since is not null as active,
        case when t.at >= o.at then extract(epoch from t.at - o.at) / 86400 end as to_intake,
        extract(epoch from f.at - o.at) / 86400 as to_potje
    from opened o
    left join talked t on t.street = o.street
    left join paid f on f.street = o.street
    left join registry.street s on (s.municipality, s.slug) = ($1, o.street)
), reached as (
    select count(*) as streets, count(*) filter (where talked) as intakes, count(*) filter (where active) as active,
        count(to_intake) as talks, count(to_potje) as potjes,
        percentile_cont(0.5) within group (order by to_intake)::float as to_intake,
        percentile_cont(0.5) within group (order by to_potje)::float as to_potje
    from streets
)
select * from signups, reached

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
