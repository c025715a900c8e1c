"""A GET changes nothing: mail scanners follow links, browsers fetch ahead, people press *back*.

Every address is opened twice, by a stranger and by whoever may see it, and all rows of all tables compared.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest_asyncio

from tests.web.addresses import addresses
from tests.web.house import DESK, HERE, PUBLIC, House, at_home, browser_of, sit_down

TABLES = """
    select table_schema || '.' || table_name as name,
           string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
    from information_schema.columns
    where table_schema not in ('pg_catalog', 'information_schema', 'public')
    group by table_schema, table_name
"""

MAY_CHANGE = {
    "registry.session": ("seen_at",),
    "registry.door": ("expires_at",),
    "person.session": ("expires_at",),
    "vault.look": None,
    "outreach.visit": None,
}
"""That somebody is still there, that somebody looked, and how often a poster's code was followed."""

LEFT_BEHIND = ("select count(*) from vault.look", "select sum(visits) from outreach.visit")


async def queries(conn: asyncpg.Connection) -> dict[str, str]:
    """How to tell that a table changed, by its name."""
    found = {}
    for row in await conn.fetch(TABLES):
        left_out = MAY_CHANGE.get(row["name"], ())
        if left_out is not None:
            columns = ", ".join(c for c in row["columns"].split(", ") if c not in left_out)
            found[row["name"]] = (
                f"select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) "
                f"from (select {columns} from {row['name']}) t"
            )
    return found


class Watch:
    """Every row of every table, as it was when somebody last looked."""

    def __init__(self, conn: asyncpg.Connection, told: dict[str, str]) -> None:
        self._conn = conn
        self._told = told
        self._seen: dict[str, tuple[int, str]] = {}

    async def changed(self) -> list[str]:
        """The tables with other rows than before."""
        now = {name: tuple(await self._conn.fetchrow(sql)) for name, sql in self._told.items()}
        before, self._seen = self._seen, now
        return [name for name in now if before and before[name] != now[name]]

    async def left_behind(self) -> list[int]:
        """How many looks, and how many visits."""
        return [int(await self._conn.fetchval(sql)) for sql in LEFT_BEHIND]


@asynccontextmanager
async def watching(house: House) -> AsyncIterator[Watch]:
    """With all tables read once."""
    async with house.db.connection() as conn:
        watch = Watch(conn, await queries(conn))
        await watch.changed()
        yield watch


@pytest_asyncio.fixture
async def watch(house: House) -> AsyncIterator[Watch]:
    async with watching(house) as watch:
        assert len(watch._told) > 35
        yield watch


async def opened_twice(house: House, watch: Watch, app: object, browser: httpx.AsyncClient) -> list[str]:
    """What changed by opening each address, with the address; a HEAD is no other than a GET."""
    wrong = []
    for address in addresses(app):
        if "GET" not in address.methods:
            continue
        path = house.real(address)
        statuses = [(await browser.request(method, path)).status_code for method in ("GET", "GET", "HEAD")]
        if changed := await watch.changed():
            wrong.append(f"{path} {statuses}: {', '.join(changed)}")
    return wrong


async def test_a_stranger_changes_nothing(house: House, watch: Watch) -> None:
    for app, url in ((house.public(), PUBLIC), (house.desk(), DESK)):
        async with browser_of(app, url) as stranger:
            assert await opened_twice(house, watch, app, stranger) == []


async def test_whoever_sits_at_the_desk_changes_nothing(house: House) -> None:
    app = house.desk()
    for seat in ("coordinator-1", "treasurer-1", "scout-1", "privacy-1"):
        async with browser_of(app, DESK) as browser:
            await sit_down(browser, seat)
            async with watching(house) as watch:
                assert await opened_twice(house, watch, app, browser) == [], seat


async def test_a_gangmaker_inside_changes_nothing(house: House) -> None:
    app = house.public()
    async with at_home(house) as resident, watching(house) as watch:
        here = House(house.db, house.keyring, {**house.known, "municipality": "rotterdam"})
        assert (await resident.get("/rotterdam/mijn-straat")).status_code == 200
        for address in addresses(app):
            if "GET" in address.methods:
                await resident.http.get(here.real(address, "rotterdam"))
                assert await watch.changed() == [], address.path


async def test_what_a_look_leaves_behind_is_what_we_say(house: House, watch: Watch) -> None:
    """A look at a concern and a scan of a poster are written down, and nothing else is."""
    async with browser_of(house.public(), PUBLIC) as browser:
        await browser.get(f"/{HERE}/c/{house.known['code']}")
    before = await watch.left_behind()
    app = house.desk()
    async with browser_of(app, DESK) as browser:
        await sit_down(browser, "coordinator-1")
        await browser.get(f"/{HERE}/zorgen/{house.known['concern']}")
    async with browser_of(house.public(), PUBLIC) as browser:
        await browser.get(f"/{HERE}/c/{house.known['code']}")
    after = await watch.left_behind()
    assert after == [count + 1 for count in before]
