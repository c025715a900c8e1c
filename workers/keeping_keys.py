"""What every process does about master keys: say which it knows. And what the worker does: wrap anew."""

import asyncio
import os
import socket
import time
from uuid import uuid4

import asyncpg
import structlog

from store import rotation
from store.database import LOST, Database
from store.keys import Keyring
from store.vault import Vault
from workers.key_mount import STAYS, stays
from workers.watching.pulse import PULSE

log = structlog.get_logger("keys")

BEAT = 2.0
"""Seconds between two words about the keys that a process knows."""
EVERY = 5.0
"""Seconds between two looks whether another key seals."""
SOON = 120.0
"""Seconds after that in which each look walks through everything: a process may still use the old one."""
AGAIN = 300.0
"""Seconds between two walks otherwise."""

AWAY = (*LOST, asyncpg.PostgresError)


async def hold(db: Database, keyring: Keyring, kind: str) -> None:
    """Until cancelled: tell which keys this process knows, and whether it could read the file."""
    process = f"{kind}-{socket.gethostname()[:40]}-{os.getpid()}-{uuid4().hex[:6]}"
    trouble = None
    still = STAYS if keyring.file and stays(keyring.file) else None
    if still:
        log.warning("another key would not be seen", status=still)
    try:
        while True:
            PULSE.beat("keys")
            try:
                async with db.transaction() as conn:
                    await rotation.hold(conn, process, kind, keyring, still)
            except AWAY as error:
                log.warning("waits for PostgreSQL", exception_type=type(error).__name__)
            if keyring.trouble != trouble:
                trouble = keyring.trouble
                log.error("the key file cannot be read", status=trouble)
            await asyncio.sleep(BEAT)
    finally:
        await asyncio.shield(_let_go(db, process))


async def _let_go(db: Database, process: str) -> None:
    try:
        async with asyncio.timeout(1), db.transaction() as conn:
            await rotation.let_go(conn, process)
    except (*AWAY, TimeoutError):
        return


async def wrap_anew(db: Database, keyring: Keyring) -> None:
    """Until cancelled: whatever an older master key wraps, or makes findable, comes under the present one."""
    sealing, since, walked = 0, 0.0, 0.0
    vault = Vault(keyring)
    while True:
        now = time.monotonic()
        if keyring.active != sealing:
            since = now
        if now - since < SOON or now - walked > AGAIN:
            try:
                if done := await rotation.rewrap(db, keyring):
                    log.info("wrapped anew", count=done, version=keyring.active)
                if done or sealing != keyring.active:
                    await rotation.find_anew(db, vault)
                sealing, walked = keyring.active, now
            except AWAY as error:
                log.warning("waits for PostgreSQL", exception_type=type(error).__name__)
        await asyncio.sleep(EVERY)
