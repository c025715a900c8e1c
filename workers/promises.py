"""What was promised to residents, kept by the worker: found by their address, erased for good.

At its start, and again each minute: what a restored backup brought back is erased again, and access that it
gave back is taken again, from the log that is kept apart; that log is written on; who was sealed before there
was an index is made findable; new addresses that nobody confirmed are erased; tries that no limit counts any
more are forgotten.
"""

import asyncio
from pathlib import Path
from uuid import UUID

import structlog

from store import clients, erasing, erasure_log, limits, people, revoking, staff
from store.database import LOST, Database
from store.vault import Vault

log = structlog.get_logger("promises")

EVERY = 60.0
"""Seconds."""
BATCH = 500


async def keep_promises(db: Database, vault: Vault, path: Path | None) -> None:
    """Until cancelled. A file that cannot be read or written is told, and left as it is."""
    while True:
        try:
            await once(db, vault, path)
        except LOST as error:
            log.warning("waits for PostgreSQL", exception_type=type(error).__name__)
        except (OSError, erasure_log.BrokenLog) as error:
            log.error("the log of erasures is not kept", exception_type=type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(EVERY)


async def once(db: Database, vault: Vault, path: Path | None) -> None:
    """All of it, once."""
    await index(db, vault)
    async with db.transaction() as conn:
        await people.forget_unconfirmed(conn, vault)
        await limits.forget(conn)
        await clients.forget_digests(conn)
        await staff.forget_spent(conn)
    if path is None:
        await keep_log(db, vault, None)
        return
    with erasure_log.alone(path) as mine:
        if mine:
            await keep_log(db, vault, path)


async def keep_log(db: Database, vault: Vault, path: Path | None) -> None:
    """Do again what the log says was done, and write it on. Of several workers one at a time does so."""
    kept = path.read_text("utf-8") if path and path.exists() else ""  # noqa: ASYNC240  a short file
    known = erasure_log.read(kept)
    async with db.transaction() as conn:
        back = await erasing.replay(conn, vault, known.erased)
        again = await revoking.replay(conn, known.revoked)
        now = erasure_log.written(await vault.erasures(conn), await revoking.told(conn))
    if back:
        log.warning("erased again after a restore", count=back)
    if again:
        log.warning("revoked again after a restore", count=again)
    if path and now != kept:
        erasure_log.write_private(path, now.encode())


async def index(db: Database, vault: Vault) -> None:
    """Make everybody findable by their address; only the key file can do it."""
    after: UUID | None = UUID(int=0)
    while after is not None:
        async with db.transaction() as conn:
            after = await vault.make_findable(conn, after, BATCH)
