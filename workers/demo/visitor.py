"""Somebody with a browser, as far as a demo needs one: pages, forms, files, mails."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx

FORM_ID = re.compile(r'name="form" value="([0-9a-f-]{36})"')
ANSWER_LINK = re.compile(r"https?://\S+/antwoord/[a-z2-7]+")
DOOR_LINK = re.compile(r"https?://\S+/mijn-straat/[a-z2-7]+")
CODE = re.compile(r"(?m)\b\d{3} \d{3}(?=\r?$)")
"""Six digits at the end of a line; telephone numbers are longer."""
ANYTHING = re.compile(r".+")

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
        return _checked(await self._client.get(path)).text

    async def send(self, path: str, **fields: str | Sequence[str]) -> str:
        """A form; gives the page that comes after it. Several values are boxes that were ticked."""
        return (await self._sent(path, fields)).text

    async def _sent(self, path: str, fields: Mapping[str, str | Sequence[str]]) -> httpx.Response:
        """As a browser does it: a form without fields is a form too."""
        content = urlencode(fields, doseq=True)
        return _checked(await self._client.post(path, content=content, headers=FORM))

    async def fetch(self, path: str, form: str) -> bytes:
        """A file behind a button."""
        return (await self._sent(path, {"form": form})).content

    async def hand_in(self, path: str, field: str, content: bytes) -> str:
        """A form with a file."""
        return _checked(await self._client.post(path, files={field: ("afschrift.xml", content)})).text

    async def press(self, page: str, action: str, **fields: str | Sequence[str]) -> str:
        """The button of a form, once it is on the page."""
        return await self.send(action, form=await self.form_on(page, action), **fields)

    async def form_on(self, path: str, action: str) -> str:
        """The hidden id of the form with this action, once the page has one: registers follow workflows."""

        async def there() -> str:
            _, found, rest = (await self._read_once_there(path)).partition(f'action="{action}"')
            form = FORM_ID.search(rest) if found else None
            return form[1] if form else ""

        return await until(there, f"the form {action}")

    async def boxes_on(self, path: str, name: str, number: int) -> list[str]:
        """The values of all boxes of one name, once there are so many."""
        box = re.compile(rf'type="checkbox" name="{name}"[^>]* value="([^"]*)"')

        async def there() -> str:
            found: list[str] = box.findall(await self.read(path))
            return " ".join(found) if len(found) >= number else ""

        return (await until(there, f"a page with {number} boxes")).split()

    async def finds(self, path: str) -> bool:
        """Whether there is such a page."""
        return bool(await self._read_once_there(path))

    async def _read_once_there(self, path: str) -> str:
        """A page; empty while its street has yet to open."""
        response = await self._client.get(path)
        return "" if response.status_code == httpx.codes.NOT_FOUND else _checked(response).text


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_error:
        raise DemoError(f"{response.request.method} {response.url.path} gave {response.status_code}")
    return response


async def until(there: Callable[[], Awaitable[str]], what: str) -> str:
    """What somebody waits for, once it is there."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while loop.time() < deadline:
        if found := await there():
            return found
        await asyncio.sleep(0.1)
    raise DemoError(f"{what} did not come")


class Letterbox:
    """The mail catcher, as far as it is new: an earlier demo wrote the same people."""

    def __init__(self, url: str, earlier: Collection[str]) -> None:
        self._url = url
        self._earlier = earlier

    @classmethod
    async def from_now_on(cls, url: str) -> Self:
        """Without the mails that are there already."""
        async with httpx.AsyncClient(timeout=30) as client:
            mails = _checked(await client.get(f"{url}/api/mails")).json()
        return cls(url, {mail["id"] for mail in mails})

    async def find(self, email: str, about: str, pattern: re.Pattern[str] = ANYTHING) -> str:
        """The latest of its kind in the mails to somebody about something, once there is one."""
        async with httpx.AsyncClient(timeout=30) as client:

            async def there() -> str:
                mails = _checked(await client.get(f"{self._url}/api/mails", params={"to": email})).json()
                new = [mail for mail in mails if mail["id"] not in self._earlier and about in mail["subject"]]
                return next((found[0] for mail in new if (found := pattern.search(mail["text"]))), "")

            return await until(there, f"a mail about {about}")
