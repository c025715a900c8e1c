"""The desk on a real PostgreSQL with a street at every stage; nothing listens on a port."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from forms.desk.app import desk_app
from forms.settings import WebSettings
from schemas.scouting import RoundOrder, Target
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.desk.fakes import FakeTemporal
from tests.web.desk.rows import seed
from tests.web.desk.scouting import order_of, put

DESK = "http://127.0.0.1:8601"
Seat: TypeAlias = "Callable[..., Awaitable[httpx.AsyncClient]]"


def settings(*, url: str = DESK, local: bool = True) -> WebSettings:
    return WebSettings("http://127.0.0.1:8600", url, "http://127.0.0.1:8602", "default", local)


@pytest.fixture
def temporal() -> FakeTemporal:
    return FakeTemporal()


@pytest_asyncio.fixture
async def rows(db: Database, vault: Vault) -> Database:
    """The database with its streets."""
    await seed(db, vault)
    return db


@pytest.fixture
def app(rows: Database, keyring: Keyring, temporal: FakeTemporal) -> FastAPI:
    return desk_app(rows, keyring, temporal, settings())


def browser_of(app: FastAPI, url: str = DESK) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url)


@pytest_asyncio.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is not signed in."""
    async with browser_of(app) as browser:
        yield browser


@pytest_asyncio.fixture
async def seat(app: FastAPI) -> AsyncIterator[Seat]:
    """Signs somebody in, in a browser of their own."""
    browsers = []

    async def sign_in(key: str = "coordinator-1", municipality: str = "den-haag") -> httpx.AsyncClient:
        browser = browser_of(app)
        browsers.append(browser)
        answer = await browser.post("/", data={"municipality": municipality, "seat": key})
        assert answer.headers["location"].startswith(f"/{municipality}/")
        return browser

    yield sign_in
    for browser in browsers:
        await browser.aclose()


@pytest_asyncio.fixture
async def found(rows: Database) -> RoundOrder:
    """A round of two streets that runs."""
    return await put(
        rows,
        order_of(
            Target(street="goudsbloemlaan", name="Goudsbloemlaan"),
            Target(street="hoefkade-tot-de-brug", name="Hoefkade", part="tot de brug"),
        ),
    )


@pytest_asyncio.fixture
async def scout(seat: Seat) -> httpx.AsyncClient:
    return await seat("scout-1")
