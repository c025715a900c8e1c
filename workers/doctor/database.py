"""PostgreSQL: its version, our rights, its shape, the way to it, and room for more connections."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from schemas.sign_in import is_loopback
from store import doctor
from store.database import Database
from store.migrate import MIGRATIONS
from workers.doctor.findings import Check, Finding, attention, broken, good
from workers.doctor.groups import Group
from workers.doctor.place import Part, Place

OLDEST = 16
"""The oldest PostgreSQL that our queries are written for."""
FEW = 10
"""Connections: a process of ours takes up to ten."""
SHOWN = 3


def opened(place: Place) -> Database:
    """Its pool, for a check that said it needs it."""
    assert place.db is not None  # noqa: S101
    return place.db


def apart_network(host: str | None) -> bool:
    """Whether a name is one that only an engine's own network knows, such as ``postgres`` in Compose."""
    return bool(host) and "." not in str(host) and ":" not in str(host)


async def server(place: Place) -> list[Finding]:
    """The server as it says it is."""
    async with opened(place).connection() as conn:
        told = await doctor.server(conn)
    found = [_version(told), way(told, place.settings.database_url), _room(told)]
    if told["logs_from"] != "panic":
        found.append(
            attention(
                "a failing statement would write what somebody typed into the log of PostgreSQL",
                "set log_min_error_statement=panic and log_error_verbosity=terse: docs/install.md",
            )
        )
    return found


def _version(told: asyncpg.Record) -> Finding:
    version = str(told["version"]).partition(" ")[0]
    if told["major"] < OLDEST:
        return broken(f"PostgreSQL {version} is older than {OLDEST}", f"move to {OLDEST} or later")
    return good(f"PostgreSQL {version}, time zone {told['zone']}")


def way(told: Mapping[str, Any], url: str) -> Finding:
    """Whether it is encrypted, or need not be."""
    if told["tls"]:
        return good("the way to it is encrypted")
    if told["address"] is None or is_loopback(told["address"]):
        return good("it is on this machine, so the way to it needs no TLS")
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if apart_network(host):
        return good("the way to it has no TLS, by a name that only a network of its own knows")
    return attention(
        "the way to it is not encrypted: names and addresses are sealed, phases and words are not",
        "add ?sslmode=verify-full to DATABASE_URL, and give the server a certificate",
    )


def _room(told: asyncpg.Record) -> Finding:
    left = told["most"] - told["used"]
    if left < FEW:
        return attention(
            f"{left} connection(s) are left of {told['most']}",
            "raise max_connections of PostgreSQL, or run fewer processes",
        )
    return good(f"{left} of {told['most']} connections are free")


async def shape(place: Place) -> list[Finding]:
    """Its migrations are those of this release."""
    try:
        async with opened(place).connection() as conn:
            lacking, later = await doctor.apart(conn)
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return [broken("it was never migrated, or long ago", "straat migrate")]
    found = []
    if lacking:
        told = f"it is behind: {len(lacking)} migration(s) are missing, from {lacking[0]} on"
        found.append(broken(told, "straat migrate, of this release"))
    if later:
        told = f"it is ahead: {len(later)} migration(s) of a later release, up to {later[-1]}"
        found.append(attention(told, "ask the doctor of that release; a release before it goes on working"))
    return found or [good(f"all {_count()} migrations are there, and no later one")]


def _count() -> int:
    return len(list(MIGRATIONS.glob("*.sql")))


async def role(place: Place) -> list[Finding]:
    """We may do what we need, and nothing that would let the past be changed."""
    async with opened(place).connection() as conn:
        told = await doctor.role(conn)
        too_much = await doctor.too_much(conn)
        too_little = await doctor.too_little(conn)
    if told["mighty"] or told["owner"]:
        return [
            broken(
                f"the role {told['name']} may far too much: the past of the ledger could be changed by it",
                "let DATABASE_URL name straat_app; ADMIN_DATABASE_URL is for straat migrate alone",
            )
        ]
    found = []
    if too_much:
        told_them = f"what is written for good can be changed: {some(too_much)}"
        found.append(broken(told_them, f"revoke that of {told['name']}, and ask who granted it"))
    if too_little:
        told_them = f"the role {told['name']} cannot read {some(too_little)}"
        found.append(broken(told_them, "straat migrate; or let DATABASE_URL name straat_app"))
    return found or [good(f"the role {told['name']} may what it needs, and cannot change what is written")]


def some(names: list[str]) -> str:
    """The first few of them, and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown


CHECKS = [
    Check(Group.DATABASE, "its version and the way to it", server, (Part.DATABASE,)),
    Check(Group.DATABASE, "its migrations", shape, (Part.DATABASE,)),
    Check(Group.DATABASE, "what our role may", role, (Part.DATABASE,)),
]
