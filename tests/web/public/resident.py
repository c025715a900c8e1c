"""A resident with a browser: follows redirects, keeps cookies, sends what browsers send."""

import html
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie

import httpx

ORIGIN = "http://public.test"
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
STREET = {"street": "Rozenlaan", "part": "", "wijk": "Noord"}
YOU = {"name": "Aïsha de Boer", "email": "aisha@voorbeeld.nl", "phone": "06 12345678"}
ALONE = {"together": "not_yet", "second_name": "", "second_email": ""}
TWO = {"together": "yes", "second_name": "Jan Smit", "second_email": "jan@voorbeeld.nl"}


@dataclass
class Resident:
    """``at`` names a municipality; forms are posted as our own pages post them."""

    http: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        """Where the address leads to in the end."""
        return await self.http.get(path, follow_redirects=True)

    async def post(self, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
        """The first answer to a form."""
        return await self.http.post(path, data=data, headers=FROM_HERE | headers)

    async def step(self, step: str, answers: dict[str, str], at: str = "rotterdam") -> httpx.Response:
        """Send a step; gives the page it leads to."""
        answered = await self.post(f"/{at}/aanmelden/{step}", answers)
        assert answered.status_code == 303
        return await self.get(answered.headers["location"])

    async def fill_in(
        self, together: dict[str, str] = ALONE, street: dict[str, str] = STREET, at: str = "rotterdam"
    ) -> httpx.Response:
        """All steps; gives the page with the answers to check."""
        await self.step("straat", street, at)
        await self.step("u", YOU, at)
        return await self.step("samen", together, at)

    async def send(self, page: httpx.Response, at: str = "rotterdam") -> httpx.Response:
        """Send the checked answers; gives the first answer."""
        return await self.post(f"/{at}/aanmelden/controleer", {"form": form_of(page)})


def form_of(page: httpx.Response) -> str:
    """The hidden id of the form."""
    found = re.search(r'name="form" value="([^"]+)"', page.text)
    assert found
    return found[1]


def text_of(page: httpx.Response) -> str:
    """What a reader reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text)))


def cookie_of(response: httpx.Response, name: str) -> str:
    """The line that sets a cookie."""
    lines = response.headers.get_list("set-cookie")
    return next(line for line in lines if name in SimpleCookie(line))
