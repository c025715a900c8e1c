"""The outbox: each mail once, its bytes gone as soon as the server has them."""

from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest

from schemas.facts import Template
from store import outbox
from store.database import Database
from store.outbox import Mail, MailState


def mail(number: int, key: str | None = None) -> Mail:
    """A queued mail."""
    return Mail(
        id=UUID(int=number),
        key=key or f"fact-{number}#0",
        municipality="rotterdam",
        person=uuid4(),
        template="welcome",
        language="nl",
        message_id=f"<{number}@straat.example>",
        sealed=b"sealed",
    )


async def row(conn: asyncpg.Connection, number: int) -> asyncpg.Record:
    """A mail as it stands."""
    return await conn.fetchrow("select * from post.mail where id = $1", UUID(int=number))


async def test_the_same_key_is_queued_once(db: Database) -> None:
    async with db.transaction() as conn:
        await outbox.put(conn, mail(1, "welcome#0"))
        await outbox.put(conn, mail(2, "welcome#0"))
        [due] = await outbox.take(conn, 10)
    assert (due.id, due.state, due.attempts, due.sealed) == (UUID(int=1), MailState.QUEUED, 0, b"sealed")


async def test_what_is_taken_is_marked_and_taken_once(db: Database) -> None:
    async with db.transaction() as conn:
        for number in (1, 2, 3):
            await outbox.put(conn, mail(number))
    async with db.transaction() as one, db.transaction() as other:
        first, second = await outbox.take(one, 2), await outbox.take(other, 2)
    assert {due.id.int for due in (*first, *second)} == {1, 2, 3}
    async with db.transaction() as conn:
        assert await outbox.take(conn, 10) == []
        assert (await row(conn, 1))["state"] == "sending"
        assert (await row(conn, 1))["attempts"] == 1
        assert await outbox.seconds_to_next(conn) is None


async def test_a_code_for_the_door_goes_before_the_letters(db: Database) -> None:
    """It works for minutes; the letters of a bulk approval can take longer than that."""
    for number in (1, 2, 3):
        async with db.transaction() as conn:
            await outbox.put(
                conn, mail(number) if number < 3 else replace(mail(3), template=Template.DOOR_CODE)
            )
    async with db.transaction() as conn:
        assert [due.id.int for due in await outbox.take(conn, 2)] == [3, 1]


@pytest.mark.parametrize("template", [each for each in Template if each.startswith("concern_")])
async def test_mails_about_a_concern_go_before_all_letters(db: Database, template: Template) -> None:
    async with db.transaction() as conn:
        await outbox.put(conn, mail(1))
    async with db.transaction() as conn:
        await outbox.put(conn, replace(mail(2), template=template))
    async with db.transaction() as conn:
        assert [due.id.int for due in await outbox.take(conn, 2)] == [2, 1]


async def test_what_a_crash_left_is_unknown_and_due(db: Database) -> None:
    async with db.transaction() as conn:
        await outbox.put(conn, mail(1))
        await outbox.take(conn, 10)
    async with db.transaction() as conn:
        await outbox.recover(conn)
        [due] = await outbox.take(conn, 10)
        assert (due.state, due.attempts) == (MailState.UNKNOWN, 1)
        assert (await row(conn, 1))["last_code"] == "crash"


async def test_accepted_purges_the_bytes(db: Database) -> None:
    async with db.transaction() as conn:
        await outbox.put(conn, mail(1))
        await outbox.take(conn, 10)
        await outbox.accepted(conn, UUID(int=1))
        found = await row(conn, 1)
        assert (found["state"], found["sealed"], found["last_code"]) == ("accepted", None, None)
        assert found["accepted_at"] is not None


@pytest.mark.parametrize("state", [MailState.FAILED, MailState.DROPPED])
async def test_what_will_not_be_sent_is_purged_too(db: Database, state: MailState) -> None:
    async with db.transaction() as conn:
        await outbox.put(conn, mail(1))
        await outbox.ended(conn, UUID(int=1), state, "550")
        found = await row(conn, 1)
        assert (found["state"], found["sealed"], found["last_code"]) == (state, None, "550")
        assert await outbox.take(conn, 10) == []
        assert await outbox.seconds_to_next(conn) is None


async def test_again_keeps_the_bytes_and_waits_longer_each_time(db: Database) -> None:
    waits = []
    async with db.transaction() as conn:
        await outbox.put(conn, mail(1))
        for attempts in range(1, 13):
            await conn.execute("update post.mail set attempts = $1", attempts)
            await outbox.again(conn, UUID(int=1), MailState.QUEUED, "451")
            waits.append(await outbox.seconds_to_next(conn))
        assert (await row(conn, 1))["sealed"] == b"sealed"
        assert await outbox.take(conn, 10) == []
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


async def test_a_state_that_is_none_is_refused(db: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction() as conn:
            await outbox.put(conn, mail(1))
            await conn.execute("update post.mail set state = 'lost'")
