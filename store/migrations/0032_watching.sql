-- Watching: where a submission and a mail come from, when a backup was made, and which shape a database has.
grant usage on schema public to straat_app;
-- A process holds what it was made for against what was applied; the digests are the migration's own business.
grant select (name) on public.migration to straat_app;

set local role straat_owner;

-- The trace that a submission or a mail belongs to (W3C traceparent), where traces are on. It says nothing about anybody.
alter table post.submission add column trace text;
alter table post.mail
    add column trace text,
    -- Which workflow wrote it, so that the postman can say so in the log.
    add column workflow_id text;

-- What is counted every few seconds, found without a walk through everything there ever was.
create index on post.submission (municipality) where refused is not null;
create index on post.mail (municipality) where state = 'failed';

-- One line a backup that is whole: the application reads it, who makes backups writes it.
create table registry.backup (
    made_at timestamptz primary key default now(),
    way text not null check (way in ('straat', 'dump'))
);
grant select on registry.backup to straat_app;
