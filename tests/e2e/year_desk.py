"""What treasurers, coordinators and gangmakers do in the year, through the pages that they have for it."""

import re
from typing import Any, Self

import httpx
from lxml import html

from forms.desk.payouts import words as bank_words
from schemas.sepa.camt import Problem
from tests.e2e.resident import Person, Staff, id_of_form
from tests.e2e.running import Running, until
from tests.e2e.year_shown import euros as cents_in
from tests.e2e.year_shown import words_of
from tests.e2e.year_town import CITY, YEAR, Street, Town

BATCH = re.compile(r"/betalen/([0-9a-f-]{36})")
LINE = re.compile(r"/afschriften/regels/([0-9a-f-]{36})")
TICK = re.compile(r'name="potje" value="([a-z0-9-]+)"')
PAY_DAY = re.compile(r'name="day"[^>]* value="([0-9-]+)"')
DOOR = re.compile(r"https?://\S+/mijn-straat/[a-z2-7]+")
CODE = re.compile(r"\b(\d{3}) ?(\d{3})\b")
HOME = f"/{CITY}"
MOST = 8
"""How often somebody sends a form again."""


def plain(answer: httpx.Response) -> str:
    """The words of a page."""
    return words_of(html.fromstring(answer.text))


async def sent_empty(person: Person, path: str) -> httpx.Response:
    """A form without fields, which a browser sends as a form too."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return await person.client.post(path, content=b"", headers=kind)


def done(answer: httpx.Response, path: str) -> httpx.Response:
    """The page that comes after what was done; anything else fails."""
    assert (answer.status_code, answer.url.path) == (200, path), (answer.url, plain(answer)[:600])
    return answer


def refused(answer: httpx.Response, sentence: str) -> None:
    """The page that says why not."""
    assert answer.status_code == 422, (answer.url, answer.status_code)
    assert sentence in plain(answer), plain(answer)[:600]


class Desk(Staff):
    """Somebody at the desk of the municipality."""

    def __init__(self, stack: Running, seat: str) -> None:
        super().__init__(stack, CITY, seat)

    async def __aenter__(self) -> Self:
        done(await self.post("/", municipality=self.municipality, seat=self.seat), f"{HOME}/vandaag")
        return self

    async def send(self, path: str, fields: dict[str, Any]) -> httpx.Response:
        """A form, sent again as the page of 503 offers when its answer took too long: it happens once."""
        answer = await self.client.post(path, data=fields)
        for _ in range(MOST):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            answer = await self.client.post(path, data=fields)
        return answer

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """A form of this desk."""
        return await self.send(path, fields)

    # The budget

    async def enter(
        self, kind: str, euros: str, reason: str, *, year: int = YEAR, **fields: str
    ) -> httpx.Response:
        """A grant, a move, an expense: typed in its form."""
        path = f"{HOME}/budget/{year}/{kind}"
        return await self.post(
            path, form=await self.form_on(path, path), cents=euros, reason=reason, **fields
        )

    async def books(self, kind: str, euros: str, reason: str, *, year: int = YEAR, **fields: str) -> None:
        """The same, and it is booked."""
        done(await self.enter(kind, euros, reason, year=year, **fields), f"{HOME}/budget/{year}")

    async def corrects(self, reason: str) -> None:
        """Undo the entry with this reason."""
        page = await self.get(f"{HOME}/budget/{YEAR}")
        before = page.text.partition(f"<p>{reason}</p>")[2]
        path = re.findall(rf"{HOME}/budget/{YEAR}/boekingen/[0-9a-f-]{{36}}", before)[0]
        form = await self.form_on(path, path)
        done(await self.post(path, form=form, reason="Vergissing"), f"{HOME}/budget/{YEAR}")

    # Approval

    async def queue(self) -> list[str]:
        """The streets that wait for budget, as far as the page lists them, the first in line first."""
        page = await self.get(f"{HOME}/goedkeuren?jaar={YEAR}")
        listed = page.text.partition('aria-labelledby="wachten"')[2]
        return re.findall(rf'<a href="{HOME}/straten/([a-z0-9-]+)#potje">', listed)

    async def approve_all(self, wijk: str = "") -> httpx.Response:
        """The button under the list."""
        return await self._approve(welke="alle", wijk=wijk)

    async def approve_page(self) -> httpx.Response:
        """Tick what the first page shows."""
        return await self._approve(welke="gekozen")

    async def _approve(self, *, welke: str, wijk: str = "") -> httpx.Response:
        path = f"{HOME}/goedkeuren"
        page = await self.get(f"{path}?jaar={YEAR}&wijk={wijk}")
        fields = {
            "form": id_of_form(page.text),
            "jaar": str(YEAR),
            "wijk": wijk,
            "welke": welke,
            "potje": TICK.findall(page.text) if welke == "gekozen" else [],
        }
        return await self.send(path, fields)

    # Batches

    async def freeze(self) -> str:
        """A batch of all that is ready, on the day that the page proposes; gives its id."""
        path = f"{HOME}/betalen"
        form = await self.form_on(f"{path}?jaar={YEAR}", path)
        day = PAY_DAY.findall((await self.get(f"{path}?jaar={YEAR}")).text)[0]
        answer = await self.post(path, form=form, jaar=str(YEAR), day=day)
        found = BATCH.search(answer.url.path)
        assert found, plain(answer)[:600]
        return found[1]

    async def in_batch(self, batch: str, act: str, **fields: str) -> httpx.Response:
        """A button of a batch."""
        path = f"{HOME}/betalen/{batch}"
        return await self.post(f"{path}/{act}", form=await self.form_on(path, f"{path}/{act}"), **fields)

    async def download(self, batch: str) -> bytes:
        """Its file."""
        answer = await self.in_batch(batch, "download")
        assert answer.headers["content-type"] == "application/xml"
        return answer.content

    # Statements

    async def upload(self, content: bytes) -> httpx.Response:
        """Hand in a file of the bank."""
        files = {"bestand": ("afschrift.xml", content, "text/xml")}
        return await self.client.post(f"{HOME}/afschriften", files=files)

    async def imports(self, content: bytes) -> dict[str, int]:
        """The same, and it is booked: how many of what the page says it told."""
        answer = await self.upload(content)
        assert answer.status_code == 200
        assert "Het afschrift is ingelezen en geboekt." in answer.text, plain(answer)[:600]
        terms = {word: name for name, word in bank_words.OUTCOMES.items()}
        counted = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", answer.text)
        return {terms[word]: int(number) for word, number in counted}

    async def is_refused(self, content: bytes, problem: Problem) -> None:
        """It is kept, and says why nothing is booked."""
        answer = await self.upload(content)
        assert answer.status_code == 200
        text = plain(answer)
        assert "Dit bestand is niet geboekt." in text
        assert bank_words.PROBLEMS[problem] in text

    async def unplaced(self) -> list[str]:
        """The lines of the bank that wait for a place."""
        page = await self.get(f"{HOME}/afschriften")
        return LINE.findall(page.text)

    async def place(self, line: str, /, **fields: str) -> None:
        """Say where a line belongs."""
        path = f"{HOME}/afschriften/regels/{line}"
        done(await self.post(path, form=await self.form_on(path, path), **fields), path)

    # The year

    async def turn_year(self, step: str, year: int = YEAR) -> httpx.Response:
        """Begin to close it, or close it: the question first, then the yes."""
        path = f"{HOME}/jaar/{year}/{step}"
        asked = await sent_empty(self, path)
        assert asked.status_code == 200
        assert 'name="sure" value="yes"' in asked.text
        return await self.post(path, sure="yes")

    # One street

    async def potje(self, town: Town, street: str, act: str, **fields: str) -> httpx.Response:
        """A button of a street's potje."""
        found = await town.rows(
            "select workflow_id from registry.potje where municipality = $1 and street = $2", CITY, street
        )
        return await self.press(street, f"potjes/{found[0]['workflow_id']}/{act}", **fields)


