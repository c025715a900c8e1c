"""How often something may be tried: counted in PostgreSQL, so that it holds over all processes."""

from dataclasses import dataclass
from datetime import timedelta

from store.database import Connection
from store.queries import queries

SQL = queries("limits")

LONGEST = timedelta(hours=1)
"""No limit looks further back, so older rows go."""


@dataclass(frozen=True)
class Limit:
    """At most ``most`` tries in any stretch of ``within``; raises ``ValueError`` beyond an hour."""

    name: str
    most: int
    within: timedelta = LONGEST

    def __post_init__(self) -> None:
        if self.within > LONGEST:
            raise ValueError("a limit looks back an hour at most")


async def attempt(conn: Connection, limit: Limit, whose: str) -> bool:
    """Count a try, in the caller's transaction. False: there were enough, and this one is not counted.

    ``whose`` is a reference or a digest (a vault ref, a street, a hash of an address), never a name. Tries of
    the same one wait for each other until their transactions end.
    """
    key = f"{limit.name}/{whose}"
    await conn.execute(SQL["lock"], key)
    await conn.execute(SQL["sweep"], LONGEST)
    return await conn.fetchval(SQL["attempt"], key, limit.within, limit.most) is not None


async def forget(conn: Connection) -> None:
    """Some of the tries that no limit looks at any more, also where nobody tries again."""
    await conn.execute(SQL["sweep"], LONGEST)


@dataclass(frozen=True)
class Left:
    """How many more tries there are now, and in how many seconds there is another."""

    tries: int
    seconds: int


async def left(conn: Connection, limit: Limit, whose: str) -> Left:
    """What :func:`attempt` leaves, in the same transaction."""
    row = await conn.fetchrow(SQL["used"], f"{limit.name}/{whose}", limit.within)
    return Left(max(0, limit.most - row["tries"]), max(1, row["seconds"]))


async def wait(conn: Connection, limit: Limit, whose: str) -> timedelta:
    """How long until the oldest of the tries that count is forgotten, after :func:`attempt` said no."""
    left: timedelta | None = await conn.fetchval(SQL["wait"], f"{limit.name}/{whose}", limit.within)
    return left or timedelta(0)
