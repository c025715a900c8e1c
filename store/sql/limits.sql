-- name: lock
select pg_advisory_xact_lock(8610, hashtext($1))

-- name: sweep
-- Some of what no limit looks at any more; whoever else sweeps at this moment takes the others.
delete from post.attempt where ctid = any (array(
    select ctid from post.attempt where at < clock_timestamp() - $1::interval limit 100 for update skip locked
))

-- name: wait
select min(at) + $2::interval - clock_timestamp() from post.attempt
where key = any ($1::text[]) and at > clock_timestamp() - $2::interval

-- name: attempt
-- The clock, not the start of the transaction: it may have waited for the lock.
insert into post.attempt (key, at)
select ($1::text[])[1], clock_timestamp()
where (select count(*) from post.attempt where key = any ($1::text[]) and at > clock_timestamp() - $2::interval) < $3
returning true

-- name: used
-- How many tries of a stretch were counted, and how many seconds until the oldest of them no longer counts.
select count(*) as tries,
    coalesce(ceil(extract(epoch from min(at) + $2::interval - clock_timestamp())), 0)::integer as seconds
from post.attempt where key = any ($1::text[]) and at > clock_timestamp() - $2::interval
