-- name: hold
select ref from vault.item where ref = any ($1::uuid[]) and municipality = $2 and kind = 'person' and erased_at is null
order by ref for update

-- name: streets
select slug from registry.street where municipality = $1 and gangmakers && $2::uuid[] order by slug

-- name: in_streets
-- Which of these people carry which street.
select s.municipality, s.slug, g as person from registry.street s, unnest(s.gangmakers) g
where s.gangmakers && $1::uuid[] and g = any ($1::uuid[])
order by s.slug, g

-- name: accounts
select p.ref from money.payee p join vault.item i on i.ref = p.ref
where p.given_by = any ($1::uuid[]) and i.erased_at is null
order by p.ref for update of p

-- name: refuse_accounts
update money.payee set state = 'refused', decided_at = now()
where ref = any ($1::uuid[]) and state in ('asked', 'confirmed', 'in_force')

-- name: withdraw_stories
update registry.story set withdrawn_at = now()
where (person = any ($1::uuid[]) or words = any ($1::uuid[])) and withdrawn_at is null
returning words

-- name: drop_mails
update post.mail set sealed = null, last_code = 'erased',
    state = case when state in ('queued', 'unknown') then 'dropped' else state end
where person = any ($1::uuid[]) and sealed is not null

-- name: say_no
-- A sign-up that still waits hears no, and ends by itself.
update post.link set answered_at = now(), answer = false
where person = any ($1::uuid[]) and purpose in ('confirm_signup', 'confirm_second')
    and answered_at is null and voided_at is null
returning workflow_id, municipality, person, purpose

-- name: void_links
update post.link set voided_at = now() where person = any ($1::uuid[]) and answered_at is null and voided_at is null

-- name: shut_doors
delete from registry.door where person = any ($1::uuid[])

-- name: void_codes
update post.code set used_at = now() where person = any ($1::uuid[]) and used_at is null
