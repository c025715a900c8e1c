-- Retention: what the daily round removes, and its report. Who looked at whose details can be removed by nobody
-- before it is old enough, so that goes by a function that says so itself.
set local role straat_owner;

-- How many of each class went on a day; nothing here is about anybody.
create table registry.removed (
    municipality text not null,
    day date not null,
    class text not null,
    items bigint not null,
    at timestamptz not null default now(),
    primary key (municipality, day, class)
);
grant select, insert, update on registry.removed to straat_app;

grant delete on post.submission, post.mail, post.link, post.code, concern.code, client.submission, registry.session,
    event.webhook to straat_app;

create function vault.forget_looks(municipality text, term interval, most integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    gone integer;
begin
    if term < interval '90 days' then
        raise exception 'who looked is kept for 90 days at least' using errcode = 'LL008';
    end if;
    delete from vault.look where id in (
        select l.id from vault.look l join vault.item i on i.ref = l.ref
        where i.municipality = forget_looks.municipality and l.looked_at < now() - term
        order by l.id limit most
    );
    get diagnostics gone = row_count;
    return gone;
end
$$;
revoke all on function vault.forget_looks(text, interval, integer) from public;
grant execute on function vault.forget_looks(text, interval, integer) to straat_app;
reset role;
