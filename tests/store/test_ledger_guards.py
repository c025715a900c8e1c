"""Nobody changes what was booked, and anybody can recompute it."""

import hashlib

import asyncpg
import pytest

from schemas.ledger import Broken, LegKind, MarkKind, Verified
from store import ledger
from tests.store.ledger_books import (
    BUDGET,
    CITY,
    TREASURER,
    YEAR,
    book,
    leg,
    open_books,
    reserve,
    resolve,
)
from tests.store.ledger_chain import chain_lines, recomputed

CHANGES = [
    "update ledger.transfer set cents = cents + 1",
    "delete from ledger.transfer",
    "truncate ledger.transfer cascade",
    "update ledger.account set currency = 'EUR'",
    "delete from ledger.account",
    "truncate ledger.account cascade",
    "delete from ledger.balance",
    "truncate ledger.balance",
    "delete from ledger.year",
    "truncate ledger.year cascade",
    "update ledger.mark set subject = 'x'",
    "delete from ledger.mark",
    "truncate ledger.mark",
    """merge into ledger.transfer t using (values (1)) v (seq) on t.seq = v.seq
       when matched then update set cents = 1""",
]
FORBIDDEN_TO_THE_APPLICATION = [
    "update ledger.balance set credits_posted = credits_posted + 1",
    "update ledger.year set state = 'open'",
    "insert into ledger.year (municipality, fiscal_year, head) values ('x', 2026, sha256(''))",
    "insert into ledger.transfer select * from ledger.transfer",
    "insert into ledger.account select 'bank:x:2026', 'bank', 'x', 2026",
    "insert into ledger.mark select * from ledger.mark",
    "select ledger.append_mark(y, 'note', 'x', sha256(''), 'x') from ledger.year y",
    "select ledger.one_by_one('{}', 'x', gen_random_uuid(), now()::date)",
    "select ledger.book_together('{}', 'x', gen_random_uuid(), now()::date)",
    "alter table ledger.transfer disable trigger append_only",
    "select ledger.save(y) from ledger.year y",
    "select ledger.move(t, 0) from ledger.transfer t",
    "create table ledger.mine (x integer)",
]
ENTRANCES = {"transfer", "try_transfer", "open_year", "move_year", "open_accounts", "put_mark"}


async def busy_books(conn: asyncpg.Connection) -> None:
    """Books with one transfer and one mark of every kind."""
    await open_books(conn, 1_000_00)
    paid, kept = reserve("paid", 150_00), reserve("kept", 75_00)
    post = resolve("post", paid, LegKind.POST, 100_00)
    await book(conn, paid, kept, post, resolve("release", kept, LegKind.RELEASE), reserve("open", 25_00))
    await book(conn, leg("return", post.credit, post.debit, post.cents, reverses_id=post.id))
    for kind in (MarkKind.FILE, MarkKind.NOTE):
        digest = hashlib.sha256(kind.encode()).digest()
        await ledger.mark(conn, CITY, YEAR, kind=kind, subject="x/1", digest=digest, actor=TREASURER)


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_booked_stays(
    app_conn: asyncpg.Connection, owner_conn: asyncpg.Connection, change: str
) -> None:
    await busy_books(app_conn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app_conn.execute(change)
    for who in ("set role straat_owner", "reset role", "set session_replication_role = replica"):
        await owner_conn.execute(who)
        with pytest.raises(asyncpg.PostgresError) as refused:
            await owner_conn.execute(change)
        assert refused.value.sqlstate == "LL008"


@pytest.mark.parametrize("change", FORBIDDEN_TO_THE_APPLICATION)
async def test_the_application_only_calls_functions(app_conn: asyncpg.Connection, change: str) -> None:
    await busy_books(app_conn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app_conn.execute(change)


async def test_only_the_entrances_can_be_called(owner_conn: asyncpg.Connection) -> None:
    rows = await owner_conn.fetch(
        """select p.proname as name, p.prosecdef as definer, p.proconfig as settings,
              pg_get_userbyid(p.proowner) as owner,
              has_function_privilege('straat_app', p.oid, 'execute') as app,
              exists (
                  select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                  where a.grantee = 0
              ) as everybody
           from pg_proc p where p.pronamespace = 'ledger'::regnamespace"""
    )
    assert {row["name"] for row in rows if row["app"]} == ENTRANCES
    assert not [row["name"] for row in rows if row["everybody"]]
    assert {row["owner"] for row in rows} == {"straat_owner"}
    for row in rows:
        assert row["definer"] == (row["name"] in ENTRANCES)
        assert not row["definer"] or row["settings"] == ["search_path=pg_catalog, pg_temp"]


async def test_everybody_else_sees_nothing(owner_conn: asyncpg.Connection) -> None:
    await owner_conn.execute("create role ledger_stranger")
    try:
        for change in ("select * from ledger.balance", "select ledger.open_year('x', 2026)"):
            async with owner_conn.transaction():
                await owner_conn.execute("set local role ledger_stranger")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with owner_conn.transaction():
                        await owner_conn.execute(change)
    finally:
        await owner_conn.execute("drop role ledger_stranger")


async def test_the_balance_row_refuses_an_overdraft_by_itself(
    app_conn: asyncpg.Connection, owner_conn: asyncpg.Connection
) -> None:
    await open_books(app_conn, 100)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await owner_conn.execute("update ledger.balance set debits_pending = 101 where account = $1", BUDGET)
    assert refused.value.constraint_name == "no_overdraft"


async def test_sound_books_verify(app_conn: asyncpg.Connection) -> None:
    await busy_books(app_conn)
    head = await app_conn.fetchval(
        "select encode(head, 'hex') from ledger.year where municipality = $1", CITY
    )
    assert await ledger.verify(app_conn, CITY, YEAR) == Verified(seq=10, head=head)


async def test_empty_books_verify(app_conn: asyncpg.Connection) -> None:
    await ledger.open_year(app_conn, CITY, YEAR)
    assert isinstance(await ledger.verify(app_conn, CITY, YEAR), Verified)
    assert isinstance(await ledger.verify(app_conn, CITY, 2030), Broken)


async def test_an_auditor_can_recompute_the_chain(app_conn: asyncpg.Connection) -> None:
    await busy_books(app_conn)
    lines = await chain_lines(app_conn, CITY, YEAR)
    assert [line.kind for line in lines] == ["mark", *["transfer"] * 7, "mark", "mark"]
    assert recomputed(CITY, YEAR, lines) == [line.hash for line in lines]
    verdict = await ledger.verify(app_conn, CITY, YEAR)
    assert verdict == Verified(seq=len(lines), head=lines[-1].hash.hex())
