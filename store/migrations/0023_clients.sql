-- Clients: other systems with a key for the API. Only a hash of the key is kept, so a stolen backup opens nothing.
create schema client authorization straat_owner;
set local role straat_owner;
grant usage on schema client to straat_app;

create table client.client (
    id uuid primary key,
    municipality text not null,
    name text not null,
    key_hash bytea not null unique check (octet_length(key_hash) = 32),
    hint text not null,
    scopes text[] not null,
    expires_on date not null,
    last_used_on date,
    made_by text not null,
    made_at timestamptz not null default now(),
    ended_by text,
    ended_at timestamptz,
    check ((ended_by is null) = (ended_at is null))
);
create index on client.client (municipality, made_at desc);

-- What came in by the API. The digest of its contents is keyed, and kept no longer than a client tries again.
create table client.submission (
    submission uuid primary key references post.submission,
    municipality text not null,
    client uuid not null references client.client,
    digest bytea,
    received_at timestamptz not null default now()
);
create index on client.submission (received_at) where digest is not null;
create index on client.submission (client);

grant select, insert, update on client.client, client.submission to straat_app;
reset role;
