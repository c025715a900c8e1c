"""What an input left behind: rows of any table, lines of the log, commands to Temporal."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog

from tests.web.test_get_changes_nothing import MAY_CHANGE, TABLES
from workers import logs

LOOKING = MAY_CHANGE
"""What any request may leave behind, a refused one too; see ``test_get_changes_nothing.py``."""

TRIES: dict[str, tuple[str, ...] | None] = {
    "post.attempt": None,
    "post.code": ("wrong",),
    "person.code": ("wrong",),
    "concern.code": ("wrong",),
    "staff.code": ("wrong",),
    "staff.spent": None,
}
"""What a refused form may leave besides: that somebody tried."""


@dataclass
class Log:
    """The log as an operator would read it, since somebody last looked."""

    stream: io.StringIO

    def taken(self) -> str:
        """All of it; the next look begins anew."""
        said = self.stream.getvalue()
        self.stream.seek(0)
        self.stream.truncate()
        return said


@contextmanager
def listening() -> Iterator[Log]:
    """With the log of the real processes, format and filters and all, in memory."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    quiet = {
        name: logging.getLogger(name).level for name in ("uvicorn.access", "asyncio", "aiosmtplib", "httpx")
    }
    with redirect_stdout(io.StringIO()):
        logs.set_up("fuzz")
    real = structlog.get_config()
    # A logger that keeps its first settings would still write here when we are gone.
    structlog.configure(**{**real, "cache_logger_on_first_use": False})
    stream = io.StringIO()
    ours = logging.StreamHandler(stream)
    ours.setFormatter(root.handlers[0].formatter)
    root.handlers = [ours]
    try:
        yield Log(stream)
    finally:
        root.handlers, root.level = handlers, level
        for name, before in quiet.items():
            logging.getLogger(name).setLevel(before)
        structlog.configure(**kept)


def _sum_over(columns: list[str]) -> str:
    return f"coalesce(sum(hashtextextended(row({', '.join(columns)})::text, 0)), 0)::text"


async def digest_of_all(conn: asyncpg.Connection) -> str:
    """One query that tells of every table how many rows it has, and a sum over what they hold."""
    parts = []
    for row in await conn.fetch(TABLES):
        name, columns = row["name"], row["columns"].split(", ")
        left_out = LOOKING.get(name, ())
        if left_out is None:
            continue
        kept = [each for each in columns if each not in left_out]
        tried = [each for each in kept if each not in (TRIES.get(name) or ())]
        parts.append(f"select '{name}', count(*), {_sum_over(kept)}, {_sum_over(tried)} from {name}")
    return " union all ".join(parts)


@dataclass
class Rows:
    """Every row of every table, as it was when somebody last looked."""

    conn: asyncpg.Connection
    asking: str
    seen: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    at: str = ""

    @classmethod
    async def of(cls, conn: asyncpg.Connection) -> "Rows":
        """With all tables read once."""
        rows = cls(conn, await digest_of_all(conn))
        assert rows.asking.count("union all") > 35
        await rows.changed()
        return rows

    def count(self, table: str) -> int:
        """How many rows there were when somebody last looked."""
        return int(self.seen[table][0])

    async def changed(self) -> dict[str, bool]:
        """The tables with other rows than before, each with whether that is more than a try counted."""
        at = await self.conn.fetchval("select pg_current_wal_insert_lsn()::text")
        if at == self.at:
            return {}  # Nothing at all was written, by anybody.
        now = {row[0]: tuple(row)[1:] for row in await self.conn.fetch(self.asking)}
        before, self.seen = self.seen, now
        self.at = await self.conn.fetchval("select pg_current_wal_insert_lsn()::text")
        if not before:
            return {}
        apart = {name: (before[name], now[name]) for name in now if before[name] != now[name]}
        return {name: self._is_more(name, *each) for name, each in apart.items()}

    def _is_more(self, name: str, before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
        if name not in TRIES:
            return True
        return TRIES[name] is not None and (before[0], before[2]) != (now[0], now[2])
