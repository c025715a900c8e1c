"""Who may do what in the database: the application little, everybody else nothing."""

import asyncpg
import pytest

from schemas.facts import Fact
from store import ledger, registry
from tests.conftest import Urls
from tests.store.ledger_books import BUDGET, STREET, book, leg, open_books

SCHEMAS = (
    *("vault", "post", "registry", "money", "ledger", "intake", "concern", "social", "person", "public"),
    "client",
    "event",
    "staff",
)
OURS = str(SCHEMAS)
FACT = Fact(key="f", name="joined", municipality="rotterdam", subject="rozenlaan")

UPDATABLE = {
    "registry.removed",
    "vault.item",
    "vault.master_key",
    "registry.policy",
    "registry.signup",
    "registry.street",
    "registry.intake",
    "registry.potje",
    "registry.renewal",
    "registry.story",
    "money.payee",
    "money.batch",
    "money.payment",
    "money.suspense",
    "money.addressee",
    "concern.concern",
    "intake.slot",
    "intake.starter",
    "social.offer",
    "client.client",
    "staff.member",
}
PASSING = {
    *("post.submission", "post.link", "post.mail", "post.code", "registry.session", "concern.code"),
    *("client.submission", "event.webhook"),
    "vault.holder",
    "registry.door",
    "post.attempt",
    "concern.session",
    "person.code",
    "person.session",
    "event.told",
    "event.delivery",
    "staff.role",
    "staff.passkey",
    "staff.code",
    "staff.entrance",
    "staff.spent",
}
INSERT_ONLY = {
    "vault.erasure",
    "vault.look",
    "registry.fact",
    "money.entry",
    "money.movement",
    "money.statement",
    "intake.offer",
    "registry.turn",
}
READ_ONLY = {
    "registry.backup",
    "ledger.year",
    "ledger.account",
    "ledger.balance",
    "ledger.transfer",
    "ledger.mark",
}
NO_WAY = {"public.migration"}


async def allowed(conn: asyncpg.Connection, privilege: str, role: str = "straat_app") -> set[str]:
    """The tables on which a role has a privilege."""
    rows = await conn.fetch(
        "select schemaname || '.' || tablename as name from pg_tables where schemaname in " + OURS + " and "
        "has_table_privilege($1, format('%I.%I', schemaname, tablename), $2) "
        "and has_schema_privilege($1, schemaname, 'usage')",
        role,
        privilege,
    )
    return {row["name"] for row in rows}


async def test_the_application_has_no_more_than_it_needs(owner_conn: asyncpg.Connection) -> None:
    tables = await owner_conn.fetch(
        "select schemaname || '.' || tablename from pg_tables where schemaname in " + OURS
    )
    assert {row[0] for row in tables} == UPDATABLE | PASSING | INSERT_ONLY | READ_ONLY | NO_WAY
    assert await allowed(owner_conn, "select") == UPDATABLE | PASSING | INSERT_ONLY | READ_ONLY
    assert await allowed(owner_conn, "insert") == UPDATABLE | PASSING | INSERT_ONLY
    assert await allowed(owner_conn, "update") == UPDATABLE | PASSING
    assert await allowed(owner_conn, "delete") == PASSING
    for privilege in ("truncate", "references", "trigger"):
        assert await allowed(owner_conn, privilege) == set()


async def test_everybody_else_has_nothing(owner_conn: asyncpg.Connection) -> None:
    async with owner_conn.transaction():
        await owner_conn.execute("create role somebody")
        for privilege in ("select", "insert", "update", "delete", "truncate"):
            assert await allowed(owner_conn, privilege, "somebody") == set()
        schemas = await owner_conn.fetch(
            "select nspname from pg_namespace where nspname in " + OURS + " and "
            "(has_schema_privilege('somebody', oid, 'usage') "
            "or has_schema_privilege('somebody', oid, 'create'))"
        )
        assert [row["nspname"] for row in schemas] == []
        money = await owner_conn.fetch(
            "select proname from pg_proc where pronamespace = 'ledger'::regnamespace "
            "and has_function_privilege('somebody', oid, 'execute')"
        )
        assert [row["proname"] for row in money] == []
        await owner_conn.execute("drop role somebody")


