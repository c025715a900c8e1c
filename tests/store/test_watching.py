"""What is measured, held against rows that were put there by hand: each measure counts what it says."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from store import watching
from store.database import Database
from store.watching import Measured

ROWS = """
insert into post.submission (id, kind, municipality, payload, received_at, relayed_at, refused) values
    (gen_random_uuid(), 'signup', 'rotterdam', '{}', now() - interval '10 minutes', null, null),
    (gen_random_uuid(), 'signup', 'rotterdam', '{}', now() - interval '1 minute', null, null),
    (gen_random_uuid(), 'signup', 'rotterdam', '{}', now() - interval '1 day', now(), null),
    (gen_random_uuid(), 'answer', 'aalsmeer', '{}', now() - interval '1 day', now(), 'workflow_gone');

insert into post.mail (id, key, municipality, person, template, language, message_id, state, created_at)
select gen_random_uuid(), state, 'rotterdam', gen_random_uuid(), 'welcome', 'nl', 'm', state,
    now() - interval '1 hour'
from unnest(array['queued', 'sending', 'unknown', 'accepted', 'failed', 'dropped']) state;

insert into concern.concern (id, workflow_id, municipality, wijk, topic, urgency, status, holder, due_at,
    raised_at, knows, may_call, revision)
select gen_random_uuid(), 'c' || n, 'den-haag', 'Centrum', 'other', 'week', status, 'wijkteam', due,
    now(), 'x', false, 1
from (values
    (1, 'waiting', now() - interval '2 hours'), (2, 'waiting', now() - interval '1 hour'),
    (3, 'waiting', now() + interval '1 hour'), (4, 'picked_up', now() - interval '1 day'),
    (5, 'closed', now() - interval '1 day')
) as c (n, status, due);

insert into registry.potje (workflow_id, municipality, street, year, status, cents, parts, open_parts,
    proposer, revision, waiting_since)
select 'p' || n, 'rotterdam', 's' || n, 2026, status, 100, '[]', '{}', 'x', 1, now() - days * interval '1 day'
from (values
    (1, 'to_approve', 20), (2, 'to_approve', 2), (3, 'approved', 15), (4, 'handed_over', 1), (5, 'paid', 200),
    (6, 'waiting_for_budget', 200)
) as p (n, status, days);

insert into registry.street (municipality, slug, name, wijk, phase, gangmakers, minimum, revision)
select 'rotterdam', 's' || n, 'S', 'Noord', phase, '{}', 1, 1
from unnest(array['active', 'active', 'sleeping']) with ordinality as s (phase, n);

insert into registry.fact (key, name, municipality, subject, actor, recorded_at) values
    ('h1', 'ledger.head', 'rotterdam', 'ledger', 'engine', '2026-01-01'),
    ('b2', 'ledger.broken', 'rotterdam', 'ledger', 'engine', '2026-01-02');

insert into registry.backup (made_at, way) values ('2026-01-03', 'dump'), ('2026-01-04', 'straat');
"""


@pytest_asyncio.fixture
async def measured(db: Database, owner_conn: asyncpg.Connection) -> AsyncIterator[Measured]:
    """A look at a database with those rows."""
    await owner_conn.execute(ROWS)
    async with db.connection() as conn:
        yield await watching.measure(conn)


async def test_each_measure_counts_what_it_says(measured: Measured) -> None:
    town = measured.towns["rotterdam"]
    assert (town["inbox_waiting"], town["inbox_refused"]) == (2, 0)
    assert town["inbox_oldest_seconds"] == pytest.approx(600, abs=60)
    assert (town["mail_waiting"], town["mail_failed"]) == (3, 1)
    assert town["mail_oldest_seconds"] == pytest.approx(3600, abs=60)
    assert (town["potjes_waiting"], town["potjes_overdue"]) == (4, 2)
    assert (town["concerns_open"], town["concerns_overdue"], town["concerns_overdue_seconds"]) == (0, 0, 0)
    assert town["chain_sound"] == 0
    assert town["chain_verified_timestamp_seconds"] == pytest.approx(1_767_312_000, abs=90_000)
    assert (town["ledger_links"] or 0) > 0


async def test_towns_are_kept_apart_and_nothing_is_a_nought(measured: Measured) -> None:
    other = measured.towns["den-haag"]
    assert (other["concerns_open"], other["concerns_overdue"]) == (4, 2)
    assert other["concerns_overdue_seconds"] == pytest.approx(7200, abs=60)
    assert (other["inbox_waiting"], other["mail_waiting"], other["potjes_overdue"]) == (0, 0, 0)
    # Nobody looked at those books: that is not the same as broken.
    assert (other["chain_sound"], other["chain_verified_timestamp_seconds"]) == (None, None)
    assert measured.towns["aalsmeer"]["inbox_refused"] == 1


async def test_streets_potjes_and_the_latest_backup(measured: Measured) -> None:
    assert measured.streets == [("rotterdam", "active", 2.0), ("rotterdam", "sleeping", 1.0)]
    assert ("rotterdam", "to_approve", 2.0) in measured.potjes
    assert measured.backup == pytest.approx(1_767_484_800, abs=90_000)
