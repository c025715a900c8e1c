-- Revoking: what took access away, found without a walk through the journal. The worker writes it apart each minute.
set local role straat_owner;
create index on registry.fact (seq)
where name in ('client.ended', 'staff.ended', 'staff.passkey_removed', 'staff.role_ended', 'webhook.ended');
reset role;
