"""`straat demo` on the shared stack: it ends well, the books close, and nobody's name is left lying about."""

from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

from schemas.ledger import Verified
from store import ledger
from tests.e2e.conftest import Demo
from tests.e2e.running import Running
from workers.demo.cast import LABELS, STORIES, Ending
from workers.demo.play import MUNICIPALITY, WIJK

WHERE = {
    ("awaiting", None, None, None): Ending.SIGNED_UP,
    ("confirmed", "intake", "open", None): Ending.CONFIRMED,
    ("confirmed", "intake", "planned", None): Ending.PLANNED,
    ("confirmed", "intake", "waiting", None): Ending.WAITING,
    ("confirmed", "ended", "referred", None): Ending.REFERRED,
    ("confirmed", "active", "accepted", "to_approve"): Ending.ACCEPTED,
    ("confirmed", "active", "accepted", "approved"): Ending.APPROVED,
    ("confirmed", "active", "accepted", "paid"): Ending.PAID,
}
"""What the registry says of sign-up, street, intake and potje, and which ending of a story that is."""

STANDS = """select u.status, s.phase, i.status as intake, p.status as potje
            from registry.signup u
            left join registry.street s on s.municipality = u.municipality and s.slug = u.street
            left join registry.intake i on i.municipality = u.municipality and i.street = u.street
            left join registry.potje p on p.municipality = u.municipality and p.street = u.street
            where u.campaign = 'demo-najaar'"""


@pytest_asyncio.fixture(scope="module")
async def histories(stack: Running, demo: Demo) -> AsyncIterator[list[WorkflowHistory]]:
    """The history of every workflow there is."""
    await stack.at_rest()
    client = await Client.connect(stack.urls["temporal"].removeprefix("grpc://"))
    yield [history async for history in client.list_workflows().map_histories()]


async def test_it_tells_what_it_did_and_where_to_look(stack: Running, demo: Demo) -> None:
    print(f"the demo took {demo.seconds:.1f} s")  # noqa: T201 - for who runs pytest with -rP
    for ending, count in Counter(story.ending for story in STORIES).items():
        assert f"{count}  {LABELS[ending]}" in demo.said
    for page in ("public", "desk", "mail", "temporal_ui"):
        assert stack.urls[page] in demo.said


async def test_the_registry_has_every_story_at_its_ending(stack: Running, demo: Demo) -> None:
    await stack.at_rest()
    found = Counter(WHERE[tuple(row)] for row in await stack.rows(STANDS))
    assert found == Counter(story.ending for story in STORIES)
    in_wijk = "select count(*) from registry.street where wijk = $1"
    assert await stack.value(in_wijk, WIJK) == sum(story.ending >= Ending.CONFIRMED for story in STORIES)


async def test_the_books_close(stack: Running, demo: Demo) -> None:
    paid = "select year, sum(cents)::int as cents from registry.potje where street = any($1) and status = 'paid' group by year"
    slugs = [story.slug for story in STORIES]
    ((year, cents),) = await stack.rows(paid, slugs)
    assert cents == 15_000 * sum(story.ending is Ending.PAID for story in STORIES)
    conn = await asyncpg.connect(stack.admin_url)
    try:
        assert isinstance(await ledger.verify(conn, MUNICIPALITY, year), Verified)
        received = "select sum(credits_posted)::int from ledger.balance where account = any($1)"
        accounts = [f"street:{MUNICIPALITY}:{slug}:{year}" for slug in slugs]
        assert await conn.fetchval(received, accounts) == cents
    finally:
        await conn.close()


async def test_every_mail_was_accepted(stack: Running, demo: Demo) -> None:
    await stack.at_rest()
    states = "select state, count(*)::int from post.mail group by state"
    assert [row["state"] for row in await stack.rows(states)] == ["accepted"]
    refused = "select count(*) from post.submission where refused = 'malformed'"
    assert await stack.value(refused) == 0


async def test_no_workflow_failed_and_no_task_of_one(
    stack: Running, histories: list[WorkflowHistory]
) -> None:
    wrong = {
        EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
        EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
    }
    assert len(histories) > 3 * len(STORIES)
    failed = [
        history.workflow_id for history in histories if any(e.event_type in wrong for e in history.events)
    ]
    assert failed == []


CANARIES = [
    name.encode()
    for story in STORIES
    for name in (story.gangmaker, story.second, *story.emails)
    if name is not None
]


def left_in(content: bytes) -> list[bytes]:
    """Who is named in it."""
    return [canary for canary in CANARIES if canary in content]


async def test_nobody_is_named_in_a_history(histories: list[WorkflowHistory]) -> None:
    written = b"".join(event.SerializeToString() for history in histories for event in history.events)
    assert b"Rozenlaan" in written
    assert left_in(written) == []


@pytest.mark.parametrize("place", ["logs", "temporal", "postgres"])
async def test_nobody_is_named_in_a_file(stack: Running, demo: Demo, place: str) -> None:
    """The mails of the catcher are the one place for names; the vault's tables hold sealed bytes."""
    await stack.rows("checkpoint")
    files = [path for path in (stack.home / place).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) > 1_000
    named = {path.name: left for path in files if (left := left_in(path.read_bytes()))}
    assert named == {}


async def test_the_canaries_would_be_found(stack: Running, demo: Demo) -> None:
    caught = b"".join(path.read_bytes() for path in (stack.home / "mails").glob("*.eml"))
    assert left_in(caught)
    database = b"".join(path.read_bytes() for path in (stack.home / "temporal").rglob("*"))
    assert b"Rozenlaan" in database
