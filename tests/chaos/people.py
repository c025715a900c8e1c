"""Somebody with a browser and patience: who hears *later*, or nothing, sends the very same form again."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlencode

import httpx

from tests.e2e.hostile import FORM

FORM_ID = re.compile(r'name="form" value="([0-9a-f-]{36})"')
RECEIPT = re.compile(r"/ontvangen/([2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4})")
PATIENCE = 240.0
"""Seconds that somebody goes on trying for one thing."""

ANSWER_SECONDS = 25.0
LATER = (502, 503, 504)
Given = TypeVar("Given")


class GaveUp(Exception):
    """Somebody waited as long as anybody would; the message says for what."""


@dataclass(frozen=True)
class Receipt:
    """A number that a resident saw on the screen."""

    municipality: str
    kind: str
    number: str


@dataclass
class Seen:
    """What people saw during a run."""

    receipts: list[Receipt] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Pages that failed, other than by saying *later*."""
    again: Counter[str] = field(default_factory=Counter)
    """Requests that got no answer, or were told *later*, and were sent again: by why."""


class Patient:
    """One cookie jar at one of the two hosts."""

    def __init__(self, base: str, seen: Seen, visitor: str = "") -> None:
        """``visitor``: the address they come from, as a proxy tells it."""
        headers = {"sec-fetch-site": "same-origin"} | ({"x-forwarded-for": visitor} if visitor else {})
        self.seen = seen
        self._client = httpx.AsyncClient(
            base_url=base, headers=headers, timeout=ANSWER_SECONDS, follow_redirects=True
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def read(self, path: str) -> httpx.Response:
        """A page, once it can be shown."""
        return await self._until_answered("GET", path)

    async def send(self, path: str, **fields: str | Sequence[str]) -> httpx.Response:
        """A form, and the same one again until it got an answer."""
        return await self._until_answered("POST", path, content=urlencode(fields, doseq=True), headers=FORM)

    async def hand_in(self, path: str, content: bytes) -> httpx.Response:
        """A form with a file."""
        return await self._until_answered("POST", path, files={"bestand": ("afschrift.xml", content)})

    async def press(self, page: str, action: str, **fields: str | Sequence[str]) -> httpx.Response:
        """The button of a form, once it is on its page."""
        return await self.send(action, form=await self.form_on(page, action), **fields)

    async def form_on(self, page: str, action: str) -> str:
        """The hidden id of a form, once its page has it: registers follow workflows."""

        async def there() -> str:
            _, found, rest = (await self.read(page)).text.partition(f'action="{action}"')
            form = FORM_ID.search(rest) if found else None
            return form[1] if form else ""

        return await until(there, f"the form {action}")

    async def _until_answered(self, method: str, path: str, **rest: object) -> httpx.Response:
        async def answered() -> httpx.Response | None:
            try:
                response = await self._client.request(method, path, **rest)  # type: ignore[arg-type]
            except httpx.TransportError as error:
                self.seen.again[type(error).__name__] += 1
                return None
            if response.status_code in LATER:
                self.seen.again[str(response.status_code)] += 1
                return None
            if response.is_server_error:
                self.seen.failures.append(f"{method} {response.url.path} gave {response.status_code}")
                return None
            return response

        return await until(answered, f"{method} {path}", pause=0.4)


async def until(
    there: Callable[[], Awaitable[Given | None]], what: str, *, pause: float = 0.5, patience: float = PATIENCE
) -> Given:
    """What somebody waits for, once it is there."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := await there():
            return found
        await asyncio.sleep(pause)
    raise GaveUp(f"{what} did not come")


@dataclass(frozen=True)
class Letter:
    """A mail that reached somebody."""

    file: str
    message_id: str
    to: str
    subject: str
    text: str
    at: float
    """Seconds since the epoch."""


class Letters:
    """The folder of the mail catcher, read as it grows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.all: dict[str, Letter] = {}

    def look(self) -> list[Letter]:
        """Everything so far, the oldest first."""
        for path in sorted(self._folder.glob("*.eml")):
            if path.stem not in self.all:
                self.all[path.stem] = _letter(path)
        return list(self.all.values())

    async def find(self, to: str, pattern: re.Pattern[str], *about: str, but: Sequence[str] = ()) -> str:
        """The first match in the newest mail to somebody whose subject has all of these words."""

        async def there() -> str:
            for letter in reversed(self.look()):
                fits = letter.to == to and letter.message_id not in but
                if fits and all(word in letter.subject for word in about):
                    found = pattern.search(letter.text)
                    if found:
                        return found[0]
            return ""

        return await until(there, f"a mail to {to} about {' '.join(about)}")

    def known(self, to: str) -> list[str]:
        """The ids of all that somebody got so far."""
        return [letter.message_id for letter in self.look() if letter.to == to]


def _letter(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return Letter(
        file=path.stem,
        message_id=str(message["Message-ID"]),
        to=str(message["Delivered-To"]),
        subject=" ".join(str(message["Subject"]).split()),
        text=str(body.get_content()) if body else "",
        at=int(path.stem.split("-")[0]) / 1e9,
    )
