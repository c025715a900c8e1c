-- Accounts that a batch may pay on: in force, not erased, and not one of which the bank said last that it is closed.
set local role straat_owner;

create view money.payable as
select y.municipality, y.street, y.ref
from money.payee y
where y.state = 'in_force'
    and exists (select from vault.item i where i.ref = y.ref and i.erased_at is null)
    and (
        select f.code from money.payment f
        where (f.municipality, f.street, f.payee) = (y.municipality, y.street, y.ref)
            and f.state not in ('open', 'cancelled')
        order by f.resolved_at desc nulls last limit 1
    ) is distinct from 'AC04';

grant select on money.payable to straat_app;
reset role;
