-- name: snapshot
select pg_export_snapshot()

-- name: server
select current_setting('server_version_num')::integer / 10000

-- name: migrations
select name, digest from public.migration order by name

-- name: counted
select place, items from vault.counted()

-- name: key_ids
select distinct key_id from vault.item where key_id is not null order by 1

-- name: tables
select count(*) from pg_class t join pg_namespace n on n.oid = t.relnamespace
where t.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)'

-- name: exists
select exists (select from pg_database where datname = $1)

-- name: connected
-- The server's own work (autovacuum) gives way by itself.
select count(*) from pg_stat_activity
where datname = $1 and pid <> pg_backend_pid() and backend_type = 'client backend'

-- name: make_roles
do $$
begin
    perform pg_advisory_xact_lock(8600);
    if not exists (select from pg_roles where rolname = 'straat_owner') then
        create role straat_owner nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'straat_app') then
        create role straat_app login;
    end if;
end
$$

-- name: make
create database {name} template template0

-- name: drop
drop database if exists {name}

-- name: doors
-- Who may enter a database, where somebody chose that; a dump does not tell.
select case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as who,
    lower(a.privilege_type) as what
from pg_database d cross join aclexplode(d.datacl) a where d.datname = $1

-- name: shut
revoke all on database {name} from public

-- name: open
grant {what} on database {name} to {who}

-- name: rename
alter database {name} rename to {other}

-- name: end_sessions
-- A backup is of before: whoever was signed in then is not signed in now.
with desk as (
    update registry.session set revoked_at = now() where revoked_at is null returning 1
), doors as (
    delete from registry.door returning 1
), concerns as (
    delete from concern.session returning 1
), people as (
    delete from person.session returning 1
), arriving as (
    delete from staff.entrance returning 1
)
select (select count(*) from desk) + (select count(*) from doors) + (select count(*) from concerns)
    + (select count(*) from people) + (select count(*) from arriving)

-- name: end_codes
with streets as (
    update post.code set used_at = now() where used_at is null returning 1
), people as (
    update person.code set used_at = now() where used_at is null returning 1
), concerns as (
    update concern.code set used_at = now() where used_at is null returning 1
), staff as (
    update staff.code set used_at = now() where used_at is null returning 1
)
select (select count(*) from streets) + (select count(*) from people) + (select count(*) from concerns)
    + (select count(*) from staff)

-- name: doubt_mails
-- The mail server may have them since: sent again under the same Message-ID, which is the rule of *unknown*.
with doubted as (
    update post.mail set state = 'unknown', last_code = 'restored', next_at = now()
    where state in ('queued', 'sending', 'unknown') returning 1
)
select count(*) from doubted

-- name: skip_places
select setval('event.place', (select last_value from event.place) + 1000000)

-- name: paying_waits
-- The last of the two that was said; at first neither.
select coalesce((
    select name = 'backup.restored' from registry.fact
    where municipality = $1 and subject = 'backup' and name in ('backup.restored', 'reconcile.settled')
    order by seq desc limit 1
), false)
