"""What goes by itself goes without anybody coming by: the worker sees to it each minute."""

from uuid import uuid4

import asyncpg

from store.database import Database
from store.vault import Vault
from workers.promises import once


async def test_tries_codes_and_digests_go_by_themselves(
    db: Database, vault: Vault, owner_conn: asyncpg.Connection
) -> None:
    submission, client = uuid4(), uuid4()
    await owner_conn.execute("insert into post.attempt (key, at) values ('x', now() - interval '2 hours')")
    await owner_conn.execute(
        "insert into staff.spent (digest, expires_at) values ('x', now() - interval '1 second')"
    )
    await owner_conn.execute(
        "insert into person.code (id, municipality, person, reader, opens, browser_hash, created_at,"
        " expires_at) values ($1, 'rotterdam', $1, $1, 'data', '', now() - interval '2 hours', now())",
        uuid4(),
    )
    await owner_conn.execute(
        "insert into post.submission (id, kind, municipality, payload)"
        " values ($1, 'signup', 'rotterdam', '{}')",
        submission,
    )
    await owner_conn.execute(
        "insert into client.client (id, municipality, name, key_hash, hint, scopes, expires_on, made_by)"
        " values ($1, 'rotterdam', 'x', sha256('x'), 'x', '{}', now(), 'engine')",
        client,
    )
    await owner_conn.execute(
        "insert into client.submission (submission, municipality, client, digest, received_at)"
        " values ($1, 'rotterdam', $2, 'x', now() - interval '8 days')",
        *(submission, client),
    )
    await once(db, vault, None)
    counted = "select (select count(*) from {}), (select count(*) from {}), (select count(*) from {})"
    row = await owner_conn.fetchrow(counted.format("post.attempt", "staff.spent", "person.code"))
    assert row is not None
    assert tuple(row) == (0, 0, 0)
    assert await owner_conn.fetchval("select digest from client.submission") is None
