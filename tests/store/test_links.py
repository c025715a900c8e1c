"""Links in mails: reading changes nothing, answering counts once, and only while the question is open."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from schemas.facts import LinkOrder, LinkPurpose
from store import links
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.links import LinkState

ANS, BO = UUID(int=1), UUID(int=2)
SOME_DAY = datetime(2999, 12, 31, tzinfo=UTC)
ORDER = LinkOrder(purpose=LinkPurpose.CONFIRM_SIGNUP, workflow_id="signup-1", expires_at=SOME_DAY)


async def mailed(db: Database, keyring: Keyring, order: LinkOrder = ORDER, person: UUID = ANS) -> str:
    """The token of a link that was put into a letter."""
    token = links.token_of(keyring, order, person)
    async with db.transaction() as conn:
        await links.make(
            conn, links.NewLink(token, order, municipality="rotterdam", person=person, street="rozenlaan")
        )
    return token


async def state(db: Database, token: str) -> LinkState | None:
    """Where a link stands."""
    async with db.connection() as conn:
        link = await links.find(conn, "rotterdam", token)
    return link.state if link else None


async def answers(db: Database) -> list[dict[str, object]]:
    """What came into the inbox."""
    async with db.connection() as conn:
        rows = await conn.fetch("select payload from post.submission where kind = 'answer'")
    return [row["payload"] for row in rows]


async def answer(db: Database, token: str, *, yes: bool = True) -> bool:
    """What the button does."""
    async with db.transaction() as conn:
        return await links.answer(conn, token, yes=yes)


def test_a_token_says_nothing_and_differs_by_question() -> None:
    ring, other = (Keyring({1: os.urandom(KEY_BYTES)}) for _ in range(2))
    orders = [
        LinkOrder(purpose=purpose, workflow_id=workflow)
        for purpose, workflow in product(LinkPurpose, ("signup-1", "signup-11"))
    ]
    tokens = [links.token_of(ring, order, person) for order, person in product(orders, (ANS, BO))]
    assert len(set(tokens)) == len(tokens)
    assert all(len(token) == 26 and token.isalnum() and token.islower() for token in tokens)
    assert tokens[0] == links.token_of(ring, orders[0], ANS)
    assert tokens[0] not in {links.token_of(other, order, ANS) for order in orders}
    reminder = orders[0].model_copy(update={"expires_at": SOME_DAY})
    assert tokens[0] == links.token_of(ring, reminder, ANS)


async def test_only_a_hash_is_kept(db: Database, keyring: Keyring, owner_conn: asyncpg.Connection) -> None:
    token = await mailed(db, keyring)
    row = await owner_conn.fetchrow("select * from post.link")
    assert len(row["token_hash"]) == 32
    assert token not in str(row)
    assert token.encode() not in row["token_hash"]


async def test_reading_changes_nothing(
    db: Database, keyring: Keyring, owner_conn: asyncpg.Connection
) -> None:
    token = await mailed(db, keyring)
    before = await owner_conn.fetch("select xmin, l.* from post.link l")
    async with db.transaction() as conn:
        await conn.execute("set transaction read only")
        for _ in range(3):
            link = await links.find(conn, "rotterdam", token)
    assert link == links.Link(LinkPurpose.CONFIRM_SIGNUP, LinkState.OPEN, None, "signup-1", ANS, "rozenlaan")
    assert await owner_conn.fetch("select xmin, l.* from post.link l") == before
    assert await answers(db) == []


async def test_an_answer_goes_to_the_inbox_with_its_link(db: Database, keyring: Keyring) -> None:
    token = await mailed(db, keyring)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as conn:
            assert await links.answer(conn, token, yes=True)
            raise ZeroDivisionError
    assert (await state(db, token), await answers(db)) == (LinkState.OPEN, [])
    assert await answer(db, token, yes=False)
    told = {"workflow_id": "signup-1", "person": str(ANS), "yes": False, "purpose": "confirm_signup"}
    assert await answers(db) == [told]
    async with db.connection() as conn:
        link = await links.find(conn, "rotterdam", token)
    assert link is not None
    assert (link.state, link.answer) == (LinkState.ANSWERED, False)


async def test_ten_answers_at_once_are_one(db: Database, keyring: Keyring) -> None:
    token = await mailed(db, keyring)
    counted = await asyncio.gather(*(answer(db, token, yes=number % 2 == 0) for number in range(10)))
    assert counted.count(True) == 1
    assert [each["yes"] for each in await answers(db)] == [counted.index(True) % 2 == 0]


async def test_a_second_answer_does_not_change_the_first(db: Database, keyring: Keyring) -> None:
    token = await mailed(db, keyring)
    assert await answer(db, token, yes=True)
    assert not await answer(db, token, yes=False)
    assert [each["yes"] for each in await answers(db)] == [True]


async def test_a_forged_token_and_another_municipality_find_nothing(db: Database, keyring: Keyring) -> None:
    token = await mailed(db, keyring)
    forged = ("a" if token[0] != "a" else "b") + token[1:]
    async with db.connection() as conn:
        for municipality, tried in (
            ("rotterdam", forged),
            ("rotterdam", token.upper()),
            ("rotterdam", ""),
            ("rotterdam", token[:-1]),
            ("aalsmeer", token),
        ):
            assert await links.find(conn, municipality, tried) is None
    assert not await answer(db, forged)
    assert await answers(db) == []


async def test_an_expired_link_takes_no_answer(db: Database, keyring: Keyring) -> None:
    order = ORDER.model_copy(update={"expires_at": datetime.now(UTC)})
    token = await mailed(db, keyring, order)
    assert await state(db, token) is LinkState.EXPIRED
    assert not await answer(db, token)
    assert await answers(db) == []


async def test_a_link_without_an_end_stays_open(db: Database, keyring: Keyring) -> None:
    token = await mailed(db, keyring, ORDER.model_copy(update={"expires_at": None}))
    assert await state(db, token) is LinkState.OPEN
    assert await answer(db, token)


async def test_a_reminder_reopens_nothing(db: Database, keyring: Keyring) -> None:
    token = await mailed(db, keyring)
    assert await answer(db, token)
    assert await mailed(db, keyring) == token
    assert await state(db, token) is LinkState.ANSWERED


async def test_a_lapse_voids_one_persons_question_only(db: Database, keyring: Keyring) -> None:
    ans, bo = await mailed(db, keyring), await mailed(db, keyring, person=BO)
    async with db.transaction() as conn:
        assert not await links.lapse(conn, "signup-1", ANS)
        assert not await links.lapse(conn, "signup-2", BO)
    assert (await state(db, ans), await state(db, bo)) == (LinkState.EXPIRED, LinkState.OPEN)
    assert not await answer(db, ans)
    assert await answer(db, bo)


async def test_an_answer_from_before_counts_against_a_lapse(db: Database, keyring: Keyring) -> None:
    token = await mailed(db, keyring)
    assert await answer(db, token)
    async with db.transaction() as conn:
        assert await links.lapse(conn, "signup-1", ANS)
    assert await state(db, token) is LinkState.ANSWERED


@pytest_asyncio.fixture
async def two(db: Database) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    """Two connections, whose transactions a test takes turns with."""
    async with db.connection() as one, db.connection() as other:
        yield one, other


async def blocked(db: Database, second: Awaitable[bool]) -> "asyncio.Task[bool]":
    """Start the second, and wait until it stands still for a lock of the first."""
    task = asyncio.ensure_future(second)
    async with asyncio.timeout(10), db.connection() as conn:
        while not await conn.fetchval(
            "select exists (select from pg_stat_activity where wait_event_type = 'Lock' "
            "and datname = current_database())"
        ):
            assert not task.done()
            await asyncio.sleep(0.01)
    return task


async def test_a_lapse_that_comes_first_wins(
    db: Database, keyring: Keyring, two: tuple[asyncpg.Connection, asyncpg.Connection]
) -> None:
    token = await mailed(db, keyring)
    lapsing, answering = two
    first, second = lapsing.transaction(), answering.transaction()
    await first.start()
    assert not await links.lapse(lapsing, "signup-1", ANS)
    await second.start()
    late = await blocked(db, links.answer(answering, token, yes=True))
    await first.commit()
    assert not await late
    await second.commit()
    assert (await state(db, token), await answers(db)) == (LinkState.EXPIRED, [])


async def test_an_answer_that_comes_first_wins(
    db: Database, keyring: Keyring, two: tuple[asyncpg.Connection, asyncpg.Connection]
) -> None:
    token = await mailed(db, keyring)
    lapsing, answering = two
    first, second = answering.transaction(), lapsing.transaction()
    await first.start()
    assert await links.answer(answering, token, yes=True)
    await second.start()
    late = await blocked(db, links.lapse(lapsing, "signup-1", ANS))
    await first.commit()
    assert await late
    await second.commit()
    assert (await state(db, token), len(await answers(db))) == (LinkState.ANSWERED, 1)


async def test_an_answer_that_is_taken_back_leaves_the_lapse_to_win(
    db: Database, keyring: Keyring, two: tuple[asyncpg.Connection, asyncpg.Connection]
) -> None:
    token = await mailed(db, keyring)
    lapsing, answering = two
    first, second = answering.transaction(), lapsing.transaction()
    await first.start()
    assert await links.answer(answering, token, yes=True)
    await second.start()
    late = await blocked(db, links.lapse(lapsing, "signup-1", ANS))
    await first.rollback()
    assert not await late
    await second.commit()
    assert (await state(db, token), await answers(db)) == (LinkState.EXPIRED, [])
