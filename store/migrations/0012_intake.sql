-- Intake: moments in the agenda of coordinators, what was offered to whom, and starter packages.
create schema intake authorization straat_owner;
alter table post.submission drop constraint if exists submission_kind_check;
alter table post.submission add constraint submission_kind_check check (kind in (
    'signup', 'answer', 'money', 'approval', 'payment', 'batch', 'payee', 'code',
    'renewal', 'visit', 'pick'
));
set local role straat_owner;
alter table money.addressee drop constraint addressee_role_check;
alter table money.addressee add constraint addressee_role_check check (role in ('auditor', 'party'));
grant usage on schema intake to straat_app;

alter table registry.intake
    add column unsuited boolean not null default false,
    add column nudges integer not null default 0,
    add column missed integer not null default 0,
    add column agreed uuid[] not null default '{}',
    add column referral text,
    add column approach uuid;

-- A moment that a coordinator can. Its place is sealed; ``taken_by`` is the intake that picked it.
create table intake.slot (
    id uuid primary key,
    municipality text not null,
    coordinator text not null,
    at timestamptz not null,
    place uuid not null,
    taken_by text,
    withdrawn_at timestamptz,
    made_at timestamptz not null default now()
);
create unique index on intake.slot (municipality, coordinator, at) where withdrawn_at is null;
create index on intake.slot (municipality, at) where taken_by is null and withdrawn_at is null;
create index on intake.slot (taken_by) where taken_by is not null;

create table intake.offer (
    workflow_id text not null,
    number integer not null,
    slot uuid not null references intake.slot,
    primary key (workflow_id, number, slot)
);
create index on intake.offer (slot);

-- One in the life of a street.
create table intake.starter (
    municipality text not null,
    street text not null,
    status text not null check (status in ('ordered', 'sent', 'received')),
    revision bigint not null,
    ordered_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (municipality, street)
);
create index on intake.starter (municipality, status);

grant select, insert, update on intake.slot, intake.starter to straat_app;
grant select, insert on intake.offer to straat_app;
reset role;
