"""Whoever is above every guard, and changes what was booked: verify says where."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import asyncpg
import pytest
import pytest_asyncio

from schemas.ledger import Broken, LegKind, MarkKind, Verified
from store import ledger
from tests.store.ledger_books import (
    BUDGET,
    CITY,
    STREET,
    STREETS,
    TREASURER,
    YEAR,
    book,
    leg,
    open_books,
    reserve,
    resolve,
)

BROKEN_YEAR = f"year {YEAR}"
POST, RETURN, FILE, NOTE = 5, 8, 9, 10
ROWS = {
    "transfer": f"(municipality, seq) = ('{CITY}', {POST})",
    "mark": f"(municipality, seq) = ('{CITY}', {FILE})",
    "account": f"code = '{BUDGET}'",
    "balance": f"account = '{BUDGET}'",
    "year": f"municipality = '{CITY}'",
}
PLACES = {
    "transfer": f"transfer {POST}",
    "mark": f"mark {FILE}",
    "account": BUDGET,
    "balance": BUDGET,
    "year": BROKEN_YEAR,
}
OTHER = {
    "text": "{} || 'x'",
    "integer": "{} + 1",
    "bigint": "{} + 1",
    "uuid": "gen_random_uuid()",
    "date": "{} + 1",
    "timestamp with time zone": "{} + interval '1 microsecond'",
    "boolean": "not {}",
    "bytea": "set_byte({0}, 31, get_byte({0}, 31) # 1)",
}
"""The smallest change of a value of each type."""


NEVER_SET: dict[str, set[str]] = {table: set() for table in ROWS} | {"transfer": {"reverses_id"}}
"""What the row above leaves empty, so that removing it is no change."""


async def tell_a_year(conn: asyncpg.Connection) -> None:
    """Books with every kind of row: 1 open, 2 grant, 3-8 potjes and a return, 9 file, 10 note."""
    await open_books(conn, 1_000_00)
    paid, kept = reserve("paid", 150_00), reserve("kept", 75_00)
    post = resolve("post", paid, LegKind.POST, 100_00)
    await book(conn, paid, kept, post, resolve("release", kept, LegKind.RELEASE), reserve("open", 25_00))
    await book(conn, leg("return", post.credit, post.debit, post.cents, reverses_id=post.id))
    for kind, subject in ((MarkKind.FILE, "batch/1"), (MarkKind.NOTE, "entry-1")):
        digest = sha256(subject.encode()).digest()
        await ledger.mark(conn, CITY, YEAR, kind=kind, subject=subject, digest=digest, actor=TREASURER)


async def disarm(conn: asyncpg.Connection) -> None:
    """Take away every trigger and constraint that could refuse a change."""
    rules = await conn.fetch(
        """select case when contypid = 0 then 'table ' || conrelid::regclass
               else 'domain ' || contypid::regtype end as thing, quote_ident(conname) as name
           from pg_constraint where connamespace = 'ledger'::regnamespace and contype in ('f', 'c', 'u', 'p')
           order by contype <> 'f'"""
    )
    for rule in rules:
        await conn.execute(f"alter {rule['thing']} drop constraint if exists {rule['name']}")
    for table in ROWS:
        await conn.execute(f"alter table ledger.{table} disable trigger user")
    for table, column, _ in await columns(conn):
        await conn.execute(f"alter table ledger.{table} alter {column} drop not null")
    await conn.execute("alter table ledger.account alter year_of drop expression")


async def columns(conn: asyncpg.Connection) -> list[tuple[str, str, str]]:
    """Table, column and type of everything that the ledger stores."""
    rows = await conn.fetch(
        """select table_name::text, column_name::text, data_type::text from information_schema.columns
           where table_schema = 'ledger' order by table_name, ordinal_position"""
    )
    return [tuple(row) for row in rows]


@pytest_asyncio.fixture
async def conn(
    app_conn: asyncpg.Connection, owner_conn: asyncpg.Connection
) -> AsyncIterator[asyncpg.Connection]:
    """The superuser, in books that nothing guards any more."""
    await tell_a_year(app_conn)
    assert await ledger.verify(app_conn, CITY, YEAR) == Verified(seq=NOTE, head=await head(owner_conn))
    await disarm(owner_conn)
    assert isinstance(await ledger.verify(owner_conn, CITY, YEAR), Verified)
    yield owner_conn


async def head(conn: asyncpg.Connection) -> str:
    """The head of the chain, as it is published."""
    [found] = [each for each in await ledger.heads(conn) if each.municipality == CITY]
    return found.head


@asynccontextmanager
async def undone(conn: asyncpg.Connection) -> AsyncIterator[None]:
    """Whatever happens in here did not happen."""
    attempt = conn.transaction()
    await attempt.start()
    yield
    await attempt.rollback()


async def found(conn: asyncpg.Connection, *changes: str) -> str | None:
    """Where verify says that the changes broke the books; None when it finds nothing."""
    async with undone(conn):
        for change in changes:
            assert int((await conn.execute(change)).split()[-1]) > 0, change
        said = await ledger.verify(conn, CITY, YEAR)
    return said.where if isinstance(said, Broken) else None


def expected(table: str, column: str, to: str) -> str:
    """A line that is no longer where it was is missed by the next one."""
    if (table, column, to) == ("balance", "account", "null"):
        return "balance"
    if table not in ("transfer", "mark") or column not in ("municipality", "fiscal_year", "seq"):
        return PLACES[table]
    return {"transfer": f"transfer {POST + 1}", "mark": f"mark {NOTE}"}[table]


async def test_a_change_of_any_column_is_found_and_its_place_is_named(conn: asyncpg.Connection) -> None:
    said, wanted = {}, {}
    for table, column, kind in await columns(conn):
        change = f"update ledger.{table} set {column} = {{}} where {ROWS[table]}"
        for to in (OTHER[kind].format(column), "null"):
            if to != "null" or column not in NEVER_SET[table]:
                said[table, column, to] = await found(conn, change.format(to))
                wanted[table, column, to] = expected(table, column, to)
    assert said == wanted
    assert {table for table, _, _ in said} == set(ROWS)


async def test_a_mark_of_a_year_and_a_reversal_are_no_exception(conn: asyncpg.Connection) -> None:
    """What the rows above leave empty."""
    opened = f"where (municipality, kind) = ('{CITY}', 'year')"
    assert await found(conn, f"update ledger.mark set digest = sha256('') {opened}") == "mark 1"
    assert await found(conn, f"update ledger.mark set subject = 'closing' {opened}") == "mark 1"
    for to in ("null", "gen_random_uuid()", "id"):
        change = (
            f"update ledger.transfer set reverses_id = {to} where (municipality, seq) = ('{CITY}', {RETURN})"
        )
        assert await found(conn, change) == f"transfer {RETURN}"


def at(table: str, seq: int) -> str:
    """A line of the chain, as a condition."""
    return f"ledger.{table} where (municipality, seq) = ('{CITY}', {seq})"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (f"delete from {at('transfer', POST)}", f"transfer {POST + 1}"),
        (f"delete from {at('mark', FILE)}", f"mark {NOTE}"),
        (f"delete from {at('mark', 1)}", "transfer 2"),
        (f"delete from {at('mark', NOTE)}", BROKEN_YEAR),
        (f"delete from ledger.transfer where municipality = '{CITY}'", "mark 9"),
        (f"delete from ledger.mark where municipality = '{CITY}'", "transfer 2"),
        (f"delete from ledger.account where code = '{BUDGET}'", BUDGET),
        (f"delete from ledger.balance where account = '{BUDGET}'", BUDGET),
        (f"delete from ledger.balance where account = '{STREETS[2]}'", STREETS[2]),
        (f"delete from ledger.account where code = '{STREETS[2]}'", STREETS[2]),
        (f"update ledger.account set municipality = 'x' where code = '{STREETS[2]}'", STREETS[2]),
        (f"update ledger.account set code = code || '0' where code = '{STREETS[2]}'", STREETS[2]),
        (f"delete from ledger.year where municipality = '{CITY}'", BROKEN_YEAR),
    ],
)
async def test_what_was_removed_is_missed(conn: asyncpg.Connection, change: str, where: str) -> None:
    assert await found(conn, change) == where


async def test_the_last_line_may_be_a_transfer(
    app_conn: asyncpg.Connection, conn: asyncpg.Connection
) -> None:
    await book(app_conn, reserve("last", 1))
    assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)
    assert await found(conn, f"delete from {at('transfer', NOTE + 1)}") == BROKEN_YEAR


SWAPPED = (
    "update ledger.transfer set seq = case seq when {0} then {1} else {0} end"
    " where municipality = '{2}' and seq in ({0}, {1})"
)
EXCHANGED = (
    "update ledger.transfer t set cents = o.cents from ledger.transfer o"
    " where t.municipality = o.municipality"
    " and t.municipality = '{2}' and (t.seq, o.seq) in (({0}, {1}), ({1}, {0}))"
)
TURNED = [
    f"update ledger.transfer set seq = {FILE} where (municipality, seq) = ('{CITY}', {POST})",
    f"update ledger.mark set seq = {POST} where (municipality, seq) = ('{CITY}', {FILE})",
]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("transfer", [SWAPPED.format(POST, POST + 1, CITY)]),
        ("transfer", [EXCHANGED.format(POST, RETURN - 1, CITY)]),
        ("mark", TURNED),
    ],
)
async def test_two_that_were_swapped_are_found(
    conn: asyncpg.Connection, kind: str, changes: list[str]
) -> None:
    assert await found(conn, *changes) == f"{kind} {POST}"


FORGED = (
    "insert into ledger.transfer select (jsonb_populate_record(t, jsonb_build_object("
    "'seq', {seq}, 'id', gen_random_uuid(), 'pending_id', null, 'kind', 'single'))).*"
    f" from ledger.transfer t where (municipality, seq) = ('{CITY}', {POST})"
)
HASHED = (
    "update ledger.transfer t set hash = sha256(y.head || ledger.canonical(t)) from ledger.year y"
    f" where t.seq = {NOTE + 1} and (t.municipality, y.municipality) = ('{CITY}', '{CITY}')"
)
ENDED = (
    "update ledger.year y set seq = t.seq, head = t.hash from ledger.transfer t"
    f" where t.seq = {NOTE + 1} and (t.municipality, y.municipality) = ('{CITY}', '{CITY}')"
)


async def test_a_forged_transfer_is_found(conn: asyncpg.Connection) -> None:
    last = FORGED.format(seq=NOTE + 1)
    assert await found(conn, FORGED.format(seq=POST)) == f"transfer {POST}"
    assert await found(conn, FORGED.format(seq=0)) == "transfer 0"
    assert await found(conn, last) == f"transfer {NOTE + 1}"
    assert await found(conn, last, HASHED) == BROKEN_YEAR
    assert await found(conn, last, HASHED, ENDED) == BUDGET


async def test_a_forged_mark_is_found(conn: asyncpg.Connection) -> None:
    forged = (
        "insert into ledger.mark select municipality, fiscal_year, {}, kind, 'batch/2', digest, actor,"
        f" recorded_at, hash from {at('mark', FILE)}"
    )
    assert await found(conn, forged.format(NOTE + 1)) == f"mark {NOTE + 1}"
    assert await found(conn, forged.format(FILE)) == f"mark {FILE}"


async def test_a_forged_account_or_balance_is_found(conn: asyncpg.Connection) -> None:
    """An account that nobody opened through the functions has no balance, or one that nothing explains."""
    account = "insert into ledger.account values ('street:proefstad:x:2026', 'street', 'proefstad', 2026)"
    balance = "insert into ledger.balance values ('street:proefstad:x:2026', false, 0, 0, 100, 0, 1)"
    for forged in ([account], [balance], [account, balance]):
        assert await found(conn, *forged) == "street:proefstad:x:2026"


async def test_nothing_follows_the_end_of_a_year(conn: asyncpg.Connection) -> None:
    """Not even under right hashes: a closed year that was opened, used and closed again."""
    reopened = [
        f"update ledger.mark set subject = 'closed' where (municipality, kind) = ('{CITY}', 'year')",
        f"update ledger.year set state = 'closed' where municipality = '{CITY}'",
    ]
    async with undone(conn):
        for change in reopened:
            await conn.execute(change)
        await rewrite(conn)
        said = await ledger.verify(conn, CITY, YEAR)
    assert said == Broken(where="transfer 2", why="follows the end of its year")


async def rewrite(conn: asyncpg.Connection) -> None:
    """What an owner of the database can do: the whole chain anew, as if it had always been so."""
    chain = sha256(f"{CITY}:{YEAR}".encode()).digest()
    for seq in range(1, NOTE + 1):
        table = (
            "transfer"
            if await conn.fetchval(f"select exists (select from {at('transfer', seq)})")
            else "mark"
        )
        chain = await conn.fetchval(
            f"update ledger.{table} t set hash = sha256($1 || ledger.canonical(t))"
            f" where (municipality, seq) = ('{CITY}', {seq}) returning hash",
            chain,
        )
    await conn.execute("update ledger.year set head = $1 where municipality = $2", chain, CITY)


async def test_a_chain_that_was_rewritten_shows_in_the_published_head(conn: asyncpg.Connection) -> None:
    published = await head(conn)
    await conn.execute(
        f"update ledger.transfer set reason = 'other' where municipality = '{CITY}' and seq = {POST}"
    )
    await rewrite(conn)
    assert isinstance(await ledger.verify(conn, CITY, YEAR), Verified)
    assert await head(conn) != published


async def test_a_chain_that_was_rewritten_still_has_to_add_up(conn: asyncpg.Connection) -> None:
    """Other cents in an honest-looking chain contradict the balances."""
    await conn.execute(
        f"update ledger.transfer set cents = 1 where municipality = '{CITY}' and seq = {RETURN}"
    )
    await rewrite(conn)
    said = await ledger.verify(conn, CITY, YEAR)
    assert isinstance(said, Broken)
    assert said.where in (BUDGET, STREET)
