-- A question that was decided tells its street and its round through the inbox, in the transaction of the decision.
set local role straat_owner;

alter table post.submission drop constraint submission_kind_check;
alter table post.submission add constraint submission_kind_check check (kind in (
    'signup', 'answer', 'money', 'approval', 'payment', 'batch', 'payee', 'code',
    'renewal', 'renewal_decided', 'round_decided', 'visit', 'pick', 'concern', 'concern_act', 'concern_code',
    'person_link', 'person_code', 'person_leave',
    'staff_invitation', 'staff_code'
));
