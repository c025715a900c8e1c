-- What no statement reads is not kept up: a thousand potjes that are approved at once write each index a thousand times.
set local role straat_owner;

-- The journal is read by municipality, so its numbers are kept apart and in order there; never by number alone.
alter table registry.fact drop constraint fact_seq_key;
create unique index fact_numbered on registry.fact (municipality, seq);
drop index registry.fact_municipality_seq_idx;

-- News and approvals have no receipt; only what a resident sent has one.
alter table post.submission drop constraint submission_receipt_key;
create unique index submission_receipt on post.submission (receipt) where receipt is not null;

-- A potje is written some six times in its life: the next version finds room beside the one before it.
alter table registry.potje set (fillfactor = 50);

reset role;
