-- Who looked at whose details, by when: the list of the privacy officer reads a few months of it.
set local role straat_owner;
create index on vault.look (looked_at);
reset role;
