-- Roles belong to the cluster, so a second database finds them there already; two at once must not collide.
do $$
begin
    perform pg_advisory_xact_lock(8600);
    if not exists (select from pg_roles where rolname = 'straat_owner') then
        create role straat_owner nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'straat_app') then
        create role straat_app login;
    end if;
end
$$;

revoke all on schema public from public;

create schema vault authorization straat_owner;
create schema post authorization straat_owner;
create schema registry authorization straat_owner;
set local role straat_owner;
grant usage on schema vault, post, registry to straat_app;

-- The vault: personal data, each item sealed under a data key of its own. Without the wrapped key it is noise,
-- here and in every backup.
create table vault.item (
    ref uuid primary key,
    kind text not null check (kind in ('person', 'place')),
    municipality text not null,
    key_id integer,
    wrapped_key bytea,
    sealed bytea,
    created_at timestamptz not null default now(),
    erased_at timestamptz,
    constraint sealed_or_erased check (
        (erased_at is null) = (wrapped_key is not null)
        and (wrapped_key is null) = (sealed is null)
        and (wrapped_key is null) = (key_id is null)
    )
);

-- Replayed after a restore, so that who was erased stays erased.
create table vault.erasure (
    ref uuid primary key,
    reason text not null,
    erased_at timestamptz not null default now()
);

-- Who looked at whose details on the desk.
create table vault.look (
    id bigint generated always as identity primary key,
    ref uuid not null,
    staff text not null,
    purpose text not null,
    looked_at timestamptz not null default now()
);

-- The journal: every fact once. The key makes it so; nobody changes or removes a line.
create table registry.fact (
    key text primary key,
    seq bigint generated always as identity unique,
    name text not null,
    municipality text not null,
    subject text not null,
    actor text not null,
    result jsonb,
    recorded_at timestamptz not null default now()
);
create index on registry.fact (municipality, subject, seq);

create function registry.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only' using errcode = 'LL008';
end
$$;
create trigger append_only before update or delete on registry.fact
    for each row execute function registry.refuse_change();
create trigger never_emptied before truncate on registry.fact
    for each statement execute function registry.refuse_change();
alter table registry.fact enable always trigger append_only;
alter table registry.fact enable always trigger never_emptied;

-- The inbox: what a resident was given a receipt for. The relay brings it to its workflow.
create table post.submission (
    id uuid primary key,
    kind text not null check (kind in ('signup', 'answer', 'money')),
    municipality text not null,
    receipt text unique,
    payload jsonb not null,
    received_at timestamptz not null default now(),
    relayed_at timestamptz,
    attempts integer not null default 0,
    next_at timestamptz not null default now(),
    refused text
);
create index on post.submission (next_at) where relayed_at is null;

-- Links in mails: the token's hash, what it answers, and whether it was used.
create table post.link (
    token_hash bytea primary key,
    purpose text not null,
    workflow_id text not null,
    municipality text not null,
    person uuid not null,
    street text not null,
    expires_at timestamptz,
    answered_at timestamptz,
    answer boolean,
    voided_at timestamptz,
    created_at timestamptz not null default now()
);
create index on post.link (workflow_id, person);

-- The outbox: the final bytes of each mail, sealed with its reader's own key until the mail server has them.
create table post.mail (
    id uuid primary key,
    key text not null unique,
    municipality text not null,
    person uuid not null,
    template text not null,
    language text not null,
    message_id text not null,
    sealed bytea,
    state text not null default 'queued'
        check (state in ('queued', 'sending', 'accepted', 'unknown', 'failed', 'dropped')),
    attempts integer not null default 0,
    next_at timestamptz not null default now(),
    last_code text,
    created_at timestamptz not null default now(),
    accepted_at timestamptz
);
create index on post.mail (next_at) where state in ('queued', 'sending', 'unknown');
create index on post.mail (person);

create function post.announce() returns trigger language plpgsql as $$
begin
    perform pg_notify(tg_argv[0], '');
    return null;
end
$$;
create trigger announce after insert on post.submission for each statement execute function post.announce('inbox');
create trigger announce after insert on post.mail for each statement execute function post.announce('outbox');

grant select, insert, update on vault.item to straat_app;
grant select, insert on vault.erasure, vault.look, registry.fact to straat_app;
grant select, insert, update on post.submission, post.link, post.mail to straat_app;
