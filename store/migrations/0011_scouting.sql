-- Talent scouting: rounds, their streets, and what came of ringing there. Nothing here says who was spoken to.
create schema scouting authorization straat_owner;
-- Every kind that some room of the house sends, so that the order of these files does not matter.
alter table post.submission drop constraint if exists submission_kind_check;
alter table post.submission add constraint submission_kind_check check (kind in (
    'signup', 'answer', 'money', 'approval', 'payment', 'batch', 'payee', 'code',
    'renewal', 'visit'
));
set local role straat_owner;
grant usage on schema scouting to straat_app;

alter table registry.signup add column source text not null default 'campaign';
alter table registry.signup add column round uuid;
create index on registry.signup (round) where round is not null;

create table scouting.round (
    id uuid primary key,
    municipality text not null,
    wijk text not null,
    scouts text[] not null check (cardinality(scouts) > 0),
    until timestamptz not null,
    started_by text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    ended_by text,
    workflow_id text not null unique
);
create index on scouting.round (municipality, started_at);

create table scouting.target (
    round uuid not null references scouting.round,
    street text not null,
    name text not null,
    part text,
    place integer not null,
    due_at timestamptz,
    primary key (round, street)
);

-- A visit, under the id of the form that told of it: sent twice, it is there once.
create table scouting.visit (
    id uuid primary key,
    seq bigint generated always as identity unique,
    round uuid not null,
    municipality text not null,
    street text not null,
    scout text not null,
    outcome text not null check (outcome in ('nobody_home', 'talked', 'candidate', 'refused')),
    visited_at timestamptz not null,
    again_on date,
    rest_until date,
    received_at timestamptz not null default now(),
    foreign key (round, street) references scouting.target,
    check ((outcome = 'refused') = (rest_until is not null))
);
create index on scouting.visit (round, street, visited_at);
create index on scouting.visit (municipality, street) where rest_until is not null;

grant select, insert, update on scouting.round, scouting.target to straat_app;
grant select, insert on scouting.visit to straat_app;
reset role;
