"""The doors that come first: each is tried by itself, and says in a finding whether it opened."""

import asyncio
from datetime import timedelta
from time import monotonic

import asyncpg
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from store import doctor
from store.database import LOST
from store.keys import KeyFileError, Keyring
from workers.connecting import USUAL
from workers.doctor.findings import Finding, broken, good, not_checked
from workers.doctor.groups import Group
from workers.doctor.place import Part, Place

PATIENCE = 4.0
"""Seconds for each door."""

BEHIND = {Group.DATABASE: Part.DATABASE, Group.TEMPORAL: Part.TEMPORAL, Group.KEYS: Part.KEYS}
"""What can be asked once the door of a group is open."""

NOT_IN = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)


async def open_all(place: Place) -> list[tuple[Group, Finding]]:
    """Every door at once; what stays shut is written down in ``place.lacking``."""
    doors = ((Group.DATABASE, database), (Group.TEMPORAL, temporal), (Group.KEYS, keys))
    found = await asyncio.gather(*(door(place) for _, door in doors))
    return [(group, finding) for (group, _), finding in zip(doors, found, strict=True)]


async def database(place: Place) -> Finding:
    """PostgreSQL lets us in, and answers."""
    if not place.has("DATABASE_URL"):
        place.lacking[Part.DATABASE] = "DATABASE_URL is missing or wrong"
        return not_checked("PostgreSQL: DATABASE_URL is missing or wrong")
    db = doctor.opened(place.settings.database_url)
    began = monotonic()
    try:
        async with asyncio.timeout(PATIENCE), db.connection() as conn:
            await doctor.now(conn)
    except NOT_IN as error:
        place.lacking[Part.DATABASE] = "PostgreSQL does not let us in"
        return broken(
            f"PostgreSQL answers, and does not let us in ({type(error).__name__})",
            "mend role, password or database name in DATABASE_URL",
        )
    except (*LOST, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        place.lacking[Part.DATABASE] = "PostgreSQL does not answer"
        return broken(
            f"PostgreSQL does not answer ({type(error).__name__})",
            "does it run, and is DATABASE_URL its address? docs/alerts.md, DatabaseIsAway",
        )
    place.db = db
    return good(f"PostgreSQL answers, {1000 * (monotonic() - began):.0f} ms with coming in")


async def temporal(place: Place) -> Finding:
    """Temporal answers for itself, whatever becomes of the namespace."""
    try:
        config = ClientConfig.load_client_connect_config()
    except Exception as error:  # noqa: BLE001 - whatever is wrong in it, its words may repeat a key
        place.lacking[Part.TEMPORAL] = "Temporal's own settings cannot be read"
        return broken(
            f"Temporal's own settings cannot be read ({type(error).__name__})",
            "see TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE in docs/settings.md",
        )
    config.setdefault("target_host", USUAL)
    place.temporal_config = dict(config)
    address = str(config["target_host"])
    began = monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            client = await Client.connect(**config)
            await client.service_client.check_health(timeout=timedelta(seconds=PATIENCE))
    except (RPCError, RuntimeError, OSError, TimeoutError, ValueError) as error:
        place.lacking[Part.TEMPORAL] = "Temporal does not answer"
        kind = error.status.name if isinstance(error, RPCError) else type(error).__name__
        return broken(
            f"Temporal does not answer at {address} ({kind})",
            "does it run, and do TEMPORAL_ADDRESS and TEMPORAL_TLS fit? docs/alerts.md, TemporalIsAway",
        )
    place.temporal = client
    return good(f"Temporal answers at {address}, {1000 * (monotonic() - began):.0f} ms with coming in")


async def keys(place: Place) -> Finding:
    """The file with the master keys can be read."""
    if not place.has("STRAAT_MASTER_KEY_FILE"):
        place.lacking[Part.KEYS] = "STRAAT_MASTER_KEY_FILE is missing or wrong"
        return not_checked("master keys: STRAAT_MASTER_KEY_FILE is missing or wrong")
    try:
        place.keyring = await asyncio.to_thread(Keyring.read, place.settings.master_key_file)
    except (KeyFileError, OSError) as error:
        place.lacking[Part.KEYS] = "the key file cannot be used"
        why = str(error) if isinstance(error, KeyFileError) else f"it cannot be read ({type(error).__name__})"
        return broken(f"STRAAT_MASTER_KEY_FILE: {why}", "put your copy of the key file back: docs/backup.md")
    count = len(place.keyring.keys)
    return good(f"the key file holds {count} master key(s), and key {place.keyring.active} seals")
