-- What the doctor looks at: how the server is, what our role may, what is written of backups and books. Only reading.

-- name: server
select current_setting('server_version_num')::integer / 10000 as major, current_setting('server_version') as version,
    current_setting('TimeZone') as zone,
    current_setting('log_min_error_statement') as logs_from,
    host(inet_server_addr()) as address,
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls,
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as most,
    (select count(*) from pg_stat_activity where backend_type = 'client backend') as used

-- name: now
select clock_timestamp()

-- name: role
select rolname as name, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as mighty,
    exists (select from pg_auth_members m join pg_roles o on o.oid = m.roleid
        where o.rolname = 'straat_owner' and m.member = r.oid) as owner
from pg_roles r where rolname = current_user

-- name: too_much
-- What is written for good must not be ours to change: all of the ledger, and every journal.
select format('%s.%s: %s', n.nspname, c.relname, lower(p.what)) as may
from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) as p(what)
where c.relkind in ('r', 'p') and has_table_privilege(c.oid, p.what)
    and (n.nspname = 'ledger' or (p.what <> 'INSERT' and (n.nspname, c.relname) in (
        ('registry', 'fact'), ('registry', 'backup'), ('vault', 'erasure'), ('vault', 'look'),
        ('money', 'entry'), ('money', 'movement'), ('money', 'statement'))))
order by 1

-- name: too_little
-- Without these no process can do its work.
select format('%s.%s', n.nspname, c.relname) as place
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname in ('ledger', 'registry', 'vault', 'post', 'money')
    and not (has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT'))
order by 1

-- name: sealed_by
-- One row of the vault under a master key.
select ref, wrapped_key, sealed from vault.item where key_id = $1 and erased_at is null limit 1

-- name: latest_backup
select made_at, way from registry.backup order by made_at desc limit 1

-- name: books
-- When the books of a municipality were last recomputed, and what was found; since when it takes part.
select p.municipality, p.since, f.name, f.recorded_at
from (select municipality, min(applied_at) as since from registry.policy group by 1) p
left join lateral (
    select name, recorded_at from registry.fact
    where municipality = p.municipality and subject = 'ledger' and name in ('ledger.head', 'ledger.broken')
    order by seq desc limit 1
) f on true
order by 1

-- name: restored
-- What was last said of a restore in each municipality that had one: put back, or settled since.
select p.municipality, f.name, f.recorded_at
from (select distinct municipality from registry.policy) p
join lateral (
    select name, recorded_at from registry.fact
    where municipality = p.municipality and subject = 'backup' and name in ('backup.restored', 'reconcile.settled')
    order by seq desc limit 1
) f on true
order by 1
