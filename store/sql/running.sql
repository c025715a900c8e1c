-- Whether everything moves: $1 municipality everywhere. Nothing here says who anything is about.

-- name: inbox
select kind, count(*) as number, min(received_at) as oldest, max(attempts) as attempts from post.submission
where municipality = $1 and relayed_at is null
group by kind
order by oldest

-- name: refused
select id, kind, refused as code, received_at, relayed_at, count(*) over () as total from post.submission
where municipality = $1 and refused is not null
order by received_at desc, id
limit $2

-- name: mails
-- What has not left: an erased reader's mail was dropped on purpose and is no trouble.
select state, template, count(*) as number, min(created_at) as oldest, max(last_code) as code from post.mail
where municipality = $1 and state in ('queued', 'sending', 'unknown', 'failed')
group by state, template
order by oldest

-- name: looked
-- When the books were last recomputed for the auditor, and whether they were sound.
select name, recorded_at from registry.fact
where municipality = $1 and subject = 'ledger' and name in ('ledger.head', 'ledger.broken')
order by seq desc
limit 1

-- name: bring
update post.submission set relayed_at = null, refused = null, attempts = 0, next_at = now()
where municipality = $1 and id = $2 and refused is not null
returning kind

-- name: ring
select pg_notify('inbox', '')
