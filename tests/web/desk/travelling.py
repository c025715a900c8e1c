"""Somebody with a browser on their way to the provider and back, without drawing a page."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI

from tests.identity.running import PASSWORD

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Traveller:
    """``desk`` and ``abroad`` are two sites in the same browser."""

    desk: httpx.AsyncClient
    abroad: httpx.AsyncClient

    async def out(self, place: str = "/aanmelden/den-haag") -> str:
        """Where the desk sends us."""
        answer = await self.desk.get(place)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def sign_in(self, url: str, user: str, password: str = PASSWORD) -> str:
        """Sign in at the provider; gives the way back, with the code."""
        answer = await self.abroad.get(url)
        while not urlsplit(answer.headers.get("location", "")).path.startswith("/aanmelden/"):
            if answer.is_redirect:
                answer = await self.abroad.get(answer.headers["location"])
                continue
            found = CSRF.search(answer.text)
            assert found, answer.text
            field = "password" if 'name="password"' in answer.text else "login"
            typed = {field: password if field == "password" else user, "csrf_token": found[1]}
            answer = await self.abroad.post(str(answer.url), data=typed)
            assert answer.is_redirect, "the provider said no"
        return str(answer.headers["location"])

    async def travel(self, user: str, place: str = "/aanmelden/den-haag") -> httpx.Response:
        """All the way."""
        return await self.desk.get(await self.sign_in(await self.out(place), user))


def answer_in(url: str) -> dict[str, str]:
    """What stands behind the question mark."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@asynccontextmanager
async def traveller(app: FastAPI, desk: str, issuer: str) -> AsyncIterator[Traveller]:
    """A browser of their own."""
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=desk) as here,
        httpx.AsyncClient(base_url=issuer) as abroad,
    ):
        yield Traveller(here, abroad)
