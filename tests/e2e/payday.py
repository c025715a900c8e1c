"""From an approved potje to money in the street: the door, the batch, two treasurers and a pretended bank."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx

from schemas.calendar import dutch_date
from tests.e2e.resident import Person, Resident, Staff, assert_each_mail_once, decide
from tests.e2e.running import Running, until
from workers.demo.bank import answer

DOOR = re.compile(r"https?://\S+/mijn-straat/[a-z2-7]+")
CODE = re.compile(r"(?m)\b\d{3} \d{3}(?=\r?$)")
HOLDER = "P. Persoon"
IBAN = "NL91 ABNA 0417 1643 00"


async def complete(resident: Resident) -> None:
    """From the mailed link to the paid potje; every mail of the way came exactly once."""
    assert (await resident.say("yes")).status_code == 200
    await decide(resident)
    await be_paid(resident)
    await assert_each_mail_once(resident)


async def be_paid(resident: Resident, *, patient: bool = False) -> None:
    """An account behind the door, and a batch with all that is ready, that the bank carries out."""
    await has_account(resident)
    await pay_all(resident.stack, resident.municipality, patient=patient)


async def has_account(resident: Resident) -> None:
    """The number that a gangmaker gives behind the door, in force."""
    async with Gangmaker(resident.stack, resident.municipality, resident.email) as gangmaker:
        await gangmaker.enter()
        await gangmaker.give_account()
        await gangmaker.in_force(resident.slug)


class Gangmaker(Person):
    """Somebody who goes to the door of their street."""

    def __init__(self, stack: Running, municipality: str, email: str) -> None:
        super().__init__(stack.urls["public"])
        self.stack, self.email = stack, email
        self.door = f"/{municipality}/mijn-straat"

    async def enter(self, template: str = "potje_approved") -> None:
        """With the link in a mail and the code that is mailed then."""
        link = door_in(await self.stack.letter(self.email, template))
        await self.get(link)
        await self.post(link)
        code = code_in(await self.stack.letter(self.email, "door_code"))
        entered = await self.post(f"{self.door}/code", code=code)
        assert entered.url.path == self.door, entered.url

    async def give_account(self, holder: str = HOLDER, iban: str = IBAN) -> None:
        """Typed, seen as the bank will see it, and sent."""
        checked = await self.post(f"{self.door}/rekening", holder=holder, iban=iban)
        assert checked.url.path == f"{self.door}/rekening/controleer", checked.url
        form = await self.form_on(checked.url.path, checked.url.path)
        sent = await self.post(checked.url.path, form=form)
        assert sent.url.path == self.door, sent.url

    async def in_force(self, street: str) -> None:
        """Until the street is paid on the account it gave."""
        sql = "select count(*) from money.payee where street = $1 and state = 'in_force'"

        async def so() -> bool:
            return bool(await self.stack.value(sql, street) == 1)

        await until(so, "the account is in force")


def door_in(mail: dict[str, Any]) -> str:
    """The link that leads to the street's door."""
    (link,) = set(DOOR.findall(mail["text"]))
    return str(link)


def code_in(mail: dict[str, Any]) -> str:
    """The six digits that end a line; telephone numbers are longer."""
    (code,) = CODE.findall(mail["text"])
    return str(code)


async def pay_all(stack: Running, municipality: str, *, patient: bool = False) -> None:
    """Freeze what is ready, release and download it, and book what the bank says."""
    _, file = await released(stack, municipality, patient=patient)
    await say_paid(stack, file, municipality, patient=patient)


async def released(
    stack: Running, municipality: str = "rotterdam", *, patient: bool = False
) -> tuple[str, bytes]:
    """A batch of all that is ready, let go by a second treasurer: its id, and the file for the bank."""
    today = dutch_date(datetime.now(UTC))
    async with (
        Staff(stack, municipality, "treasurer-1", patient=patient) as ties,
        Staff(stack, municipality, "treasurer-2", patient=patient) as tess,
    ):
        frozen = await ties.press_on("betalen", "betalen", jaar=str(today.year), day=str(today))
        batch = frozen.url.path.removeprefix(f"/{municipality}/")
        await tess.press_on(batch, f"{batch}/release")
        file = await tess.press_on(batch, f"{batch}/download")
    return batch.removeprefix("betalen/"), file.content


async def say_paid(
    stack: Running, file: bytes, municipality: str = "rotterdam", *, patient: bool = False
) -> None:
    """The statement of a bank that carried out all of a file."""
    today = dutch_date(datetime.now(UTC))
    async with Staff(stack, municipality, "treasurer-2", patient=patient) as tess:
        told = await hand_in(tess, answer(file, today).content)
        assert "niet geboekt" not in told.text


async def hand_in(treasurer: Staff, content: bytes, name: str = "afschrift.xml") -> httpx.Response:
    """A file for the statements."""
    where = f"/{treasurer.municipality}/afschriften"
    return await treasurer.client.post(where, files={"bestand": (name, content)})
