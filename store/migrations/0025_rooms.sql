-- The desk's numbers, people and operators: what a street's phase was and when, and indexes for long lists.
set local role straat_owner;

-- Each time a street comes into another phase. Kept by the trigger below, so that no writer forgets it.
create table registry.turn (
    id bigint generated always as identity primary key,
    municipality text not null,
    street text not null,
    phase text not null,
    was text,
    at timestamptz not null default now()
);
create index on registry.turn (municipality, at) include (phase, was);

-- What can still be known of the streets there are.
insert into registry.turn (municipality, street, phase, was, at)
select municipality, slug, phase, lag(phase) over (partition by municipality, slug order by step), at
from (
    select municipality, slug, 'intake' as phase, opened_at as at, 1 as step from registry.street
    union all
    select municipality, slug, 'active', greatest(since::timestamptz, opened_at), 2 from registry.street
    where since is not null
    union all
    select municipality, slug, 'sleeping', greatest(asleep_since::timestamptz, opened_at), 3 from registry.street
    where asleep_since is not null
    union all
    select municipality, slug, 'ended', updated_at, 4 from registry.street where phase = 'ended'
) known;

create function registry.note_turn() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into registry.turn (municipality, street, phase) values (new.municipality, new.slug, new.phase);
    elsif old.phase is distinct from new.phase then
        insert into registry.turn (municipality, street, phase, was)
        values (new.municipality, new.slug, new.phase, old.phase);
    end if;
    return null;
end
$$;
create trigger note_turn after insert or update on registry.street
    for each row execute function registry.note_turn();

grant select, insert on registry.turn to straat_app;

-- When a street first had its potje, and its first conversation.
create index on registry.fact (municipality, subject, recorded_at) where name in ('potje.paid', 'potje.received');
create index on registry.signup (municipality, street);
create index on registry.story (municipality, told_at);

-- What is stuck, by municipality.
create index on post.submission (municipality, received_at) where relayed_at is null;
create index on post.submission (municipality, received_at) where refused is not null;
create index on post.mail (municipality, created_at) where state <> 'accepted';

reset role;
