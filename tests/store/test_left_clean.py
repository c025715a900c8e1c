"""Connections of the pool are not cleaned between two uses, so nothing may be left on them."""

import re

import asyncpg
import pytest

from store.database import Database
from store.queries import SQL, queries

LEFT = re.compile(
    r"\b(set\s+(session|time|role|search_path)|set_config\(|listen\s|pg_(try_)?advisory_lock\(|prepare\s|"
    r"declare\s|create\s+temp)",
    re.IGNORECASE,
)
ON_ITS_OWN = {("outbox", "only_postman"): "asked by a listener, on a connection outside the pool"}


def test_no_statement_leaves_anything_on_its_connection() -> None:
    texts = {
        (area.stem, name): text for area in SQL.glob("*.sql") for name, text in queries(area.stem).items()
    }
    assert {each for each, text in texts.items() if LEFT.search(text)} == set(ON_ITS_OWN)


@pytest.mark.parametrize(
    "text", ["set role straat_app", "select set_config('a', 'b', false)", "listen inbox"]
)
def test_the_search_finds_what_would_stay(text: str) -> None:
    assert LEFT.search(text)


async def test_who_breaks_off_a_transaction_leaves_none_behind(db: Database) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction() as conn:
            await conn.execute("insert into post.attempt (key) values ('x')")
            raise asyncpg.UniqueViolationError
    async with db.connection() as conn:
        assert not conn.is_in_transaction()
        assert await conn.fetchval("select count(*) from post.attempt") == 0


async def test_a_transaction_that_could_not_be_rolled_back_goes_with_its_connection(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """As when PostgreSQL hangs while a worker is told to stop; the pool would tell an error of it."""
    async with db.connection() as conn:
        left = await conn.fetchval("select pg_backend_pid()")
        await conn.execute("begin")
    async with db.connection() as conn:
        assert await conn.fetchval("select pg_backend_pid()") != left
        assert not conn.is_in_transaction()
    assert caplog.records == []
