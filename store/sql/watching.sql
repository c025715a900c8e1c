-- What is measured, for all municipalities at once: counts and moments only, nobody and no street. Each name is a metric.

-- name: towns
-- $1: how long a potje may wait at one step. Ages and spans in seconds, moments since 1970.
with town as (
    select distinct municipality from registry.policy
), inbox as (
    select municipality, count(*) as waiting, min(received_at) as oldest from post.submission
    where relayed_at is null group by 1
), refused as (
    select municipality, count(*) as number from post.submission where refused is not null group by 1
), mail as (
    select municipality, count(*) as waiting, min(created_at) as oldest from post.mail
    where state in ('queued', 'sending', 'unknown') group by 1
), failed as (
    select municipality, count(*) as number from post.mail where state = 'failed' group by 1
), concern as (
    select municipality, count(*) as open,
        count(*) filter (where status = 'waiting' and due_at < now()) as overdue,
        max(now() - due_at) filter (where status = 'waiting' and due_at < now()) as late
    from concern.concern where status in ('waiting', 'picked_up') group by 1
), potje as (
    select municipality, count(*) as waiting, count(*) filter (where waiting_since < now() - $1::interval) as overdue
    from registry.potje where status in ('to_approve', 'approved', 'handed_over') group by 1
), payment as (
    select municipality, count(*) as waiting from money.payment where state = 'open' group by 1
), delivery as (
    select w.municipality, count(*) as waiting, min(d.made_at) as oldest
    from event.webhook w join event.delivery d on d.webhook = w.id and d.state in ('waiting', 'sending')
    where w.state = 'active' group by 1
), dead as (
    select w.municipality, count(*) as number
    from event.webhook w join event.delivery d on d.webhook = w.id and d.state = 'dead'
    where w.state <> 'ended' group by 1
), book as (
    select municipality, sum(seq) as links from ledger.year group by 1
)
select t.municipality,
    coalesce(inbox.waiting, 0)::float as inbox_waiting,
    coalesce(extract(epoch from now() - inbox.oldest), 0)::float as inbox_oldest_seconds,
    coalesce(refused.number, 0)::float as inbox_refused,
    coalesce(mail.waiting, 0)::float as mail_waiting,
    coalesce(extract(epoch from now() - mail.oldest), 0)::float as mail_oldest_seconds,
    coalesce(failed.number, 0)::float as mail_failed,
    coalesce(concern.open, 0)::float as concerns_open,
    coalesce(concern.overdue, 0)::float as concerns_overdue,
    coalesce(extract(epoch from concern.late), 0)::float as concerns_overdue_seconds,
    coalesce(potje.waiting, 0)::float as potjes_waiting,
    coalesce(potje.overdue, 0)::float as potjes_overdue,
    coalesce(payment.waiting, 0)::float as payments_waiting,
    coalesce(delivery.waiting, 0)::float as deliveries_waiting,
    coalesce(extract(epoch from now() - delivery.oldest), 0)::float as deliveries_oldest_seconds,
    coalesce(dead.number, 0)::float as deliveries_dead,
    coalesce(book.links, 0)::float as ledger_links,
    extract(epoch from looked.recorded_at)::float as chain_verified_timestamp_seconds,
    (looked.name = 'ledger.head')::integer::float as chain_sound
from town t
left join inbox using (municipality)
left join refused using (municipality)
left join mail using (municipality)
left join failed using (municipality)
left join concern using (municipality)
left join potje using (municipality)
left join payment using (municipality)
left join delivery using (municipality)
left join dead using (municipality)
left join book using (municipality)
left join lateral (
    select f.name, f.recorded_at from registry.fact f
    where f.municipality = t.municipality and f.subject = 'ledger' and f.name in ('ledger.head', 'ledger.broken')
    order by f.seq desc limit 1
) looked on true
order by 1

-- name: streets
select municipality, phase, count(*)::float as number from registry.street group by 1, 2 order by 1, 2

-- name: potjes
select municipality, status, count(*)::float as number from registry.potje group by 1, 2 order by 1, 2

-- name: backup
select extract(epoch from max(made_at))::float from registry.backup

-- name: backed_up
insert into registry.backup (way) values ('straat')

-- name: applied
select name from public.migration
