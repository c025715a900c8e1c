-- A municipality with :n streets and what a few years leave around them. Filled as the superuser, in one go.
select setseed(0.42);

insert into registry.street (municipality, slug, name, part, wijk, phase, gangmakers, minimum, next_date, revision,
    since, asleep_since, opened_at, updated_at)
select 'rotterdam', 'straat-' || lpad(i::text, 5, '0'), 'Straat ' || i, case when i % 7 = 0 then 'tot de brug' end,
    (array['Delfshaven', 'Feijenoord', 'Hillegersberg', 'IJsselmonde', 'Kralingen', 'Noord', 'Overschie', 'Charlois'])
        [1 + i % 8],
    case when i % 20 < 14 then 'active' when i % 20 < 16 then 'intake' when i % 20 < 19 then 'sleeping' else 'ended' end,
    array[gen_random_uuid(), gen_random_uuid()], 1, current_date + i % 365, 1,
    case when i % 20 not in (14, 15) then current_date - i % 700 end,
    case when i % 20 between 16 and 18 then current_date - i % 90 end,
    now() - (20 + i % 700) * interval '1 day', now()
from generate_series(1, :n) i;

truncate registry.turn;
insert into registry.turn (municipality, street, phase, was, at)
select municipality, slug, 'intake', null, opened_at from registry.street
union all
select municipality, slug, 'active', 'intake', opened_at + interval '15 days' from registry.street where phase <> 'intake'
union all
select municipality, slug, phase, 'active', now() - interval '9 days' from registry.street
where phase in ('sleeping', 'ended');

insert into vault.item (ref, kind, municipality, key_id, wrapped_key, sealed, found_key, found_by)
select ref, 'person', municipality, 1, '\x00', '\x00', 1, sha256(ref::text::bytea)
from registry.street, unnest(gangmakers) ref;

insert into vault.look (ref, staff, purpose, looked_at)
select ref, 'rotterdam:coordinator-1', 'street_page', now() - random() * interval '300 days'
from registry.street, unnest(gangmakers) ref, generate_series(1, 3);

insert into post.submission (id, kind, municipality, receipt, payload, received_at, relayed_at)
select gen_random_uuid(), 'signup', municipality, slug, '{}', opened_at, opened_at from registry.street;

insert into registry.signup (submission, municipality, street, campaign, status, revision, updated_at)
select id, municipality, receipt, 'flyer-' || 1 + hashtext(receipt) % 9,
    case when hashtext(receipt) % 9 = 0 then 'expired' else 'confirmed' end, 1, received_at
from post.submission where receipt is not null;

insert into post.link (token_hash, purpose, workflow_id, municipality, person, street, answered_at, created_at)
select sha256(s.slug::bytea), 'confirm_signup', 'signup-' || p.id, s.municipality, s.gangmakers[1], s.name, now(), now()
from registry.street s join post.submission p on p.receipt = s.slug;

insert into post.mail (id, key, municipality, person, template, language, message_id, state, created_at)
select gen_random_uuid(), slug || '/' || k, municipality, gangmakers[1], 'welcome', 'nl', 'm',
    case when k = 1 and hashtext(slug) % 500 = 0 then 'failed' else 'accepted' end, opened_at + k * interval '9 days'
from registry.street, generate_series(1, 6) k;

insert into registry.intake (workflow_id, municipality, street, status, at, coordinator, gangmakers, revision, nudges,
    updated_at)
select 'intake-rotterdam-' || slug || '-1', municipality, slug,
    case when phase <> 'intake' then 'accepted'
        else (array['open', 'open', 'proposed', 'planned', 'planned', 'waiting'])[1 + abs(hashtext(slug)) % 6] end,
    opened_at + (12 + abs(hashtext(slug)) % 20) * interval '1 day', 'rotterdam:coordinator-1', 2, 1,
    (abs(hashtext(slug)) % 5 = 0)::integer, opened_at
from registry.street;

insert into registry.potje (workflow_id, municipality, street, year, status, cents, parts, open_parts, proposer, approver,
    revision, waiting_since, updated_at)
