"""Somebody with a browser, as far as a demo needs one: pages, forms, mails with links."""

import asyncio
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx

FORM_ID = re.compile(r'name="form" value="([0-9a-f-]{36})"')
ANSWER_LINK = re.compile(r"https?://\S+/antwoord/[a-z2-7]+")
DOOR_LINK = re.compile(r"https?://\S+/mijn-straat/[a-z2-7]+")
DOOR_CODE = re.compile(r"(?m)^\d{3} \d{3}(?=\r?$)")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 60.0
"""Seconds that a mail or a page may take on a busy machine."""


class DemoError(Exception):
    """The stack did not do what its pages promise; the message says on which page."""


class Visitor:
    """One cookie jar. Every form is sent as a browser would, from the page it stands on."""

    def __init__(self, base: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=base, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30, follow_redirects=True
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def read(self, path: str) -> str:
        """A page; its address is the path or a whole URL."""
        return self._checked(await self._client.get(path))

    async def send(self, path: str, **fields: str) -> str:
        """A form; gives the page that comes after it."""
        return self._checked(await self._posted(path, fields))

    async def _posted(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """As a browser does it: a form without fields is a form too."""
        return await self._client.post(path, content=urlencode(fields), headers=FORM)

    async def fetch(self, path: str, form: str) -> bytes:
        """A file behind a button."""
        response = await self._posted(path, {"form": form})
        self._checked(response)
        return response.content

    async def hand_in(self, path: str, field: str, content: bytes) -> str:
        """A form with a file."""
        return self._checked(await self._client.post(path, files={field: ("afschrift.xml", content)}))

    async def form_on(self, path: str, action: str) -> str:
        """The hidden id of the form with this action, once the page has one: registers follow workflows."""
        async with asyncio.timeout(PATIENCE):
            while True:
                _, found, rest = (await self._read_once_there(path)).partition(f'action="{action}"')
                if found and (form := FORM_ID.search(rest)):
                    return form.group(1)
                await asyncio.sleep(0.1)

    async def finds(self, path: str) -> bool:
        """Whether there is such a page."""
        return bool(await self._read_once_there(path))

    async def _read_once_there(self, path: str) -> str:
        """A page; empty while its street has yet to open."""
        response = await self._client.get(path)
        return "" if response.status_code == httpx.codes.NOT_FOUND else self._checked(response)

    def _checked(self, response: httpx.Response) -> str:
        if response.is_error:
            raise DemoError(f"{response.request.method} {response.url.path} gave {response.status_code}")
        return response.text


async def door_link(mail_url: str, email: str) -> str:
    """The link to the street's own page, once it was mailed."""
    return await _mailed(mail_url, email, DOOR_LINK)


async def door_code(mail_url: str, email: str) -> str:
    """The six digits that open it, once they were mailed."""
    return await _mailed(mail_url, email, DOOR_CODE)


async def _mailed(mail_url: str, email: str, pattern: re.Pattern[str]) -> str:
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=mail_url, timeout=30) as client:
        while True:
            mails = (await client.get("/api/mails", params={"to": email})).json()
            found = [match.group() for mail in mails for match in [pattern.search(mail["text"])] if match]
            if found:
                return found[0]
            await asyncio.sleep(0.1)


async def answer_links(mail_url: str, email: str) -> list[str]:
    """The links in the mails that ask somebody something, the latest first."""
    async with httpx.AsyncClient(base_url=mail_url, timeout=30) as client:
        mails = (await client.get("/api/mails", params={"to": email})).json()
    return [link for mail in mails for link in ANSWER_LINK.findall(mail["text"])]


async def answer_link(mail_url: str, email: str, newer_than: int) -> str:
    """The latest link, once there are more than ``newer_than``."""
    async with asyncio.timeout(PATIENCE):
        while True:
            links = await answer_links(mail_url, email)
            if len(links) > newer_than:
                return links[0]
            await asyncio.sleep(0.1)
