-- Events for other systems: written with their fact, numbered in one line for who follows them, sent to webhooks.
create schema event authorization straat_owner;
set local role straat_owner;
grant usage on schema event to straat_app;

-- What is told of a fact. It gets its place, and who tells it, a moment after its transaction: whoever gives out
-- places sees only what is committed and holds a lock, so a place is never given behind one that was read already.
-- Without a fact (its `seq` in the journal) it is a ping, which tries a webhook and has no place in the line.
-- Few indexes: a thousand potjes are approved in one statement.
create table event.told (
    nr bigint generated always as identity primary key,
    id uuid not null,
    fact bigint unique,
    municipality text not null,
    kind text not null,
    subject text not null,
    data jsonb not null,
    told_at timestamptz not null default now(),
    place bigint,
    source text,
    dataref text,
    constraint placed_is_told_by_somebody check (place is null or (source is not null and dataref is not null))
);
create unique index on event.told (id) where fact is null;
create index on event.told (nr) where place is null and fact is not null;
create unique index on event.told (place) where place is not null;
create index on event.told (municipality, place) where place is not null;
create sequence event.place;

-- A webhook. Its secret is sealed under a master key; the former one signs along until `old_until`.
create table event.webhook (
    id uuid primary key,
    municipality text not null,
    name text not null,
    url text not null,
    kinds text[] not null,
    state text not null default 'active' check (state in ('active', 'paused', 'gone', 'ended')),
    key_id integer not null,
    secret bytea not null,
    old_key_id integer,
    old_secret bytea,
    old_until timestamptz,
    made_by text not null,
    made_at timestamptz not null default now(),
    delivered_at timestamptz,
    failing_since timestamptz,
    last_code text,
    constraint old_is_whole check (
        (old_secret is null) = (old_key_id is null) and (old_secret is null) = (old_until is null)
    )
);
create index on event.webhook (municipality) where state <> 'ended';

-- One event for one webhook. `next_at` is when it is tried, and while it is being sent, when its sender is given up.
create table event.delivery (
    event bigint not null references event.told (nr) on delete cascade,
    webhook uuid not null references event.webhook (id),
    state text not null default 'waiting' check (state in ('waiting', 'sending', 'delivered', 'dead')),
    attempts integer not null default 0,
    next_at timestamptz not null default now(),
    code text,
    made_at timestamptz not null default now(),
    ended_at timestamptz,
    primary key (event, webhook)
);
create index on event.delivery (webhook, next_at) where state in ('waiting', 'sending');
create index on event.delivery (webhook, event);
create index on event.delivery (webhook) where state = 'dead';

create trigger announce after insert on event.told for each statement execute function post.announce('events');

grant select, insert, update, delete on event.told, event.delivery to straat_app;
grant select, insert, update on event.webhook to straat_app;
grant usage on sequence event.place to straat_app;
reset role;
