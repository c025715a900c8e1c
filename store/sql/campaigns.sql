-- name: put_campaign
insert into outreach.campaign (id, municipality, name, first_day, last_day, planned_cents, made_by)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do nothing
returning id

-- name: put_channel
insert into outreach.channel (municipality, code, campaign, kind, words) values ($1, $2, $3, $4, $5)

-- name: lock_codes
select pg_advisory_xact_lock(8607, hashtext($1))

-- name: codes
select code from outreach.channel where municipality = $1

-- name: visit
insert into outreach.visit as v (municipality, code, day)
select municipality, code, $3 from outreach.channel where municipality = $1 and code = $2
on conflict (municipality, code, day) do update set visits = v.visits + 1

-- name: campaigns
select c.*, coalesce(spent.cents, 0)::bigint as spent
from outreach.campaign c
left join lateral (
    select sum(e.cents) as cents from outreach.cost k join money.entry e on e.id = k.entry
    where k.campaign = c.id and not exists (select from money.entry undone where undone.corrects = e.id)
) spent on true
where c.municipality = $1 and ($2::uuid is null or c.id = $2)
order by c.first_day desc, c.name

-- name: channels
-- A street counts for the channel of the first sign-up that was confirmed for it.
with opened as (
    select distinct on (street) street, campaign as code from registry.signup
    where municipality = $1 and status = 'confirmed'
    order by street, updated_at, submission
), talked as (
    select distinct street from registry.intake where municipality = $1 and status <> 'open'
), streets as (
    select o.code, count(t.street) as intakes, count(*) filter (where s.phase = 'active') as active
    from opened o
    left join talked t on t.street = o.street
    left join registry.street s on (s.municipality, s.slug) = ($1, o.street)
    group by o.code
), signups as (
    select campaign as code, count(*) as signups, count(*) filter (where status = 'confirmed') as confirmed
    from registry.signup where municipality = $1 group by campaign
)
select ch.campaign, ch.code, ch.kind, ch.words,
    coalesce((select sum(visits) from outreach.visit v where (v.municipality, v.code) = ($1, ch.code)), 0)::bigint
        as visits,
    coalesce(n.signups, 0) as signups, coalesce(n.confirmed, 0) as confirmed,
    coalesce(k.intakes, 0) as intakes, coalesce(k.active, 0) as active
from outreach.channel ch
left join signups n on n.code = ch.code
left join streets k on k.code = ch.code
where ch.municipality = $1 and ch.campaign = any ($2::uuid[])
order by ch.made_at, ch.code

-- name: channel
select ch.*, c.name, c.first_day, c.last_day
from outreach.channel ch join outreach.campaign c on c.id = ch.campaign
where ch.municipality = $1 and ch.code = $2

-- name: costs
select e.id, e.fiscal_year as year, e.cents, e.reason, e.entered_at,
    exists (select from money.entry undone where undone.corrects = e.id) as undone
from outreach.cost k join money.entry e on e.id = k.entry
where k.campaign = $1
order by e.entered_at

-- name: put_cost
insert into outreach.cost (entry, campaign) values ($1, $2) on conflict (entry) do nothing
