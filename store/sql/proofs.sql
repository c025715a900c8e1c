-- name: files
-- Every stored file of the money, and how it is marked in a chain.
with file as (
    select 'batch/' || id as subject, document, sha256 from money.batch
    where municipality = $1 and document is not null
    union all
    select 'statement/' || id, document, sha256 from money.statement where municipality = $1
)
select coalesce(f.subject, m.subject) as subject, f.document, f.sha256, m.fiscal_year, m.digest
from file f
full join (
    select subject, fiscal_year, digest from ledger.mark where municipality = $1 and kind = 'file'
) m on m.subject = f.subject
order by 1

-- name: notes
-- What somebody gave as a reason, and its mark; the digest of the words as they are now.
select coalesce(e.id::text, m.subject) as subject, sha256(convert_to(e.reason, 'UTF8')) as digest, m.digest as marked
from (select id, reason from money.entry where municipality = $1 and fiscal_year = $2) e
full join (
    select subject, digest from ledger.mark where municipality = $1 and fiscal_year = $2 and kind = 'note'
) m on m.subject = e.id::text
where m.digest is distinct from sha256(convert_to(e.reason, 'UTF8'))
order by 1

-- name: entries
-- What an entry tells of its money, beside the transfers of its group, which the chain holds.
with booked as (
    select t.group_id, array_agg(t.debit) || array_agg(t.credit) as codes, min(t.cents) as least,
        max(t.cents) as most, array_agg(distinct t.actor::text) as actors, count(t.reverses_id) = count(*) as undone,
        array_agg(distinct o.group_id) as undoes,
        array_agg(distinct t.reason::text) as reasons
    from ledger.transfer t left join ledger.transfer o on o.id = t.reverses_id
    where t.municipality = $1 and t.fiscal_year = $2 group by t.group_id
)
select e.id::text as subject
from money.entry e left join booked b on b.group_id = e.id
where e.municipality = $1 and e.fiscal_year = $2 and (
    array[e.source, e.target] <@ b.codes and (b.least, b.most) = (e.cents, e.cents)
    and b.actors = array[e.entered_by] and b.reasons = array['entry.' || e.kind]
    and b.undone = (e.kind = 'correction') and b.undone = (e.corrects is not null)
    and (e.corrects is null or b.undoes = array[e.corrects])
) is not true
order by 1
