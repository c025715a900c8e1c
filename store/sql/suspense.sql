-- name: items
-- $2 null: all that wait for a place, the oldest first; else that one, placed or not.
select transfer, municipality, fiscal_year as year, cents, booked_on, details, entry from money.suspense
where municipality = $1 and case when $2::uuid is null then placed_at is null else transfer = $2 end
order by booked_on, transfer

-- name: lock_item
select transfer, municipality, fiscal_year as year, cents, booked_on, details, entry from money.suspense
where municipality = $1 and transfer = $2
for update

-- name: place
update money.suspense set entry = $2, placed_at = now() where transfer = $1

-- name: has_street
select exists (select from registry.street where municipality = $1 and slug = $2)

-- name: has_entry
select exists (select from money.entry where municipality = $1 and id = $2)
