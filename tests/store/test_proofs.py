"""Whatever is stored beside the ledger: changed, it contradicts the chain; and nobody cries wolf."""

import asyncio
from hashlib import sha256
from uuid import uuid4

import asyncpg
import pytest

from schemas.ledger import MarkKind, Verified
from store import ledger
from store.database import Database
from store.proofs import Proof, prove
from store.reports import chains, snapshot
from tests.store.a_year import BY, CITY, YEAR, Year
from tests.store.ledger_books import TREASURER, book, leg, open_books

ENTRY = "select id from money.entry where kind = 'grant' order by entered_at, id limit 1"
OTHER = {
    "text": "{} || 'x'",
    "integer": "{} + 1",
    "bigint": "{} + 1",
    "uuid": "gen_random_uuid()",
}


async def proved(db: Database) -> Proof:
    """What the command line looks at, without the key."""
    async with snapshot(db) as conn:
        [chain] = await chains(conn, CITY, YEAR)
        return await prove(conn, chain, None)


async def disarm(conn: asyncpg.Connection) -> None:
    """Take away what would refuse a change of an entry."""
    await conn.execute("alter table money.entry disable trigger all")
    for row in await conn.fetch(
        "select quote_ident(conname) as name from pg_constraint"
        " where conrelid = 'money.entry'::regclass and contype in ('c', 'f', 'u')"
    ):
        await conn.execute(f"alter table money.entry drop constraint {row['name']}")


async def test_every_column_of_an_entry_is_held_to_the_chain(
    db: Database, owner_conn: asyncpg.Connection
) -> None:
    async with db.transaction() as conn:
        await Year(conn, 5).live(6)
    assert (await proved(db)).sound
    await disarm(owner_conn)
    columns = await owner_conn.fetch(
        "select column_name::text as name, data_type::text as type from information_schema.columns"
        " where (table_schema, table_name) = ('money', 'entry')"
    )
    # The moment of writing is the chain's own: that of the mark.
    told = {row["name"]: row["type"] for row in columns if row["name"] != "entered_at"}
    seen = {}
    entry = await owner_conn.fetchval(ENTRY)
    for name, kind in told.items():
        was = await owner_conn.fetchval(f"select {name} from money.entry where id = $1", entry)
        change = f"update money.entry set {name} = {OTHER[kind].format(name)} where id = $1 returning id"
        changed = await owner_conn.fetchval(change, entry)
        seen[name] = not (await proved(db)).sound
        await owner_conn.execute(f"update money.entry set {name} = $1 where id = $2", was, changed)
        assert (await proved(db)).sound
    assert seen == dict.fromkeys(told, True)


async def test_an_entry_that_was_forged_or_removed_is_found(
    db: Database, owner_conn: asyncpg.Connection
) -> None:
    async with db.transaction() as conn:
        await Year(conn, 6).live(6)
    await disarm(owner_conn)
    forged = uuid4()
    await owner_conn.execute(
        "insert into money.entry"
        " (id, municipality, fiscal_year, kind, source, target, cents, reason, entered_by)"
        " select $1, municipality, fiscal_year, kind, source, target, cents, reason, entered_by"
        f" from money.entry where id = ({ENTRY})",
        forged,
    )
    said = [(each.where, each.why) for each in (await proved(db)).broken]
    assert said == [
        (f"entry {forged}", "has a reason that the chain does not mark"),
        (f"entry {forged}", "tells something else than its transfers"),
    ]
    await owner_conn.execute("delete from money.entry where id = $1", forged)
    assert (await proved(db)).sound
    gone = await owner_conn.fetchval(f"delete from money.entry where id = ({ENTRY}) returning id")
    [broken] = (await proved(db)).broken
    assert (broken.where, broken.why) == (f"entry {gone}", "is marked in the chain but its reason is gone")


@pytest.mark.parametrize("table", ["batch", "statement"])
async def test_a_marked_file_that_is_not_there_is_missed(db: Database, table: str) -> None:
    async with db.transaction() as conn:
        await ledger.open_year(conn, CITY, YEAR)
        digest = sha256(b"x").digest()
        subject = f"{table}/{uuid4()}"
        await ledger.mark(conn, CITY, YEAR, kind=MarkKind.FILE, subject=subject, digest=digest, actor=BY)
    [broken] = (await proved(db)).broken
    assert (broken.where, broken.why) == (subject, "is marked in the chain but its file is gone")


async def test_whoever_books_meanwhile_is_no_false_alarm(db: Database) -> None:
    """All is read in one snapshot: the head that is told is that of the chain that was verified."""
    async with db.transaction() as conn:
        await open_books(conn, 1_00, CITY, YEAR + 1)
    written, stop = 0, asyncio.Event()

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            written += 1
            async with db.transaction() as conn:
                budget, street = f"budget:{CITY}:{YEAR + 1}", f"street:{CITY}:rozenlaan-0:{YEAR + 1}"
                legs = [leg(f"{written}", budget, street, 1), leg(f"back {written}", street, budget, 1)]
                await book(conn, *legs)
                digest = sha256(str(written).encode()).digest()
                subject, by = f"entry-{written}", TREASURER
                await ledger.mark(
                    conn, CITY, YEAR + 1, kind=MarkKind.FILE, subject=subject, digest=digest, actor=by
                )

    writing = asyncio.create_task(write())
    seen = set()
    try:
        for _ in range(10):
            async with snapshot(db) as conn:
                [chain] = await chains(conn, CITY, YEAR + 1)
                before = written
                while written < before + 3:
                    await asyncio.sleep(0)
                verdict = await ledger.verify(conn, CITY, YEAR + 1)
                assert verdict == Verified(seq=chain.seq, head=chain.head)
                proof = await prove(conn, chain, None)
                assert {broken.why for broken in proof.broken} <= {
                    "is marked in the chain but its file is gone"
                }
                seen.add(chain.seq)
    finally:
        stop.set()
        await writing
    assert len(seen) > 1
