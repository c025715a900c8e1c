-- Safekeeping: which master keys there were and who knows them, what a key still wraps, and what a backup counts.
set local role straat_owner;

-- A master key by its id and fingerprint, never the key itself.
create table vault.master_key (
    id integer primary key,
    fingerprint text not null,
    sealing_since timestamptz not null default now(),
    retired_at timestamptz
);

-- The processes that hold keys now; a line that is not renewed is of one that ended.
create table vault.holder (
    process text primary key,
    kind text not null,
    keys jsonb not null,
    sealing integer not null,
    trouble text,
    seen_at timestamptz not null default now()
);

-- Rows whose wrapped key, or mark to be found by, is of this master key. Every column of such a name counts, so that
-- a table that comes later is not forgotten.
create function vault.under_key(master integer) returns table (place text, items bigint)
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    c record;
begin
    for c in
        select n.nspname, t.relname, a.attname
        from pg_attribute a join pg_class t on t.oid = a.attrelid join pg_namespace n on n.oid = t.relnamespace
        where t.relkind in ('r', 'p') and a.attname ~ '(^|_)(key_id|found_key)$' and a.atttypid = 'int4'::regtype
            and not a.attisdropped and n.nspname !~ '^(pg_|information_schema)'
        order by 1, 2, 3
    loop
        execute format('select count(*) from %I.%I where %I = $1', c.nspname, c.relname, c.attname)
            into items using master;
        place := format('%s.%s.%s', c.nspname, c.relname, c.attname);
        return next;
    end loop;
end
$$;
revoke all on function vault.under_key(integer) from public;
grant execute on function vault.under_key(integer) to straat_app;

-- How many rows each table has, in the caller's snapshot.
create function vault.counted() returns table (place text, items bigint)
language plpgsql stable set search_path = pg_catalog as $$
declare
    c record;
begin
    for c in
        select n.nspname, t.relname from pg_class t join pg_namespace n on n.oid = t.relnamespace
        where t.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)' order by 1, 2
    loop
        execute format('select count(*) from %I.%I', c.nspname, c.relname) into items;
        place := format('%s.%s', c.nspname, c.relname);
        return next;
    end loop;
end
$$;
revoke all on function vault.counted() from public;

grant select, insert, update on vault.master_key to straat_app;
grant select, insert, update, delete on vault.holder to straat_app;
reset role;
