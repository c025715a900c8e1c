-- name: shape
-- Which migrations a database had, and the policies in force: this changes whenever one of them does.
select concat_ws(' ',
    (select md5(string_agg(name || digest, ' ' order by name)) from public.migration),
    (select md5(string_agg(municipality || version, ' ' order by municipality)) from (
        select municipality, max(version) as version from registry.policy group by municipality
    ) in_force)
)
