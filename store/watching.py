"""What is measured in the database: counts, ages and moments, by municipality; never who or where."""

from dataclasses import dataclass
from datetime import timedelta

from store.database import Connection
from store.migrate import MIGRATIONS
from store.queries import queries

SQL = queries("watching")

LATE = timedelta(days=14)
"""How long a potje may wait for one and the same step before somebody should look."""


@dataclass(frozen=True)
class Measured:
    """One look. ``towns``: by municipality, each measure by name, None where there is nothing to tell."""

    towns: dict[str, dict[str, float | None]]
    streets: list[tuple[str, str, float]]
    potjes: list[tuple[str, str, float]]
    backup: float | None
    """When the latest backup was made, in seconds since 1970."""


async def measure(conn: Connection, late: timedelta = LATE) -> Measured:
    """Everything, at one moment for each query."""
    towns = await conn.fetch(SQL["towns"], late)
    return Measured(
        towns={row["municipality"]: {k: v for k, v in row.items() if k != "municipality"} for row in towns},
        streets=[tuple(row) for row in await conn.fetch(SQL["streets"])],
        potjes=[tuple(row) for row in await conn.fetch(SQL["potjes"])],
        backup=await conn.fetchval(SQL["backup"]),
    )


def newest() -> str:
    """The number of the last migration that this release was made for."""
    return max(path.name for path in MIGRATIONS.glob("*.sql")).partition("_")[0]


async def lacking(conn: Connection) -> list[str]:
    """Our migrations that this database has not had; more than ours is a later release's, and fine."""
    applied = {row["name"] for row in await conn.fetch(SQL["applied"])}
    return [path.name for path in sorted(MIGRATIONS.glob("*.sql")) if path.name not in applied]


async def backed_up(conn: Connection) -> None:
    """Note that a backup is whole; for who makes backups, not for the application."""
    await conn.execute(SQL["backed_up"])