select 'potje-rotterdam-' || slug || '-' || year, municipality, slug, year, status, 15000, '[["bank", 15000]]',
    case when status = 'paid' then '{}'::text[] else '{bank}' end, 'rotterdam:coordinator-' || 1 + abs(hashtext(slug)) % 2,
    case when status in ('approved', 'paid') then 'rotterdam:treasurer-1' end, 1, opened_at, opened_at
from registry.street, generate_series(extract(year from now())::integer - 1, extract(year from now())::integer) year,
    lateral (select case when year < extract(year from now()) or abs(hashtext(slug)) % 20 < 15 then 'paid'
        else (array['to_approve', 'to_approve', 'approved', 'approved', 'waiting_for_budget'])
            [1 + abs(hashtext(slug)) % 5] end as status) s
where phase in ('active', 'sleeping');

insert into registry.fact (key, name, municipality, subject, actor, recorded_at)
select slug || '/' || k,
    (array['signup.confirm_signup', 'street.joined', 'intake.planned', 'intake.recorded', 'street.decided',
        'potje.reserved', 'potje.approved', 'potje.paid', 'street.attentie', 'street.attentie', 'street.attentie',
        'renewal.asked', 'renewal.decided', 'street.renewed', 'street.year'])[k],
    municipality, slug, case when k % 3 = 0 then 'rotterdam:coordinator-1' else 'engine' end,
    opened_at + k * interval '5 days'
from registry.street, generate_series(1, 15) k;

insert into registry.renewal (workflow_id, municipality, street, year, status, outcome, people, answered, revision)
select 'renewal-rotterdam-' || slug || '-' || year, municipality, slug, year,
    case when year < extract(year from now()) or i % 10 < 7 then 'decided' when i % 10 = 9 then 'to_call' else 'asked' end,
    case when year < extract(year from now()) or i % 10 < 7 then
        (array['go_on', 'go_on', 'go_on', 'change', 'stop', 'silent', 'go_on'])[1 + i % 7] end, 2, 1, 1
from (select *, abs(hashtext(slug)) as i from registry.street where phase in ('active', 'sleeping')) s,
    generate_series(extract(year from now())::integer - 1, extract(year from now())::integer) year;

insert into intake.starter (municipality, street, status, revision)
select municipality, slug, (array['ordered', 'sent', 'received', 'received', 'received'])[1 + abs(hashtext(slug)) % 5], 1
from registry.street where phase = 'active';

insert into money.payee (ref, municipality, street, given_by, state)
select gen_random_uuid(), municipality, slug, gangmakers[1], 'in_force' from registry.street
where phase = 'active' and hashtext(slug) % 10 <> 0;
insert into vault.item (ref, kind, municipality, key_id, wrapped_key, sealed)
select ref, 'account', municipality, 1, '\x00', '\x00' from money.payee;

insert into money.batch (id, municipality, fiscal_year, number, workflow_id, state, payments, cents, execution_date,
    frozen_by, frozen_at, document, released_by, released_at)
select md5('batch' || b)::uuid, 'rotterdam', extract(year from now())::integer - 1 + b % 2, b, 'payout-rotterdam-' || b,
    case when b % 10 = 0 then 'released' else 'settled' end, 100, 1500000, current_date - b,
    'rotterdam:treasurer-1', now() - b * interval '1 day', gen_random_uuid(),
    'rotterdam:treasurer-2', now() - b * interval '1 day'
from generate_series(1, 120) b;

insert into money.payment (id, batch, position, municipality, fiscal_year, street, potje, payee, cents, reserve_id, state,
    code, resolved_at)
select gen_random_uuid(), md5('batch' || 1 + i % 120)::uuid, i, 'rotterdam', p.year, p.street, p.workflow_id, y.ref, 15000,
    gen_random_uuid(), case when p.status = 'paid' then 'booked' when i % 3 = 0 then 'rejected' else 'cancelled' end,
    case when p.status <> 'paid' and i % 3 = 0 then 'AC04' end, now() - random() * interval '300 days'
from (select *, row_number() over (order by workflow_id) as i from registry.potje where status in ('paid', 'approved')) p
join money.payee y on (y.municipality, y.street) = (p.municipality, p.street);

