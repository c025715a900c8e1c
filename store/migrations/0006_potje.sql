-- What a bulk approval, a batch and the code of a hand-over need to know of a potje.
set local role straat_owner;
alter table registry.potje
    add column attempt integer not null default 0,
    add column handovers integer not null default 0;
create index potje_to_approve on registry.potje (municipality, year, workflow_id) where status = 'to_approve';
reset role;
