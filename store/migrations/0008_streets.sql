-- The life of a street: its shape, its pauses, its sleep, and what became of it.
set local role straat_owner;

alter table registry.street
    add column paused boolean not null default false,
    add column shape text not null default 'street',
    add column since date,
    add column asleep_since date,
    add column merged_into text,
    add column split_from text,
    add column approach uuid;
