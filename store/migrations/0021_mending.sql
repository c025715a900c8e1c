-- The log of looks is read by what was looked at, and a concern by the words that were.
set local role straat_owner;
create index on vault.look (ref);
create index on concern.concern (text);
reset role;
