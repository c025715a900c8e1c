-- The registry: what the desk and the public pages read. A projection of the workflows, with a rising revision.
set local role straat_owner;

create table registry.policy (
    municipality text not null,
    version integer not null,
    document jsonb not null,
    applied_at timestamptz not null default now(),
    primary key (municipality, version)
);

create table registry.signup (
    submission uuid primary key,
    municipality text not null,
    street text not null,
    campaign text,
    status text not null,
    revision bigint not null,
    updated_at timestamptz not null default now()
);
create index on registry.signup (municipality, campaign);

create table registry.street (
    municipality text not null,
    slug text not null,
    name text not null,
    part text,
    wijk text not null,
    phase text not null,
    gangmakers uuid[] not null,
    minimum integer not null,
    next_date date,
    revision bigint not null,
    opened_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (municipality, slug)
);
create index on registry.street (municipality, phase, name);

create table registry.intake (
    workflow_id text primary key,
    municipality text not null,
    street text not null,
    status text not null,
    at timestamptz,
    place uuid,
    coordinator text,
    gangmakers integer not null default 0,
    revision bigint not null,
    updated_at timestamptz not null default now()
);
create index on registry.intake (municipality, status, at);
create index on registry.intake (municipality, street);

create table registry.potje (
    workflow_id text primary key,
    municipality text not null,
    street text not null,
    year integer not null,
    status text not null,
    cents bigint not null,
    parts jsonb not null,
    open_parts text[] not null,
    proposer text not null,
    approver text,
    revision bigint not null,
    waiting_since timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index on registry.potje (municipality, status);
create index on registry.potje (municipality, street);

-- Sessions of the desk: only a hash of the cookie, so that a stolen backup signs nobody in.
create table registry.session (
    token_hash bytea primary key,
    staff text not null,
    municipality text not null,
    role text not null,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);

grant select, insert, update on
    registry.policy, registry.signup, registry.street, registry.intake, registry.potje, registry.session
    to straat_app;
