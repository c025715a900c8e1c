"""Nobody changes what was booked; who does so all the same is found."""

import hashlib
import json

import asyncpg
import pytest

from schemas.ledger import Broken, LegKind, Verified
from store import ledger
from tests.store.ledger_books import BUDGET, CITY, YEAR, book, leg, open_books, reserve, resolve

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
    """merge into ledger.transfer t using (values (1)) v (seq) on t.seq = v.seq
       when matched then update set cents = 1""",
]
FORBIDDEN_TO_THE_APPLICATION = [
    "update ledger.balance set credits_posted = credits_posted + 1",
    "update ledger.year set state = 'open'",
    "insert into ledger.year (municipality, fiscal_year, head) values ('x', 2026, sha256(''))",
    "insert into ledger.transfer select * from ledger.transfer",
    "insert into ledger.account select 'bank:x:2026', 'bank', 'x', 2026",
    "alter table ledger.transfer disable trigger append_only",
    "select ledger.save(y) from ledger.year y",
    "select ledger.move(t, 0) from ledger.transfer t",
    "create table ledger.mine (x integer)",
]
ENTRANCES = {"transfer", "try_transfer", "open_year", "move_year", "open_accounts"}


async def busy_books(conn: asyncpg.Connection) -> None:
    """Books with one transfer of every kind."""
    await open_books(conn, 1_000_00)
    paid, kept = reserve("paid", 150_00), reserve("kept", 75_00)
    post = resolve("post", paid, LegKind.POST, 100_00)
    await book(conn, paid, kept, post, resolve("release", kept, LegKind.RELEASE), reserve("open", 25_00))
    await book(conn, leg("return", post.credit, post.debit, post.cents, reverses_id=post.id))


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
    assert await ledger.verify(app_conn, CITY, YEAR) == Verified(seq=7, head=head)


async def test_empty_books_verify(app_conn: asyncpg.Connection) -> None:
    await ledger.open_year(app_conn, CITY, YEAR)
    assert isinstance(await ledger.verify(app_conn, CITY, YEAR), Verified)
    assert isinstance(await ledger.verify(app_conn, CITY, 2030), Broken)


async def test_an_auditor_can_recompute_the_chain(app_conn: asyncpg.Connection) -> None:
    await busy_books(app_conn)
    head = hashlib.sha256(f"{CITY}:{YEAR}".encode()).digest()
    for t in await app_conn.fetch(
        "select *, (extract(epoch from recorded_at) * 1000000)::bigint as micros"
        " from ledger.transfer where municipality = $1 order by seq",
        CITY,
    ):
        columns = [
            "municipality",
            "fiscal_year",
            "seq",
            "id",
            "kind",
            "debit",
            "credit",
            "debit_year",
            "credit_year",
            "cents",
            "pending_id",
            "reverses_id",
            "reason",
            "group_id",
            "actor",
            "booked_on",
            "micros",
        ]
        plain = [t[c] if t[c] is None or isinstance(t[c], int) else str(t[c]) for c in columns]
        head = hashlib.sha256(head + json.dumps(plain).encode()).digest()
        assert head == t["hash"]
    assert head == await app_conn.fetchval("select head from ledger.year where municipality = $1", CITY)


