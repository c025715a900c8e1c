-- Concerns: where each stands, and the way in for the professional who is asked. No street, no words, nobody's name.
create schema concern authorization straat_owner;
alter table post.submission drop constraint if exists submission_kind_check;
alter table post.submission add constraint submission_kind_check check (kind in (
    'signup', 'answer', 'money', 'approval', 'payment', 'batch', 'payee', 'code',
    'renewal', 'visit', 'pick', 'concern', 'concern_act', 'concern_code'
));
alter table vault.item drop constraint item_kind_check;
alter table vault.item add constraint item_kind_check
    check (kind in ('person', 'place', 'account', 'story', 'document', 'concern'));
set local role straat_owner;
grant usage on schema concern to straat_app;
alter table money.addressee drop constraint addressee_role_check;
alter table money.addressee add constraint addressee_role_check check (role ~ '^[a-z0-9:_-]{1,60}$');

create table concern.concern (
    id uuid primary key,
    workflow_id text not null unique,
    municipality text not null,
    wijk text not null,
    topic text not null,
    urgency text not null check (urgency in ('today', 'week', 'later')),
    status text not null check (status in ('waiting', 'picked_up', 'closed')),
    holder text not null,
    due_at timestamptz,
    raised_at timestamptz not null,
    picked_up_at timestamptz,
    closed_at timestamptz,
    outcome text,
    missed integer not null default 0,
    reopened boolean not null default false,
    knows text not null,
    may_call boolean not null,
    text uuid,
    reporter uuid,
    revision bigint not null,
    updated_at timestamptz not null default now()
);
create index on concern.concern (municipality, status, due_at);
create index on concern.concern (municipality, raised_at);

-- The code that lets a professional in, derived from its id; tied to the browser that asked for it.
create table concern.code (
    id uuid primary key,
    concern uuid not null,
    professional text not null,
    municipality text not null,
    person uuid not null,
    browser_hash bytea not null,
    wrong integer not null default 0,
    used_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create table concern.session (
    token_hash bytea primary key,
    concern uuid not null,
    professional text not null,
    municipality text not null,
    opened_at timestamptz not null default now(),
    expires_at timestamptz not null
);

grant select, insert, update on concern.concern, concern.code to straat_app;
grant select, insert, update, delete on concern.session to straat_app;
reset role;
