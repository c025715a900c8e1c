-- The yearly question to a street: whether and how it goes on.
set local role straat_owner;

create table registry.renewal (
    workflow_id text primary key,
    municipality text not null,
    street text not null,
    year integer not null,
    status text not null check (status in ('asked', 'to_call', 'decided')),
    outcome text,
    people integer not null,
    answered integer not null default 0,
    words uuid[] not null default '{}',
    revision bigint not null,
    asked_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (municipality, street, year)
);
create index on registry.renewal (municipality, year, status);

grant select, insert, update on registry.renewal to straat_app;
