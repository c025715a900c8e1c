"""The money of the demo: potjes approved, accounts given, a batch paid, cash handed over, attenties told."""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta

from schemas.calendar import AMSTERDAM
from workers.demo.bank import Line, Told, read_order, statement
from workers.demo.cast import ATTENTIES, MUNICIPALITY, STORIES, TALES, Ending, Street
from workers.demo.office import seated
from workers.demo.visitor import CODE, DOOR_LINK, DemoError, Letterbox, Visitor, until

STEPS = ("approved in bulk", "accounts and cash", "batch released", "bank answered", "attenties")
BATCH = re.compile(r"/betalen/([0-9a-f-]{36})")
ACCOUNT_CLOSED, OTHER_NAME = "AC04", "BE01"
GIFT = 50_00
"""Cents that somebody sends of whom the municipality knows nothing yet."""

APART = timedelta(days=5)
BOOKED = "ingelezen en geboekt"

PAID, BOUNCED = "is uitbetaald", "kon niet worden overgemaakt"
LAST = {
    Ending.PAID: PAID,
    Ending.HANDED: PAID,
    Ending.REFUSED: BOUNCED,
    Ending.SENT_BACK: BOUNCED,
}
"""How the subject of the last mail of a story ends."""


class Money:
    """Through the same pages as everybody else. ``potjes``: the ids of what is proposed, by street."""

    def __init__(
        self,
        urls: Mapping[str, str],
        box: Letterbox,
        potjes: Mapping[Street, str],
        moved: Callable[[str], None],
    ) -> None:
        self._urls = urls
        self._box = box
        self._potjes = potjes
        self._moved = moved
        self._today = datetime.now(AMSTERDAM).date()
        self._by_bank = [street for street in potjes if street.story.ending.by_bank]

    async def run(self) -> None:
        """All of :data:`STEPS`, one after the other."""
        for municipality in sorted({street.story.municipality for street in self._potjes}):
            await self._approve(municipality)
        self._moved(STEPS[0])
        async with AsyncExitStack() as doors:
            inside = {
                street: await doors.enter_async_context(Visitor(self._urls["public"]))
                for street in self._by_bank
            }
            await self._reach_the_streets(inside)
            self._moved(STEPS[1])
            await self._pay()
            for street, gangmaker in inside.items():
                await self._tell(gangmaker, street)
            for street in self._potjes:
                await self._last_mail(street)
        self._moved(STEPS[4])

    async def _approve(self, municipality: str) -> None:
        """All at once, by a treasurer: coordinators proposed them."""
        potjes = [id_ for street, id_ in self._potjes.items() if street.story.municipality == municipality]
        room = f"/{municipality}/goedkeuren"
        async with await seated(self._urls["desk"], municipality, "treasurer-1") as treasurer:
            await treasurer.press(room, room, jaar=_year(potjes[0]), welke="gekozen", potje=potjes)

    async def _reach_the_streets(self, inside: Mapping[Street, Visitor]) -> None:
        async with asyncio.TaskGroup() as group:
            for street, gangmaker in inside.items():
                group.create_task(self._give_account(gangmaker, street))
            for street, potje in self._potjes.items():
                if street.story.ending is Ending.HANDED:
                    group.create_task(self._hand_over(street, potje))

    async def _give_account(self, gangmaker: Visitor, street: Street) -> None:
        """Behind the street's door, which a mailed code opens."""
        story, door = street.story, _door(street)
        link = await self._box.find(story.email, street.title, DOOR_LINK)
        await gangmaker.read(link)
        await gangmaker.send(link)
        await gangmaker.send(f"{door}/code", code=await self._box.find(story.email, street.title, CODE))
        await gangmaker.send(f"{door}/rekening", holder=story.holder, iban=story.iban)
        check = f"{door}/rekening/controleer"
        await gangmaker.press(check, check)

    async def _hand_over(self, street: Street, potje: str) -> None:
        """By a coordinator, to whom the gangmaker tells the code of the mail that follows."""
        story = street.story
        address = f"/{story.municipality}/potjes/{potje}"
        async with await seated(self._urls["desk"], story.municipality, "coordinator-2") as coordinator:
            await coordinator.press(street.page, f"{address}/hand-over")
            code = await self._box.find(story.email, street.title, CODE)
            await coordinator.press(street.page, f"{address}/confirm", **{f"code-{_year(potje)}": code})

    async def _pay(self) -> None:
        pay, desk = f"/{MUNICIPALITY}/betalen", self._urls["desk"]
        async with (
            await seated(desk, MUNICIPALITY, "treasurer-1") as ties,
            await seated(desk, MUNICIPALITY, "treasurer-2") as tess,
        ):
            batch = f"{pay}/{await self._frozen(ties, pay)}"
            await tess.press(batch, f"{batch}/release")
            self._moved(STEPS[2])
            download = f"{batch}/download"
            file = await tess.fetch(download, await tess.form_on(batch, download))
            answer = answered(file, self._today)
            if BOOKED not in await tess.hand_in(f"/{MUNICIPALITY}/afschriften", "bestand", answer):
                raise DemoError("the bank's statement was not booked")
            self._moved(STEPS[3])

    async def _frozen(self, treasurer: Visitor, pay: str) -> str:
        """The id of a batch with all that gave their account; others may be in it too."""

        async def ready() -> str:
            shown, _, _ = (await treasurer.read(pay)).partition('id="zonder-kop"')
            return shown if all(f"{street.page}#potje" in shown for street in self._by_bank) else ""

        await until(ready, "an account in force")
        page = await treasurer.press(pay, pay, jaar=f"{self._today:%Y}", day=f"{self._today}")
        found = BATCH.search(page)
        if found is None:
            raise DemoError("no batch came of what was ready")
        return found[1]

    async def _tell(self, gangmaker: Visitor, street: Street) -> None:
        """What the street did, and what it is glad to share."""
        attentie, tale = f"{_door(street)}/attentie", f"{_door(street)}/verhaal"
        for number, (occasion, amount) in enumerate(ATTENTIES.get(street.story.street, ())):
            day = max(self._today - number * APART, self._today.replace(month=1, day=1))
            await gangmaker.press(attentie, attentie, day=f"{day}", occasion=occasion, amount=amount)
        if text := TALES.get(street.story.street):
            await gangmaker.press(tale, tale, text=text, share="yes")

    async def _last_mail(self, street: Street) -> None:
        """So that nothing is under way when the demo ends."""
        story = street.story
        if told := LAST.get(story.ending):
            await self._box.find(story.email, f"{street.title} {told}")


def _door(street: Street) -> str:
    return f"/{street.story.municipality}/mijn-straat"


def _year(potje: str) -> str:
    return potje.rpartition("-")[2]


def answered(file: bytes, day: date) -> bytes:
    """The statement of a bank that knows by the account what its story says; and somebody sends a gift."""
    order = read_order(file)
    endings = {story.iban: story.ending for story in STORIES}
    refused = [each for each in order.payments if endings.get(each.iban) is Ending.REFUSED]
    went = [each for each in order.payments if each not in refused]
    back = [each for each in went if endings.get(each.iban) is Ending.SENT_BACK]
    told = [*(Told(each) for each in went), *(Told(each, ACCOUNT_CLOSED) for each in refused)]
    lines = [
        Line(-sum(each.cents for each in went), batch=order.message_id, told=tuple(told)),
        *(Line(each.cents, told=(Told(each, OTHER_NAME),)) for each in back),
        Line(GIFT, name="Stichting Buurtfonds", text="Voor de straten"),
    ]
    return statement(order.iban, day, lines, number=order.message_id[:16])
