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