async def test_the_application_makes_nothing_of_its_own(app_conn: asyncpg.Connection) -> None:
    for schema in SCHEMAS:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app_conn.execute(f"create table {schema}.mine (n int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app_conn.execute("set role straat_owner")


async def test_the_roles_are_ordinary_and_the_owner_cannot_log_in(
    owner_conn: asyncpg.Connection, database: Urls
) -> None:
    roles = await owner_conn.fetch("select * from pg_roles where rolname in ('straat_owner', 'straat_app')")
    assert {role["rolname"]: role["rolcanlogin"] for role in roles} == {
        "straat_owner": False,
        "straat_app": True,
    }
    powers = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")
    assert not any(role[power] for role in roles for power in powers)
    assert (
        await owner_conn.fetchval(
            "select count(*) from pg_auth_members where roleid::regrole::text ~ 'straat'"
        )
        == 0
    )
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="not permitted to log in"):
        await asyncpg.connect(database.admin_url.replace("postgres@", "straat_owner@"))


REFUSED = (
    "update registry.fact set actor = 'nobody'",
    "delete from registry.fact",
    "truncate registry.fact",
    "update vault.erasure set reason = ''",
    "delete from vault.erasure",
    "delete from vault.look",
    "delete from vault.item",
    "insert into ledger.transfer default values",
    "update ledger.balance set debits_posted = 0",
    "delete from ledger.transfer",
    "update ledger.year set state = 'open'",
    "insert into ledger.mark default values",
    "update ledger.mark set subject = 'x'",
    "update money.entry set reason = 'other'",
    "delete from money.entry",
    "update money.movement set cents = 1",
    "update money.statement set sha256 = sha256('')",
    "delete from money.statement",
    "alter table registry.fact disable trigger append_only",
    "drop table registry.fact",
    "select * from public.migration",
)
APPEND_ONLY = (
    "update registry.fact set actor = 'nobody'",
    "delete from registry.fact",
    "truncate registry.fact",
    "update ledger.transfer set cents = 1",
    "delete from ledger.transfer",
    "truncate ledger.transfer cascade",
    "update ledger.mark set subject = 'x'",
    "delete from ledger.mark",
    "truncate ledger.mark",
)


async def test_the_application_changes_and_removes_nothing_for_good(app_conn: asyncpg.Connection) -> None:
    for statement in REFUSED:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app_conn.execute(statement)


async def test_what_was_written_stays_even_for_the_superuser(
    app_conn: asyncpg.Connection, owner_conn: asyncpg.Connection
) -> None:
    await registry.enter(app_conn, FACT)
    await open_books(app_conn, 1_00)
    for role in ("origin", "replica"):
        await owner_conn.execute(f"set session_replication_role = {role}")
        for statement in APPEND_ONLY:
            with pytest.raises(asyncpg.PostgresError) as refused:
                await owner_conn.execute(statement)
            assert refused.value.sqlstate == "LL008"


async def test_the_application_books_through_the_functions_only(app_conn: asyncpg.Connection) -> None:
    await open_books(app_conn, 1_00)
    await book(app_conn, leg("pay", BUDGET, STREET, 1_00))
    balance = await ledger.balance(app_conn, BUDGET)
    assert balance.debits_posted == 1_00
    callable_ = await app_conn.fetch(
        "select proname from pg_proc where pronamespace = 'ledger'::regnamespace "
        "and has_function_privilege(current_user, oid, 'execute')"
    )
    assert {row["proname"] for row in callable_} == {
        "transfer",
        "try_transfer",
        "open_year",
        "move_year",
        "open_accounts",
        "put_mark",
    }
    pinned = await app_conn.fetch(
        "select proname, proconfig from pg_proc where pronamespace = 'ledger'::regnamespace and prosecdef"
    )
    assert pinned
    assert all(row["proconfig"] == ["search_path=pg_catalog, pg_temp"] for row in pinned)
