"""The lists of the desk at 10,000 streets, over real HTTP, beside their own SQL in the same run."""

import asyncio
import os
import shutil
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any, TypeAlias

import asyncpg
import httpx

from forms.desk.app import desk_app
from forms.settings import WebSettings
from schemas.person import Place, Story
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from tests.bench.ground import CITY, YEAR, Ground, ground
from tests.bench.row import Row, at_most, no_more_than
from tests.conftest import free_port

FILL = Path(__file__).with_name("streets.sql")
MOST_MS, MOST_RATIO = 150.0, 5.0

PAGES = {
    "coordinator-1": (
        "vandaag",
        "straten",
        "straten?pagina=100",
        "straten?zoek=4711",
        "straten?zoek=straat",
        "straten?fase=active",
        "straten?fase=intake&wijk=Noord",
        "goedkeuren",
        "betalen",
        "afschriften",
        "vernieuwing",
        "vernieuwing?stand=to_call",
        "talentenjacht",
        "campagnes",
        "zorgen",
        "verhalen",
        "agenda",
        "sociale-kaart",
        "cijfers",
    ),
    "treasurer-1": ("vandaag", "goedkeuren", f"budget/{YEAR}", "logboek", "logboek?pagina=500"),
    "operator-1": ("beheer",),
    "privacy-1": ("inzage",),
}
"""What each seat opens on a day."""


@dataclass
class Timed:
    """A page, in milliseconds a request; ``sql`` are its statements alone, run over one connection."""

    seat: str
    page: str
    http: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    statements: int = 0

    @property
    def reached(self) -> bool:
        """Whether the target holds."""
        return self.row().reached

    @property
    def slowest(self) -> float:
        """How long it takes at worst."""
        return p95(self.http)

    def row(self) -> Row:
        """As a line of the table; the statements of a page are counted by the test."""
        who = self.seat.partition("-")[0]
        ours, theirs = p95(self.http), p95(self.sql)
        target = at_most(MOST_RATIO) if ours <= MOST_MS else no_more_than(MOST_MS)
        beside = f"its SQL alone, {self.statements} statements"
        return Row(f"{self.page}, {who}: p95", ours, "ms", beside, theirs, None, target)


def p95(times: list[float]) -> float:
    """Of a hundred, ninety-five were no slower."""
    return quantiles(times, n=100, method="inclusive")[94] if len(times) > 1 else times[0]


async def fill(made: Ground, streets: int) -> None:
    """The streets and what a few years leave around them; what pages open is really sealed."""
    async with made.db.transaction() as conn:
        words = await made.vault.put(conn, CITY, Story(text="Bloemen voor een nieuwe buur."))
        place = await made.vault.put(conn, CITY, Place(text="Buurthuis De Brink"))
    script = FILL.read_text("utf-8")
    for name, value in ((":n", str(streets)), (":words", f"'{words}'"), (":place", f"'{place}'")):
        script = script.replace(name, value)
    await made.admin.execute(script)
    await made.admin.execute("vacuum analyze")  # as autovacuum has done long before, on a server that lives


@asynccontextmanager
async def served(made: Ground, folder: Path, url: str) -> AsyncIterator[str]:
    """The web process as it runs anywhere: uvicorn, one process, on loopback. Gives the desk's address."""
    desk, key = free_port(), folder / "master.key"
    key.write_text(f"1:{b64encode(bytes(KEY_BYTES)).decode()}\n")
    key.chmod(0o600)
    where = f"http://127.0.0.1:{desk}"
    settings = {
        "DATABASE_URL": url,
        "STRAAT_MASTER_KEY_FILE": str(key),
        "STRAAT_PUBLIC_URL": "http://127.0.0.1:1",
        "STRAAT_DESK_URL": where,
        "STRAAT_TEMPORAL_UI_URL": "http://127.0.0.1:1",
        "STRAAT_LOCAL_SIGN_IN": "1",
        "STRAAT_PUBLIC_PORT": str(free_port()),
        "STRAAT_DESK_PORT": str(desk),
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    web = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers.cli", "web"),
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient() as client:
            while not await _answers(client, f"{where}/gezond"):
                await asyncio.sleep(0.1)
        yield where
    finally:
        web.terminate()
        await web.wait()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        return False


@asynccontextmanager
async def seated(desk: str, seat: str, **kind: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who is signed in."""
    async with httpx.AsyncClient(base_url=desk, timeout=60, **kind) as browser:
        await browser.post("/", data={"municipality": CITY, "seat": seat})
        yield browser


class Overheard(Database):
    """A pool that remembers what was asked of it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One connection that is listened to."""

        def hear(record: Any) -> None:
            if record.args or record.query.lstrip().lower().startswith(("select", "with", "update")):
                self.asked.append((record.query, tuple(record.args)))

        async with super().connection() as conn:
            with conn.query_logger(hear):
                yield conn


Asked: TypeAlias = list[tuple[str, tuple[Any, ...]]]


async def statements(url: str, pages: list[Timed]) -> list[Asked]:
    """What each page asks of PostgreSQL, heard in a process of our own."""
    db, desk = Overheard(url), "http://127.0.0.1:8601"
    settings = WebSettings("http://127.0.0.1:1", desk, "http://127.0.0.1:1", "default", local_sign_in=True)
    app = desk_app(db, Keyring({1: bytes(KEY_BYTES)}), _no_temporal, settings)
    found = []
    for timed in pages:
        async with seated(desk, timed.seat, transport=httpx.ASGITransport(app)) as browser:
            db.asked.clear()
            await _http(browser, timed.page)
            found.append(list(db.asked))
    await db.close()
    return found


async def _no_temporal() -> Any:
    raise RuntimeError("no Temporal in this bench")


async def page_times(url: str, desk: str, rounds: int) -> list[Timed]:
    """Every page and its SQL in turns; a request before the first warms both up."""
    found = [Timed(seat, page) for seat, pages in PAGES.items() for page in pages]
    conn = await asyncpg.connect(url)
    try:
        for timed, asked in zip(found, await statements(url, found), strict=True):
            timed.statements = len(asked)
            async with seated(desk, timed.seat) as browser:
                await _http(browser, timed.page)
                await _sql(conn, asked)
                for _ in range(rounds):
                    timed.http.append(await _http(browser, timed.page))
                    timed.sql.append(await _sql(conn, asked))
    finally:
        await conn.close()
    return found


async def _http(browser: httpx.AsyncClient, page: str) -> float:
    start = perf_counter()
    answer = await browser.get(f"/{CITY}/{page}")
    taken = (perf_counter() - start) * 1000
    assert answer.status_code == 200, (page, answer.status_code)
    return taken


async def _sql(conn: asyncpg.Connection, asked: Asked) -> float:
    start = perf_counter()
    for query, args in asked:
        await conn.fetch(query, *args)
    return (perf_counter() - start) * 1000


async def desk(streets: int = 10_000, rounds: int = 40) -> list[Timed]:
    """On a server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="straat-bench-"))
    folder.chmod(0o755)
    try:
        async with ground(folder) as made:
            await fill(made, streets)
            async with served(made, folder, made.url) as where:
                return await page_times(made.url, where, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
