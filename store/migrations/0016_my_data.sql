-- My data: finding somebody by address in a sealed vault, the code that opens what is kept of them.
create schema person authorization straat_owner;
alter table post.submission drop constraint if exists submission_kind_check;
alter table post.submission add constraint submission_kind_check check (kind in (
    'signup', 'answer', 'money', 'approval', 'payment', 'batch', 'payee', 'code',
    'renewal', 'visit', 'pick', 'concern', 'concern_act', 'concern_code',
    'person_link', 'person_code', 'person_leave'
));
set local role straat_owner;
grant usage on schema person to straat_app;

-- A keyed digest of the address, under a key derived from the master key `found_key`; gone with the person.
alter table vault.item
    add column found_key integer,
    add column found_by bytea check (octet_length(found_by) = 32),
    add constraint found_while_kept check (
        (found_by is null) = (found_key is null) and (found_by is null or erased_at is null)
    );
create index on vault.item (municipality, found_by) where found_by is not null;
create index on vault.item (created_at) where kind = 'person' and erased_at is null;

-- Whose code it is, to whose mailbox it goes (a new address is a sealed person of its own), and what it opens.
create table person.code (
    id uuid primary key,
    municipality text not null,
    person uuid not null,
    reader uuid not null,
    opens text not null check (opens in ('data', 'address')),
    browser_hash bytea not null,
    wrong integer not null default 0,
    used_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index on person.code (created_at);

create table person.session (
    token_hash bytea primary key,
    municipality text not null,
    person uuid not null,
    opened_at timestamptz not null default now(),
    expires_at timestamptz not null
);

-- What one asks of everything that is kept about one person.
create index on vault.look (ref);
create index on post.link (person);
create index on registry.story (person);
create index on registry.street using gin (gangmakers);
create index on registry.fact (municipality, seq);
create index on registry.fact (municipality, actor, seq);

grant select, insert, update, delete on person.code, person.session to straat_app;
reset role;
