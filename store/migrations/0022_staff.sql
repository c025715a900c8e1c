-- Who works at the desk of a municipality, as what, and how they come in.
create schema staff authorization straat_owner;
alter table post.submission drop constraint if exists submission_kind_check;
alter table post.submission add constraint submission_kind_check check (kind in (
    'signup', 'answer', 'money', 'approval', 'payment', 'batch', 'payee', 'code',
    'renewal', 'visit', 'pick', 'concern', 'concern_act', 'concern_code',
    'person_link', 'person_code', 'person_leave',
    'staff_invitation', 'staff_code'
));
alter table vault.item drop constraint item_kind_check;
alter table vault.item add constraint item_kind_check
    check (kind in ('person', 'place', 'account', 'story', 'concern', 'document', 'staff'));
set local role straat_owner;
grant usage on schema staff to straat_app;

-- One person at one desk. `person` is the human, the same in each municipality that they joined by their passkey;
-- `contact` is the sealed name and address; `account` is a keyed digest of who they are at
-- the provider, under a key derived from the master key `account_by`.
create table staff.member (
    ref text primary key check (ref ~ '^[a-z0-9:-]{1,60}$'),
    municipality text not null,
    person uuid not null,
    contact uuid not null,
    account bytea check (octet_length(account) = 32),
    account_by integer,
    invitations integer not null default 0,
    invited_at timestamptz,
    joined_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz not null default now(),
    unique (municipality, person)
);
create unique index on staff.member (municipality, account);
create index on staff.member (person);
create index on staff.member (contact);

-- What somebody may be, and who says so: the desk (an invitation) or the provider (a group).
create table staff.role (
    ref text not null references staff.member,
    role text not null check (role in ('coordinator', 'treasurer', 'scout', 'privacy', 'lead', 'operator')),
    source text not null check (source in ('desk', 'provider')),
    given_at timestamptz not null default now(),
    primary key (ref, role, source)
);

-- Passkeys belong to the person. The name they gave it may say who they are, so it is sealed.
create table staff.passkey (
    id uuid primary key,
    credential bytea not null unique,
    person uuid not null,
    public_key bytea not null,
    sign_count bigint not null,
    key_id integer not null,
    name bytea not null,
    created_at timestamptz not null default now(),
    used_at timestamptz
);
create index on staff.passkey (person);

-- The code behind an invitation, and the quarter of an hour after it in which a passkey is made.
create table staff.code (
    id uuid primary key,
    municipality text not null,
    ref text not null,
    browser_hash bytea not null,
    wrong integer not null default 0,
    used_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index on staff.code (created_at);
create index on staff.code (ref);

create table staff.entrance (
    token_hash bytea primary key,
    municipality text not null,
    ref text not null,
    expires_at timestamptz not null
);

-- What works once (a challenge, the state of a way to the provider) and was used.
create table staff.spent (
    digest bytea primary key,
    expires_at timestamptz not null
);

grant select, insert, update on staff.member to straat_app;
grant select, insert, update, delete on staff.role, staff.passkey, staff.code, staff.entrance, staff.spent to straat_app;

-- How a session began, in what kind of browser, and a name for it that signs nobody in.
alter table registry.session
    add column id uuid not null default gen_random_uuid(),
    add column how text not null default 'local' check (how in ('local', 'provider', 'passkey')),
    add column browser text not null default 'other';
alter table registry.session alter column how drop default;
create unique index on registry.session (id);
create index on registry.session (staff, expires_at) where revoked_at is null;
reset role;