insert into money.statement (id, municipality, sha256, document, state, bank_id, counts, uploaded_by, uploaded_at)
select gen_random_uuid(), 'rotterdam', sha256(('s' || k)::bytea), gen_random_uuid(), 'booked', 'B' || k,
    '{"booked": 100}', 'rotterdam:treasurer-1', now() - k * interval '1 day'
from generate_series(1, 300) k;
insert into money.suspense (transfer, municipality, fiscal_year, cents, booked_on, placed_at)
select gen_random_uuid(), 'rotterdam', extract(year from now())::integer, 100 * k, current_date - k,
    case when k > 20 then now() end
from generate_series(1, 400) k;

insert into registry.story (id, municipality, street, person, words, share, told_at, read_at, read_by, shown)
select gen_random_uuid(), municipality, slug, gangmakers[1], :words, true, opened_at + interval '30 days',
    case when i % 10 <> 0 then now() end, case when i % 10 <> 0 then 'rotterdam:coordinator-1' end, i % 10 between 1 and 7
from (select *, abs(hashtext(slug)) as i from registry.street) s where i % 3 = 0;

insert into concern.concern (id, workflow_id, municipality, wijk, topic, urgency, status, holder, due_at, raised_at,
    picked_up_at, closed_at, outcome, missed, knows, may_call, revision)
select gen_random_uuid(), 'escalation-' || k, 'rotterdam', 'Noord', 'loneliness',
    (array['today', 'week', 'later'])[1 + k % 3],
    case when k % 10 > 1 then 'closed' when k % 10 = 1 then 'picked_up' else 'waiting' end,
    case when k % 20 = 0 then 'coordinator' else 'wijkteam' end,
    now() + (k % 9 - 4) * interval '1 day', now() - k * interval '6 hours',
    case when k % 10 > 0 then now() - k * interval '5 hours' end, case when k % 10 > 1 then now() end,
    case when k % 10 > 1 then 'helped' end, k % 4, 'not', false, 1
from generate_series(1, greatest(20, :n / 8)) k;

insert into outreach.campaign (id, municipality, name, first_day, last_day, planned_cents, made_by)
select md5('campaign' || c)::uuid, 'rotterdam', 'Campagne ' || c, current_date - c * 30, current_date - c * 30 + 60, 500000,
    'rotterdam:coordinator-1'
from generate_series(1, 12) c;
insert into outreach.channel (municipality, code, campaign, kind, words)
select 'rotterdam', 'flyer-' || k, md5('campaign' || 1 + k % 12)::uuid, 'flyer', 'Flyer ' || k
from generate_series(1, 36) k;
insert into outreach.visit (municipality, code, day, visits)
select 'rotterdam', 'flyer-' || k, current_date - d, 20 from generate_series(1, 36) k, generate_series(1, 200) d;

insert into scouting.round (id, municipality, wijk, scouts, until, started_by, started_at, ended_at, workflow_id)
select md5('round' || r)::uuid, 'rotterdam', 'Noord', '{rotterdam:scout-1}', now() + (30 - r) * interval '1 day',
    'rotterdam:coordinator-1', now() - r * interval '9 days', case when r > 8 then now() end, 'scouting-rotterdam-' || r
from generate_series(1, 60) r;
insert into scouting.target (round, street, name, place, due_at)
select md5('round' || r)::uuid, 'doel-' || t, 'Doel ' || t, t, case when t % 9 = 0 then now() - interval '1 day' end
from generate_series(1, 60) r, generate_series(1, 60) t;
insert into scouting.visit (id, round, municipality, street, scout, outcome, visited_at)
select gen_random_uuid(), md5('round' || r)::uuid, 'rotterdam', 'doel-' || t, 'rotterdam:scout-1', 'nobody_home',
    now() - interval '2 days'
from generate_series(1, 60) r, generate_series(1, 60) t where t % 2 = 0;

insert into intake.slot (id, municipality, coordinator, at, place)
select gen_random_uuid(), 'rotterdam', 'rotterdam:coordinator-1', now() + k * interval '3 hours', :place
from generate_series(1, 40) k;
