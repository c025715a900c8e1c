"""A listener holds a turn that others wait for, so PostgreSQL makes sure that it is still there."""

from store.database import ALIVE, Database


async def test_a_listener_that_vanished_is_missed_within_half_a_minute(db: Database) -> None:
    conn = await db.listen()
    try:
        told = {name: await conn.fetchval("select current_setting($1)", name) for name in ALIVE}
    finally:
        await conn.close()
    assert told == ALIVE
    idle, interval, count = (int(told[f"tcp_keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + interval * count <= 30
