"""The limiter: so many in an hour and no more, also of those that come at the same moment."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from store.database import Database
from store.limits import Limit, attempt

THREE = Limit("three", 3, timedelta(minutes=10))


async def one(db: Database, limit: Limit = THREE, whose: str = "a") -> bool:
    async with db.transaction() as conn:
        return await attempt(conn, limit, whose)


async def test_so_many_and_no_more(db: Database) -> None:
    assert [await one(db) for _ in range(5)] == [True, True, True, False, False]
    assert await one(db, whose="b")
    assert await one(db, Limit("other", 1))


async def test_of_those_at_the_same_moment_no_more(db: Database) -> None:
    came = await asyncio.gather(*(one(db) for _ in range(9)))
    assert sorted(came) == [False] * 6 + [True] * 3


async def test_the_oldest_no_longer_counts(db: Database, owner_conn: asyncpg.Connection) -> None:
    for _ in range(3):
        await one(db)
    await owner_conn.execute("update post.attempt set at = at - interval '9 minutes'")
    assert not await one(db)
    await owner_conn.execute(
        """update post.attempt set at = at - interval '1 minute'
           where ctid = (select min(ctid) from post.attempt)"""
    )
    assert [await one(db) for _ in range(2)] == [True, False]


async def test_what_is_undone_did_not_count(db: Database) -> None:
    for _ in range(4):
        with pytest.raises(LookupError):
            async with db.transaction() as conn:
                assert await attempt(conn, THREE, "a")
                raise LookupError
    assert await one(db)


async def test_old_rows_go(db: Database, owner_conn: asyncpg.Connection) -> None:
    await owner_conn.execute(
        """insert into post.attempt
           select 'old/' || n, now() - interval '61 minutes' from generate_series(1, 90) n"""
    )
    await one(db)
    assert await owner_conn.fetchval("select count(*) from post.attempt") == 1


def test_a_limit_looks_back_an_hour_at_most() -> None:
    with pytest.raises(ValueError, match="an hour"):
        Limit("day", 1, timedelta(hours=2))
