"""A resident and the people at the desk, as far as they need no browser: forms sent as one sends them."""

import re
import secrets
from collections import Counter
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from schemas.calendar import AMSTERDAM
from schemas.refs import intake_id, street_slug
from tests.e2e.hostile import FORM
from tests.e2e.running import PATIENCE, Running, until

FORM_ID = re.compile(r'name="form" value="([0-9a-f-]{36})"')
LINK = re.compile(r"https?://\S+/antwoord/[a-z2-7]+")
RECEIPT = re.compile(r"\b[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}\b")
JOURNEY = [
    "account_in_force",
    "confirm_signup",
    "door_code",
    "intake_planned",
    "potje_approved",
    "potje_paid",
    "street_accepted",
    "welcome",
]
"""Every mail of a gangmaker whose street gets its potje, each of them once."""


def unique(name: str) -> str:
    """A street nobody has yet. Letters only: a street with five digits is taken for something else."""
    return f"{name} {''.join(secrets.choice('bdfgklmnprstvz') for _ in range(7))}"


def in_ten_days() -> tuple[str, str]:
    """Day and clock of a conversation, as the desk's form takes them."""
    return f"{datetime.now(AMSTERDAM) + timedelta(days=10):%Y-%m-%d}", "19:30"


class Person:
    """One browser's cookies, without the browser. Redirects are followed unless a test says otherwise."""

    def __init__(self, base: str, **headers: str) -> None:
        self.client = httpx.AsyncClient(
            base_url=base, headers=headers, timeout=PATIENCE, follow_redirects=True
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()

    async def get(self, path: str) -> httpx.Response:
        """A page."""
        return await self.client.get(path)

    async def post(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """A form, sent as a browser does it: one without fields is a form too."""
        return await self.client.post(path, content=urlencode(fields, doseq=True), headers=FORM)

    async def form_on(self, path: str, action: str) -> str:
        """The hidden id of a form, once the page has it: registers follow workflows."""
        found = ""

        async def there() -> bool:
            nonlocal found
            _, _, rest = (await self.get(path)).text.partition(f'action="{action}"')
            found = id_of_form(rest)
            return bool(found)

        await until(there, f"the form {action}")
        return found


def id_of_form(html: str) -> str:
    """The hidden id of the first form of a page; empty when there is none."""
    found = FORM_ID.search(html)
    return found[1] if found else ""


class Resident(Person):
    """Somebody of a street of their own, who signs up."""

    def __init__(self, stack: Running, municipality: str = "rotterdam", street: str = "Proefstraat") -> None:
        super().__init__(stack.urls["public"])
        self.stack = stack
        self.municipality = municipality
        self.street = unique(street)
        self.slug = street_slug(self.street, None)
        self.email = f"{self.slug}@bewoner.example"
        self.neighbour = f"buur-van-{self.slug}@bewoner.example"
        self.form = f"/{municipality}/aanmelden"

    async def fill_in(self, *, with_neighbour: bool = False) -> str:
        """All steps, up to the check; gives the id of the form."""
        await self.get(self.form)
        wijk = "Noord" if self.municipality == "rotterdam" else "Centrum"
        await self.post(f"{self.form}/straat", street=self.street, part="", wijk=wijk)
        await self.post(f"{self.form}/u", name="Proef Persoon", email=self.email, phone="")
        second = {"second_name": "Proef Buur", "second_email": self.neighbour} if with_neighbour else {}
        together = "yes" if with_neighbour else "not_yet"
        checked = await self.post(f"{self.form}/samen", together=together, **second)
        assert checked.url.path == f"{self.form}/controleer", checked.url
        return id_of_form(checked.text)

    async def send(self, form: str) -> httpx.Response:
        """The button under the check."""
        return await self.post(f"{self.form}/controleer", form=form)

    async def sign_up(self, *, with_neighbour: bool = False) -> str:
        """The whole form; gives the receipt."""
        return receipt_of(await self.send(await self.fill_in(with_neighbour=with_neighbour)))

    async def link(self) -> str:
        """The link in the mail that asks to confirm."""
        return link_in(await self.stack.letter(self.email, "confirm_signup"))

    async def say(self, answer: str) -> httpx.Response:
        """Answer the question in that mail."""
        return await self.post(await self.link(), answer=answer)

    async def neighbour_says(self, answer: str) -> httpx.Response:
        """What the neighbour answers to their own mail."""
        return await self.post(
            link_in(await self.stack.letter(self.neighbour, "confirm_second")), answer=answer
        )

    async def submissions(self) -> int:
        """How many sign-ups there are for this street."""
        return int(
            await self.stack.value(
                "select count(*) from post.submission where kind = 'signup' and payload ->> 'street' = $1",
                self.slug,
            )
        )


def receipt_of(response: httpx.Response) -> str:
    """The number on the page after sending."""
    assert response.status_code == 200, response.status_code
    found = RECEIPT.search(response.text)
    assert found, response.url
    return found[0]


def link_in(mail: dict[str, Any]) -> str:
    """The link that a mail asks its reader to open."""
    (link,) = set(LINK.findall(mail["text"]))
    return str(link)


class Staff(Person):
    """Somebody at the desk."""

    def __init__(self, stack: Running, municipality: str, seat: str, *, patient: bool = False) -> None:
        """Who is patient sends a form again that got no answer, as the page of 503 offers."""
        super().__init__(stack.urls["desk"])
        self.municipality, self.seat, self.patient = municipality, seat, patient

    async def __aenter__(self) -> Self:
        await self.post("/", municipality=self.municipality, seat=self.seat)
        return self

    async def boxes(self, slug: str, name: str) -> list[str]:
        """The values of the boxes of one name on a street's page."""
        page = await self.get(f"/{self.municipality}/straten/{slug}")
        return re.findall(rf'type="checkbox" name="{name}"[^>]* value="([^"]*)"', page.text)

    async def press(self, slug: str, action: str, **fields: str | list[str]) -> httpx.Response:
        """A button of a street's page, with its form."""
        return await self.press_on(f"straten/{slug}", action, **fields)

    async def press_on(self, page: str, action: str, **fields: str | list[str]) -> httpx.Response:
        """A button of any page of their municipality, once it is there."""
        action = f"/{self.municipality}/{action}"
        form = await self.form_on(f"/{self.municipality}/{page}", action)
        response = await self.post(action, form=form, **fields)
        while self.patient and response.status_code == 503:
            response = await self.post(action, form=form, **fields)
        assert response.status_code == 200, (action, response.status_code)
        return response


async def decide(resident: Resident, *, patient: bool = False) -> None:
    """What the desk does: plan, accept, approve."""
    stack, where, slug = resident.stack, resident.municipality, resident.slug
    intake = f"intakes/{intake_id(where, slug, 1)}"
    day, clock = in_ten_days()
    async with Staff(stack, where, "coordinator-1", patient=patient) as coordinator:
        await coordinator.press(slug, f"{intake}/plan", day=day, clock=clock, place="Buurthuis De Proef")
        agreed = await coordinator.boxes(slug, "agreed")
        await coordinator.press(slug, f"{intake}/record", outcome="accepted", agreed=agreed)
    potje = f"potjes/{await potje_of(resident)}"
    async with Staff(stack, where, "treasurer-1", patient=patient) as treasurer:
        await treasurer.press(slug, f"{potje}/approve")


async def potje_of(resident: Resident) -> str:
    """The id of the street's potje, once it was proposed."""
    sql = "select workflow_id from registry.potje where municipality = $1 and street = $2"
    found: list[Any] = []

    async def there() -> bool:
        nonlocal found
        found = await resident.stack.rows(sql, resident.municipality, resident.slug)
        return bool(found)

    await until(there, "the potje")
    return str(found[0]["workflow_id"])


async def assert_each_mail_once(resident: Resident, *, killed: bool = False) -> None:
    """In the outbox, and in the mailbox of the resident.

    A worker killed between the server's yes and its note of it sends that one again, under the same id.
    """
    stack = resident.stack
    await stack.letter(resident.email, "potje_paid")
    await stack.at_rest()
    sql = """select m.template, m.state, m.message_id, m.attempts from post.mail m
             where m.person in (select person from post.link where street = $1) order by m.template"""
    rows = await stack.rows(sql, resident.slug)
    assert [(row["template"], row["state"]) for row in rows] == [(each, "accepted") for each in JOURNEY]
    caught = Counter(dict(mail["headers"])["Message-ID"] for mail in await stack.mails(resident.email))
    assert caught.keys() == {row["message_id"] for row in rows}
    assert all(caught[row["message_id"]] <= (row["attempts"] if killed else 1) for row in rows)
    assert await resident.submissions() == 1
