"""How often something may be tried: counted in PostgreSQL, so that it holds over all processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

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


Whose: TypeAlias = "str | Sequence[str]"
"""A reference or a digest (a vault ref, a street, a hash of an address), never a name. Of a keyed digest that
under every master key, the active one first: what was counted before another key came counts on."""


def _keys(limit: Limit, whose: Whose) -> list[str]:
    return [f"{limit.name}/{each}" for each in ([whose] if isinstance(whose, str) else whose)]


async def attempt(conn: Connection, limit: Limit, whose: Whose) -> bool:
    """Count a try, in the caller's transaction. False: there were enough, and this one is not counted.

    Tries of the same one wait for each other until their transactions end.
    """
    keys = _keys(limit, whose)
    for key in sorted(keys):
        await conn.execute(SQL["lock"], key)
    await conn.execute(SQL["sweep"], LONGEST)
    return await conn.fetchval(SQL["attempt"], keys, limit.within, limit.most) is not None


async def forget(conn: Connection) -> None:
    """Some of the tries that no limit looks at any more, also where nobody tries again."""
    await conn.execute(SQL["sweep"], LONGEST)


@dataclass(frozen=True)
class Left:
    """How many more tries there are now, and in how many seconds there is another."""

    tries: int
    seconds: int


async def left(conn: Connection, limit: Limit, whose: Whose) -> Left:
    """What :func:`attempt` leaves, in the same transaction."""
    row = await conn.fetchrow(SQL["used"], _keys(limit, whose), limit.within)
    return Left(max(0, limit.most - row["tries"]), max(1, row["seconds"]))


async def wait(conn: Connection, limit: Limit, whose: Whose) -> timedelta:
    """How long until the oldest of the tries that count is forgotten, after :func:`attempt` said no."""
    left: timedelta | None = await conn.fetchval(SQL["wait"], _keys(limit, whose), limit.within)
    return left or timedelta(0)
