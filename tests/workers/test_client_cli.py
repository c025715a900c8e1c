"""``straat client`` on a real database, as an operator runs it."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from schemas.client import Scope, is_key
from store import clients
from store.database import Database
from tests.conftest import Urls
from tests.today import today
from tests.workers.test_cli import Shell

CREATE = ("client", "create", "--name", "Zaaksysteem", "--scope", "streets:read", "--scope", "totals:read")


@pytest.fixture
def shell(database: Urls) -> Shell:
    """What these commands need, and nothing else."""
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL", "STRAAT_MASTER_KEY_FILE")
    return Shell({"DATABASE_URL": database.app_url} | dict.fromkeys(names, "http://some.test"))


async def test_a_key_is_made_listed_and_revoked(
    shell: Shell, db: Database, owner_conn: asyncpg.Connection
) -> None:
    made = await shell.run(*CREATE, "--municipality", "rotterdam", "--days", "10")
    key = made.out.strip()
    assert made.code == 0, made.err
    assert is_key(key)
    async with db.transaction() as conn:
        client = await clients.known_by(conn, key, today())
    assert client
    assert (client.municipality, client.scopes) == ("rotterdam", [Scope.STREETS_READ, Scope.TOTALS_READ])
    assert client.expires_on == today() + timedelta(days=10)
    listed = await shell.run("client", "list", "--municipality", "rotterdam")
    assert all(
        each in listed.out
        for each in (str(client.id), "Zaaksysteem", "streets:read,totals:read", f"used {today()}")
    )
    assert key not in listed.out
    assert (await shell.run("client", "revoke", str(client.id))).code == 0
    async with db.transaction() as conn:
        assert await clients.known_by(conn, key, today()) is None
        facts = await conn.fetch(
            "select name, actor from registry.fact where name like 'client.%' order by seq"
        )
    assert [tuple(row) for row in facts] == [("client.made", "operator"), ("client.ended", "operator")]
    await owner_conn.execute("update client.client set ended_at = '2026-06-30 22:30+00'")
    assert "ended 2026-07-01 " in (await shell.run("client", "list")).out, "a Dutch day"


async def test_what_does_not_exist_is_said(shell: Shell) -> None:
    nowhere = await shell.run(*CREATE, "--municipality", "nergens")
    assert (nowhere.code, nowhere.out) == (2, "")
    assert "nergens" in nowhere.err
    assert (await shell.run("client", "revoke", str(uuid4()))).code == 2