class Gangmaker(Person):
    """A gangmaker of a street, behind its door."""

    def __init__(self, town: Town, street: Street) -> None:
        super().__init__(town.stack.urls["public"])
        self.stack, self.street = town.stack, street
        self.door = f"{HOME}/mijn-straat"

    async def comes_in(self, template: str = "potje_approved") -> None:
        """By the link in a mail, and the code that comes after it."""
        letter = await self.stack.letter(self.street.email, template)
        link = DOOR.findall(letter["text"])[0]
        assert (await self.get(link)).status_code == 200
        before = len(await letters(self.stack, self.street, "door_code"))
        done(await sent_empty(self, link), f"{self.door}/code")
        code = await mailed_code(self.stack, self.street, "door_code", before + 1)
        done(await self.post(f"{self.door}/code", code=code), self.door)

    async def gives_account(self, holder: str, iban: str) -> None:
        """Type it, see it as the bank will, send it."""
        account, check = f"{self.door}/rekening", f"{self.door}/rekening/controleer"
        shown = done(await self.post(account, holder=holder, iban=iban), check)
        assert iban.replace(" ", "") in plain(shown).replace(" ", "")
        done(await self.post(check, form=await self.form_on(check, check)), self.door)

    async def balance(self) -> int:
        """What the street's own page says it holds, in cents."""
        (amount,) = html.fromstring((await self.get(self.door)).text).xpath('//p[@class="amount"]')
        return cents_in(words_of(amount))

    async def notes(self, occasion: str, amount: str, day: str = "vandaag") -> httpx.Response:
        """Write an attentie down."""
        path = f"{self.door}/attentie"
        form = await self.form_on(path, path)
        return await self.post(path, form=form, day=day, occasion=occasion, amount=amount)

    async def takes_back(self) -> None:
        """Take the first attentie of the list away again."""
        overview = await self.get(self.door)
        path = re.findall(rf"{self.door}/attentie/[0-9a-f-]{{36}}/weg", overview.text)[0]
        done(await sent_empty(self, path), self.door)


async def letters(stack: Running, street: Street, template: str) -> list[dict[str, Any]]:
    """The mails of a kind that its gangmaker got so far, newest first."""
    rows = await stack.rows("select message_id from post.mail where template = $1", template)
    ids = {row["message_id"] for row in rows}
    return [mail for mail in await stack.mails(street.email) if dict(mail["headers"])["Message-ID"] in ids]


async def mailed_code(stack: Running, street: Street, template: str, times: int = 1) -> str:
    """The six digits in the newest mail of a kind, once there were so many."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        nonlocal found
        found = await letters(stack, street, template)
        return len(found) >= times

    await until(there, f"{times} x {template}")
    code = CODE.search(found[0]["text"])
    assert code, template
    return code[1] + code[2]
