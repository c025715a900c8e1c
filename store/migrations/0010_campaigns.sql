-- Campaigns: channels with a code each, and how often a code was opened on a day. Never by whom.
create schema outreach authorization straat_owner;
set local role straat_owner;
grant usage on schema outreach to straat_app;

create table outreach.campaign (
    id uuid primary key,
    municipality text not null,
    name text not null,
    first_day date not null,
    last_day date not null,
    planned_cents bigint not null check (planned_cents >= 0),
    made_by text not null,
    made_at timestamptz not null default now(),
    check (first_day <= last_day)
);
create index on outreach.campaign (municipality, first_day desc);

create table outreach.channel (
    municipality text not null,
    code text not null check (code ~ '^[a-z0-9-]{1,40}$'),
    campaign uuid not null references outreach.campaign,
    kind text not null,
    words text not null,
    made_at timestamptz not null default now(),
    primary key (municipality, code)
);
create index on outreach.channel (campaign);

create table outreach.visit (
    municipality text not null,
    code text not null,
    day date not null,
    visits bigint not null default 1,
    primary key (municipality, code, day),
    foreign key (municipality, code) references outreach.channel
);

create table outreach.cost (
    entry uuid primary key,
    campaign uuid not null references outreach.campaign
);

grant select, insert on outreach.campaign, outreach.channel, outreach.cost to straat_app;
grant select, insert, update on outreach.visit to straat_app;
