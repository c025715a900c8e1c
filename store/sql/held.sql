-- name: since
select ref, created_at from vault.item where ref = any ($1::uuid[])

-- name: streets
select slug, name, part, wijk, phase from registry.street
where municipality = $1 and gangmakers && $2::uuid[]
order by slug

-- name: asked
select purpose, street, created_at, answered_at, answer from post.link
where municipality = $1 and person = any ($2::uuid[])
order by created_at, purpose

-- name: accounts
select p.ref, p.street, p.state, p.given_at from money.payee p join vault.item i on i.ref = p.ref
where p.municipality = $1 and p.given_by = any ($2::uuid[]) and i.erased_at is null
order by p.given_at, p.ref

-- name: stories
select words, street, share, told_at from registry.story
where municipality = $1 and person = any ($2::uuid[]) and withdrawn_at is null
order by told_at

-- name: concerns
select id, status, raised_at from concern.concern where municipality = $1 and reporter = any ($2::uuid[])
order by raised_at

-- name: mails
select template, state, created_at from post.mail where municipality = $1 and person = any ($2::uuid[])
order by created_at, template

-- name: looks
select staff, purpose, looked_at from vault.look where ref = any ($1::uuid[])
order by looked_at, id
