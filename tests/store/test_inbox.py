"""The inbox: taken in once, brought by one relay at a time, later and later when nobody is home."""

import asyncio
from uuid import UUID, uuid4

import pytest

from store import inbox
from store.database import Database
from store.inbox import Submission

MONEY = {"municipality": "rotterdam", "year": 2026}


def submission(number: int = 0) -> Submission:
    """A submission; the number makes it another one."""
    return Submission(UUID(int=number) if number else uuid4(), "money", "rotterdam", MONEY)


async def fill(db: Database, count: int) -> set[UUID]:
    """That many submissions, and their ids."""
    async with db.transaction() as conn:
        for number in range(1, count + 1):
            await inbox.receive(conn, submission(number))
    return {UUID(int=number) for number in range(1, count + 1)}


async def test_a_double_submit_is_taken_in_once(db: Database) -> None:
    async with db.transaction() as conn:
        receipt = await inbox.receive(conn, submission(1))
        assert receipt is not None
        assert await inbox.receive(conn, Submission(UUID(int=1), "money", "aalsmeer", {})) is None
        assert await inbox.claim(conn, UUID(int=1)) == receipt
        assert await inbox.claim(conn, UUID(int=2)) is None
        assert await inbox.take(conn, 10) == [submission(1)]
        assert await inbox.known_receipt(conn, "rotterdam", receipt)
        assert not await inbox.known_receipt(conn, "aalsmeer", receipt)
        assert not await inbox.known_receipt(conn, "rotterdam", "AAAA-AAAA")


async def test_ten_double_submits_at_once_give_one_receipt(db: Database) -> None:
    async def submit() -> str | None:
        async with db.transaction() as conn:
            return await inbox.receive(conn, submission(1))

    given = await asyncio.gather(*(submit() for _ in range(10)))
    assert sum(receipt is not None for receipt in given) == 1


async def test_what_was_rolled_back_was_never_there(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as conn:
            await inbox.receive(conn, submission(1))
            raise ZeroDivisionError
    async with db.connection() as conn:
        assert await inbox.claim(conn, UUID(int=1)) is None
        assert await inbox.seconds_to_next(conn) is None


async def test_two_relays_take_different_submissions_and_do_not_wait(db: Database) -> None:
    expected = await fill(db, 5)
    async with asyncio.timeout(10), db.transaction() as one, db.transaction() as other:
        first = await inbox.take(one, 3)
        second = await inbox.take(other, 3)
        assert (len(first), len(second)) == (3, 2)
        assert {each.id for each in (*first, *second)} == expected


async def test_a_relay_that_dies_leaves_its_submissions_to_the_next(db: Database) -> None:
    expected = await fill(db, 2)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as conn:
            for each in await inbox.take(conn, 10):
                await inbox.relayed(conn, (each.id, None))
            raise ZeroDivisionError
    async with db.transaction() as conn:
        assert {each.id for each in await inbox.take(conn, 10)} == expected


async def test_the_oldest_comes_first_and_the_relayed_never_again(db: Database) -> None:
    for number in (3, 1, 2):
        async with db.transaction() as conn:
            await inbox.receive(conn, submission(number))
    async with db.transaction() as conn:
        assert [each.id.int for each in await inbox.take(conn, 2)] == [3, 1]
        await inbox.relayed(conn, (UUID(int=3), None))
        await inbox.relayed(conn, (UUID(int=1), "workflow_gone"))
        assert [each.id.int for each in await inbox.take(conn, 10)] == [2]


async def test_it_is_tried_later_and_later_but_within_half_a_minute(db: Database) -> None:
    waits = []
    async with db.transaction() as conn:
        await inbox.receive(conn, submission(1))
        for _ in range(8):
            await inbox.later(conn, UUID(int=1))
            waits.append(await inbox.seconds_to_next(conn))
            assert await inbox.take(conn, 10) == []
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_one_that_waits_does_not_hold_up_the_others(db: Database) -> None:
    await fill(db, 2)
    async with db.transaction() as conn:
        await inbox.later(conn, UUID(int=1))
        assert [each.id.int for each in await inbox.take(conn, 10)] == [2]


@pytest.mark.parametrize("kind", ["concern", "concern_act", "concern_code"])
async def test_concerns_go_before_all_other_work(db: Database, kind: str) -> None:
    await fill(db, 3)
    urgent = Submission(UUID(int=9), kind, "rotterdam", {})
    async with db.transaction() as conn:
        await inbox.receive(conn, urgent)
    async with db.transaction() as conn:
        assert (await inbox.take(conn, 2))[0] == urgent


async def test_what_is_done_with_a_concern_waits_until_it_has_arrived(db: Database) -> None:
    concern = Submission(UUID(int=1), "concern", "rotterdam", {})
    deed = Submission(UUID(int=2), "concern_act", "rotterdam", {"workflow_id": f"escalation-{UUID(int=1)}"})
    async with db.transaction() as conn:
        await inbox.receive(conn, concern)
        await inbox.receive(conn, deed)
        await inbox.later(conn, concern.id)
        assert await inbox.take(conn, 10) == [], "Temporal was away for the concern itself"
        await inbox.relayed(conn, (concern.id, None))
        assert await inbox.take(conn, 10) == [deed]
