set local role straat_owner;

-- A story that may be shared stands on the website once somebody of the municipality has read it and said so.
alter table registry.story
    add column read_at timestamptz,
    add column read_by text,
    add column shown boolean not null default false,
    add constraint shown_is_read check (read_at is not null or not shown);
create index on registry.story (municipality, told_at, id) where share and withdrawn_at is null;

-- Why a concern may be no person's: many came at once, or a field was filled in that nobody sees. It is taken in
-- like any other, after those without doubt.
alter table post.submission
    add column doubt text check (doubt in ('many', 'trap'));

reset role;
