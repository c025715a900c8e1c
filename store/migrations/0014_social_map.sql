-- The social map: what help there is near by, as a coordinator reads it in. Organisations, never residents.
create schema social authorization straat_owner;
set local role straat_owner;
grant usage on schema social to straat_app;

-- An offer keeps its id over imports, by its name; `version` is the import that last had it.
create table social.offer (
    id uuid primary key default gen_random_uuid(),
    municipality text not null,
    name text not null,
    topics text[] not null check (cardinality(topics) > 0),
    wijken text[] not null,
    nl text not null,
    en text,
    phone text,
    email text,
    web text check (web ~ '^https?://'),
    version integer not null check (version > 0),
    at timestamptz not null default now(),
    read_by text not null,
    withdrawn_at timestamptz,
    check (num_nonnulls(phone, email, web) > 0)
);
create unique index on social.offer (municipality, lower(name));

grant select, insert, update on social.offer to straat_app;
reset role;