TAMPERED = {
    "transfer 4": [
        "update ledger.transfer set cents = cents + 1 where seq = 4",
        "update ledger.transfer set kind = 'release' where seq = 4",
        "update ledger.transfer set debit = 'funding:proefstad:2026' where seq = 4",
        "update ledger.transfer set credit = 'funding:proefstad:2026' where seq = 4",
        "update ledger.transfer set id = gen_random_uuid() where seq = 4",
        "update ledger.transfer set pending_id = gen_random_uuid() where seq = 4",
        "update ledger.transfer set reverses_id = gen_random_uuid() where seq = 4",
        "update ledger.transfer set group_id = gen_random_uuid() where seq = 4",
        "update ledger.transfer set debit_year = 0 where seq = 4",
        "update ledger.transfer set credit_year = 0 where seq = 4",
        "update ledger.transfer set reason = 'tesu' where seq = 4",
        "update ledger.transfer set actor = 'proefstad:treasurer-2' where seq = 4",
        "update ledger.transfer set booked_on = booked_on + 1 where seq = 4",
        "update ledger.transfer set recorded_at = recorded_at + '1 microsecond' where seq = 4",
        "update ledger.transfer set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where seq = 4",
    ],
    "transfer 5": [
        "delete from ledger.transfer where seq = 4",
        "update ledger.transfer set municipality = 'x' where seq = 4",
        "update ledger.transfer set fiscal_year = 2027 where seq = 4",
    ],
    "transfer 6": ["delete from ledger.transfer where seq = 7"],
    "transfer 7": [
        "update ledger.year set head = sha256('') where municipality = 'proefstad'",
        "update ledger.year set seq = 6 where municipality = 'proefstad'",
        "delete from ledger.year where municipality = 'proefstad'",
    ],
    "transfer 10": ["update ledger.transfer set seq = 10 where seq = 7"],
    BUDGET: [
        "update ledger.balance set credits_posted = credits_posted + 1 where account ~ 'budget:proef'",
        "update ledger.balance set credits_pending = credits_pending + 1 where account ~ 'budget:proef'",
        "update ledger.balance set debits_posted = debits_posted + 1 where account ~ 'budget:proef'",
        "update ledger.balance set debits_pending = debits_pending + 1 where account ~ 'budget:proef'",
        "update ledger.balance set version = version + 1 where account ~ 'budget:proef'",
        "update ledger.balance set no_overdraft = false where account ~ 'budget:proef'",
        "update ledger.account set kind = 'bank' where code ~ 'budget:proef'",
        "update ledger.account set currency = 'USD' where code ~ 'budget:proef'",
        "update ledger.account set municipality = 'x' where code ~ 'budget:proef'",
        "update ledger.account set fiscal_year = 2027 where code ~ 'budget:proef'",
        "delete from ledger.balance where account ~ 'budget:proef'",
        "delete from ledger.account where code ~ 'budget:proef'",
    ],
}


@pytest.mark.parametrize(
    ("where", "change"), [(where, change) for where in TAMPERED for change in TAMPERED[where]]
)
async def test_what_was_tampered_with_is_found(
    app_conn: asyncpg.Connection, owner_conn: asyncpg.Connection, where: str, change: str
) -> None:
    await busy_books(app_conn)
    await owner_conn.execute("alter table ledger.transfer drop constraint transfer_id cascade")
    for table in ("transfer", "account", "balance", "year"):
        await owner_conn.execute(f"alter table ledger.{table} disable trigger user")
        for name in await owner_conn.fetch(
            "select conname from pg_constraint"
            f" where conrelid = 'ledger.{table}'::regclass and contype in ('c', 'f')"
        ):
            await owner_conn.execute(f"alter table ledger.{table} drop constraint {name[0]}")
    assert (await owner_conn.execute(change)).split()[-1] == "1"
    found = await ledger.verify(app_conn, CITY, YEAR)
    assert isinstance(found, Broken)
    assert found.where == where


async def test_a_gap_is_found_even_under_fresh_hashes(
    app_conn: asyncpg.Connection, owner_conn: asyncpg.Connection
) -> None:
    await busy_books(app_conn)
    await owner_conn.execute(
        """
        alter table ledger.transfer disable trigger append_only;
        update ledger.transfer set seq = 10 where seq = 7;
        update ledger.transfer t set hash = sha256(before.hash || ledger.canonical(t))
            from ledger.transfer before
            where before.municipality = t.municipality and before.seq = 6 and t.seq = 10;
        update ledger.year set seq = 10, head = t.hash from ledger.transfer t
            where t.seq = 10 and year.municipality = t.municipality
        """
    )
    assert await ledger.verify(app_conn, CITY, YEAR) == Broken(where="transfer 10", why="does not follow")
