-- name: page
-- Counted beside the page: a count over its rows would sort all of them.
select seq, name, subject, actor, recorded_at as at, (
    select count(*) from registry.fact
    where municipality = $1
        and ($2::text is null or actor = $2)
        and ($3::text is null or subject = $3)
        and ($4::timestamptz is null or recorded_at >= $4)
        and ($5::timestamptz is null or recorded_at < $5)
        and ($6 or not starts_with(name, 'concern.'))
) as total
from registry.fact
where municipality = $1
    and ($2::text is null or actor = $2)
    and ($3::text is null or subject = $3)
    and ($4::timestamptz is null or recorded_at >= $4)
    and ($5::timestamptz is null or recorded_at < $5)
    and ($6 or not starts_with(name, 'concern.'))
order by seq desc
limit $7 offset $8

-- name: bounds
select min(seq) as first, max(seq) as last from registry.fact
where municipality = $1
    and ($2::timestamptz is null or recorded_at >= $2) and ($3::timestamptz is null or recorded_at < $3)

-- name: all
select seq, name, subject, actor, recorded_at as at from registry.fact where municipality = $1 order by seq
