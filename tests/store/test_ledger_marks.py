"""Marks in the chain: the states of a year, and the digests of files and words."""

from hashlib import sha256

import asyncpg
import pytest

from schemas.ledger import MarkKind, Verified, YearState
from store import ledger
from tests.store.ledger_books import BUDGET, CITY, STREET, TREASURER, YEAR, book, leg, open_books

SUBJECT = "batch/2f1c"
DIGEST = sha256(b"a file").digest()


async def put(
    conn: asyncpg.Connection,
    subject: str = SUBJECT,
    digest: bytes = DIGEST,
    kind: MarkKind = MarkKind.FILE,
    year: int = YEAR,
) -> None:
    """Mark something with the usual circumstances."""
    await ledger.mark(conn, CITY, year, kind=kind, subject=subject, digest=digest, actor=TREASURER)


async def chain(conn: asyncpg.Connection) -> list[tuple[int, str]]:
    """What the marks of the year say, in order."""
    rows = await conn.fetch(
        "select seq, kind || ' ' || subject as said from ledger.mark"
        " where (municipality, fiscal_year) = ($1, $2) order by seq",
        CITY,
        YEAR,
    )
    return [(row["seq"], row["said"]) for row in rows]


async def close(conn: asyncpg.Connection) -> None:
    """Take the year to its end."""
    for state in (YearState.CLOSING, YearState.CLOSED):
        await ledger.move_year(conn, CITY, YEAR, state, TREASURER)


async def sound(conn: asyncpg.Connection) -> bool:
    """Whether the year verifies."""
    return isinstance(await ledger.verify(conn, CITY, YEAR), Verified)


async def test_a_year_opens_with_a_mark(app_conn: asyncpg.Connection) -> None:
    for _ in range(2):
        await ledger.open_year(app_conn, CITY, YEAR, TREASURER)
    assert await chain(app_conn) == [(1, "year open")]
    [opened] = await ledger.marks(app_conn, CITY, YEAR, MarkKind.YEAR)
    assert (opened.digest, opened.actor, opened.subject) == (None, TREASURER, "open")
    assert await sound(app_conn)


async def test_every_step_of_a_year_is_marked_once(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 0)
    for state in (YearState.CLOSING, YearState.CLOSED):
        for _ in range(2):
            await ledger.move_year(app_conn, CITY, YEAR, state, TREASURER)
    assert await chain(app_conn) == [(1, "year open"), (2, "year closing"), (3, "year closed")]
    assert await sound(app_conn)


async def test_a_refused_step_of_a_year_is_not_marked(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 0)
    with pytest.raises(ledger.YearNotOpen):
        await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSED, TREASURER)
    assert await chain(app_conn) == [(1, "year open")]


async def test_marks_and_transfers_share_one_sequence(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 1_00)
    await put(app_conn)
    [paid] = await book(app_conn, leg("pay", BUDGET, STREET, 1_00))
    assert (await chain(app_conn), paid.seq) == ([(1, "year open"), (3, f"file {SUBJECT}")], 4)
    [mark] = await ledger.marks(app_conn, CITY, YEAR, MarkKind.FILE)
    assert (mark.seq, mark.subject, mark.digest, mark.actor) == (3, SUBJECT, DIGEST, TREASURER)
    assert await sound(app_conn)


async def test_marking_again_changes_nothing(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 0)
    await put(app_conn)
    before = await ledger.verify(app_conn, CITY, YEAR)
    await put(app_conn)
    assert await ledger.verify(app_conn, CITY, YEAR) == before


async def test_a_subject_has_one_digest(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 0)
    await put(app_conn)
    async with app_conn.transaction():
        with pytest.raises(ledger.OtherArguments, match=SUBJECT):
            await put(app_conn, digest=sha256(b"another file").digest())
        await put(app_conn, "batch/another")
    await put(app_conn, digest=sha256(b"words").digest(), kind=MarkKind.NOTE)
    assert [said for _, said in await chain(app_conn)] == [
        "year open",
        f"file {SUBJECT}",
        "file batch/another",
        f"note {SUBJECT}",
    ]


async def test_a_closing_year_takes_marks_and_a_closed_one_only_those_it_has(
    app_conn: asyncpg.Connection,
) -> None:
    await open_books(app_conn, 0)
    await ledger.move_year(app_conn, CITY, YEAR, YearState.CLOSING, TREASURER)
    await put(app_conn)
    await close(app_conn)
    await put(app_conn)
    with pytest.raises(ledger.YearNotOpen, match="proefstad 2026 is closed"):
        await put(app_conn, "batch/late")
    with pytest.raises(ledger.YearNotOpen):
        await put(app_conn, year=2031)
    assert (await chain(app_conn))[-1] == (4, "year closed")
    assert await sound(app_conn)


@pytest.mark.parametrize("state", list(YearState))
async def test_nobody_but_the_year_marks_its_state(app_conn: asyncpg.Connection, state: YearState) -> None:
    await open_books(app_conn, 0)
    with pytest.raises(ledger.DoesNotFit):
        await put(app_conn, state, kind=MarkKind.YEAR)
    assert await chain(app_conn) == [(1, "year open")]


@pytest.mark.parametrize(
    "wrong",
    [{"digest": b"short"}, {"digest": None}, {"subject": "Mevrouw Jansen"}, {"subject": ""}],
)
async def test_a_mark_is_a_plain_name_and_a_sha256(
    app_conn: asyncpg.Connection, wrong: dict[str, object]
) -> None:
    await open_books(app_conn, 0)
    with pytest.raises(asyncpg.CheckViolationError):
        await put(app_conn, **wrong)  # type: ignore[arg-type]
    assert await chain(app_conn) == [(1, "year open")]
