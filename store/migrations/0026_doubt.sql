set local role straat_owner;

-- A concern that may be no person's says so wherever it stands, also when its submission is long done.
alter table concern.concern
    add column doubt text check (doubt in ('many', 'trap'));

reset role;
