-- Money beside the ledger: what was typed, paid, imported. The ledger alone says how much there is.
create schema money authorization straat_owner;
alter table vault.item drop constraint item_kind_check;
alter table vault.item add constraint item_kind_check
    check (kind in ('person', 'place', 'account', 'story', 'document'));
alter table post.submission drop constraint submission_kind_check;
alter table post.submission add constraint submission_kind_check
    check (kind in ('signup', 'answer', 'money', 'approval', 'payment', 'batch', 'payee', 'code'));
set local role straat_owner;
grant usage on schema money to straat_app;

-- What the treasurer entered and why. Its money is the transfer group of the same id; the reason's digest
-- stands in the chain (ledger.mark), so that the words cannot change either.
create table money.entry (
    id uuid primary key,
    municipality text not null,
    fiscal_year integer not null,
    kind text not null check (kind in ('grant', 'less', 'move', 'expense', 'correction', 'placed')),
    source text not null,
    target text not null,
    cents bigint not null check (cents > 0),
    reason text not null check (length(reason) between 3 and 300),
    corrects uuid unique references money.entry,
    entered_by text not null,
    entered_at timestamptz not null default now()
);
create index on money.entry (municipality, fiscal_year, entered_at);

-- Where a street is paid. The holder and the IBAN are in the vault, under ref.
create table money.payee (
    ref uuid primary key,
    municipality text not null,
    street text not null,
    given_by uuid not null,
    state text not null check (state in ('asked', 'confirmed', 'in_force', 'replaced', 'refused')),
    given_at timestamptz not null default now(),
    decided_at timestamptz
);
create index on money.payee (given_by);
create unique index payee_in_force on money.payee (municipality, street) where state = 'in_force';

-- A payment batch: frozen, its file kept with its digest, released by somebody else, settled by statements.
create table money.batch (
    id uuid primary key,
    municipality text not null,
    fiscal_year integer not null,
    number integer not null,
    workflow_id text not null unique,
    state text not null check (state in ('frozen', 'released', 'cancelled', 'settled')),
    payments integer not null check (payments > 0),
    cents bigint not null check (cents > 0),
    execution_date date not null,
    frozen_by text not null,
    frozen_at timestamptz not null,
    document uuid,
    sha256 bytea check (octet_length(sha256) = 32),
    released_by text,
    released_at timestamptz,
    downloaded_at timestamptz,
    ended_at timestamptz,
    unique (municipality, fiscal_year, number),
    constraint four_eyes check (released_by <> frozen_by),
    constraint released_has_file check (released_at is null or document is not null)
);

-- One payment to one street; its id without hyphens is the EndToEndId, and the reservation in the ledger is its own.
create table money.payment (
    id uuid primary key,
    batch uuid not null references money.batch,
    position integer not null,
    municipality text not null,
    fiscal_year integer not null,
    street text not null,
    potje text not null,
    payee uuid not null references money.payee,
    cents bigint not null check (cents > 0),
    reserve_id uuid not null unique,
    post_id uuid unique,
    state text not null check (state in ('open', 'booked', 'rejected', 'returned', 'cancelled')),
    code text check (code ~ '^[A-Z0-9]{1,35}$'),
    booked_on date,
    resolved_at timestamptz,
    unique (batch, position)
);
create unique index payment_once on money.payment (potje) where state in ('open', 'booked');
create index on money.payment (municipality, street);
create index on money.payment (municipality, state);

-- A bank statement as it came, also a wrong one; its file is in the vault.
create table money.statement (
    id uuid primary key,
    municipality text not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    document uuid not null,
    state text not null check (state in ('booked', 'refused')),
    problem text,
    bank_id text,
    from_day date,
    to_day date,
    counts jsonb not null default '{}',
    uploaded_by text not null,
    uploaded_at timestamptz not null default now()
);
create unique index statement_once on money.statement (municipality, sha256) where state = 'booked';
create unique index statement_id_once on money.statement (municipality, bank_id) where state = 'booked';

-- One movement of a statement and what became of it. The key is the bank's own reference, so that a movement
-- that comes twice, in two statements that overlap, is booked once.
create table money.movement (
    statement uuid not null references money.statement,
    position integer not null,
    municipality text not null,
    key text not null,
    booked_on date not null,
    cents bigint not null,
    outcome text not null check (outcome in ('booked', 'rejected', 'returned', 'suspense')),
    payments integer not null default 0,
    transfer uuid,
    details uuid,
    primary key (statement, position),
    unique (municipality, key)
);

-- What landed in suspense waits for somebody to place it. `cents` above zero came in, below zero went out.
create table money.suspense (
    transfer uuid primary key,
    municipality text not null,
    fiscal_year integer not null,
    cents bigint not null,
    booked_on date not null,
    details uuid,
    entry uuid references money.entry,
    placed_at timestamptz
);
create index on money.suspense (municipality) where placed_at is null;

-- Who hears of the money besides the desk: the auditor. Sealed like everybody else.
create table money.addressee (
    municipality text not null,
    role text not null check (role in ('auditor')),
    ref uuid not null,
    primary key (municipality, role)
);

-- A story of a street; its words are in the vault.
create table registry.story (
    id uuid primary key,
    municipality text not null,
    street text not null,
    person uuid not null,
    words uuid not null,
    share boolean not null,
    told_at timestamptz not null default now(),
    withdrawn_at timestamptz
);
create index on registry.story (municipality, street, told_at);

-- The code that opens a street's door for its gangmaker: derived from the id, so that nothing here tells it.
create table post.code (
    id uuid primary key,
    municipality text not null,
    street text not null,
    person uuid not null,
    browser_hash bytea not null,
    wrong integer not null default 0,
    used_at timestamptz,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index on post.code (person, created_at);

create table registry.door (
    token_hash bytea primary key,
    municipality text not null,
    street text not null,
    person uuid not null,
    opened_at timestamptz not null default now(),
    expires_at timestamptz not null
);

-- How often something was tried lately; rows are of no use after an hour.
create table post.attempt (
    key text not null,
    at timestamptz not null default now()
);
create index on post.attempt (key, at);

create trigger append_only before update or delete on money.entry
    for each row execute function registry.refuse_change();
create trigger never_emptied before truncate on money.entry
    for each statement execute function registry.refuse_change();
alter table money.entry enable always trigger append_only;
alter table money.entry enable always trigger never_emptied;

grant select, insert on money.entry, money.movement, money.statement to straat_app;
grant select, insert, update on money.payee, money.batch, money.payment, money.suspense, money.addressee,
    registry.story, post.code to straat_app;
grant select, insert, update, delete on registry.door, post.attempt to straat_app;
reset role;
