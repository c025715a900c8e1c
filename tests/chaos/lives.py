"""The life of one street, as its people and the desk live it: through forms, and by links in mails."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from schwifty import IBAN

from schemas.calendar import AMSTERDAM
from schemas.refs import intake_id, potje_id, street_id, street_slug
from tests.chaos.house import House
from tests.chaos.people import RECEIPT, Letters, Patient, Receipt, Seen, until
from tests.chaos.plan import Life, Yes
from tests.chaos.town import BY_HAND, WIJK, YEAR

ANSWER = re.compile(r"https?://\S+/antwoord/[a-z2-7]+")
PICK = re.compile(r"https?://\S+/gesprek/[a-z2-7]+")
DOOR = re.compile(r"https?://\S+/mijn-straat/[a-z2-7]+")
RENEWAL = re.compile(r"https?://\S+/verder/[a-z2-7]+")
CODE = re.compile(r"(?m)\b\d{3} \d{3}(?=\r?$)")
SPOKEN = re.compile(r"\b\d{3} \d{3}\b(?=\s*$)", re.MULTILINE)
BOX = re.compile(r'type="checkbox"[^>]* name="(agreed|slot)"[^>]* value="([^"]*)"')
MOMENT = re.compile(r'name="moment" value="([0-9a-f-]{36})"')
ENDS = {"go_on": "gaat verder", "stop": "Dank jullie wel", "silent": "rust even uit"}
"""How the last mail about the yearly question begins or ends."""

PHASES = {
    "accepted": "active",
    "waiting": "intake",
    "referred": "ended",
    "declined": "ended",
    "go_on": "active",
    "stop": "ended",
    "silent": "sleeping",
}
POTJES = {"": "to_approve", "approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}
SIGNUPS = {Yes.YES: "confirmed", Yes.NO: "withdrawn", Yes.SILENT: "awaiting"}
"""Where a street, its potje, and its sign-up stand after the last thing that happened to them."""


@dataclass
class Town:
    """What all lives of a run share."""

    house: House
    seen: Seen
    letters: Letters
    ready: dict[str, set[str]] = field(default_factory=dict)
    """Streets by municipality whose money may go to the bank."""
    busy: set[str] = field(default_factory=set)
    """Streets that cannot be asked yet whether they go on, since they have only begun."""
    waiting: set[str] = field(default_factory=set)
    """Streets that wait to be asked."""
    agenda: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Moments are proposed to one street at a time, so that nobody picks what another did."""


class Street:
    """One street and everybody who has to do with it."""

    def __init__(self, town: Town, life: Life) -> None:
        self.town, self.life, self.story = town, life, life.story
        self.city, self.name = life.story.city, life.street
        self.slug = street_slug(self.name, None)
        self.email = f"een.{self.slug}@bewoner.example"
        self.second = f"twee.{self.slug}@bewoner.example" if self.story.second else ""
        self.at_desk = f"/{self.city}/straten/{self.slug}"
        self.done = ""
        """How far it came."""
        self.receipt = ""
        self.answered = ""
        """What it said to the yearly question."""

    def resident(self) -> Patient:
        """A browser of somebody in this street, at an address of their own."""
        number = self.life.number
        return Patient(self.town.house.urls["public"], self.town.seen, f"10.9.{number // 250}.{number % 250}")

    async def staff(self, seat: str) -> Patient:
        """Somebody at the desk."""
        who = Patient(self.town.house.urls["desk"], self.town.seen)
        await who.send("/", municipality=self.city, seat=seat)
        return who

    async def mail(self, pattern: re.Pattern[str], *about: str, to: str = "", but: Sequence[str] = ()) -> str:
        """The first match in a mail to the gangmaker about their street."""
        return await self.town.letters.find(to or self.email, pattern, self.name, *about, but=but)

    async def live(self) -> None:
        """All of its story; whatever becomes of it, nobody waits for this street any longer."""
        try:
            await self._live()
        finally:
            for waits in (self.town.busy, self.town.waiting, self.town.ready.get(self.city, set())):
                waits.discard(self.slug)

    async def _live(self) -> None:
        story = self.story
        await self._sign_up()
        self.done = "signed up"
        await self._answers()
        self.done = "answered"
        if story.intake:
            await self._intake()
            self.done = f"intake {story.intake}"
        if story.potje:
            await self._potje()
            self.done = f"potje {story.potje}"
        if story.paid:
            await self._be_paid()
            self.done = "paid"
        if story.attenties:
            await self._attenties()
        if story.change:
            await self._another_account()
            self.done = "another account"
        if story.renewal:
            await self._renew()
            self.done = f"renewal {story.renewal}"
        self.done = "all"

    async def _sign_up(self) -> None:
        start = f"/{self.city}/aanmelden"
        async with self.resident() as who:
            await who.read(start)
            await who.send(f"{start}/straat", street=self.name, part="", wijk=WIJK)
            await who.send(f"{start}/u", name="Een Bewoner", email=self.email, phone="")
            second = {"second_name": "Twee Bewoner", "second_email": self.second} if self.second else {}
            await who.send(f"{start}/samen", together="yes" if self.second else "not_yet", **second)
            check = f"{start}/controleer"
            form = await who.form_on(check, check)
            for _ in range(1 + self.life.twice):
                sent = await who.send(check, form=form)
                found = RECEIPT.search(sent.url.path)
                assert found, f"no receipt on {sent.url.path}"
                self.receipt = found[1]
                self.town.seen.receipts.append(Receipt(self.city, "signup", self.receipt))

    async def _answers(self) -> None:
        async with self.resident() as who:
            if self.story.confirm is not Yes.SILENT:
                link = await self.mail(ANSWER, "Bevestig")
                await who.send(link, answer=self.story.confirm.value)
            if self.story.second not in (None, Yes.SILENT):
                link = await self.mail(ANSWER, "gangmaker", to=self.second)
                await who.send(link, answer=self.story.second.value)

    async def _boxes(self, who: Patient, kind: str, number: int) -> list[str]:
        """The boxes of a page of the street, once there are so many."""

        async def there() -> list[str]:
            page = (await who.read(self.at_desk)).text
            found = [value for name, value in BOX.findall(page) if name == kind]
            return found if len(found) >= number else []

        return await until(there, f"{number} boxes {kind}")

    async def _intake(self) -> None:
        intake = f"/{self.city}/intakes/{intake_id(self.city, self.slug, 1)}"
        day = datetime.now(AMSTERDAM) + timedelta(days=10)
        if self.story.renewal:
            self.town.busy.add(self.slug)
        async with await self.staff("coordinator-1") as noor:
            if self.story.moments:
                async with self.town.agenda:
                    await self._moments(noor, intake)
            else:
                fields = {"day": f"{day:%Y-%m-%d}", "clock": "19:30", "place": "Buurthuis De Storm"}
                await noor.press(self.at_desk, f"{intake}/plan", **fields)
            outcome = self.story.intake
            people = 2 if self.story.second is Yes.YES else 1
            await noor.press(
                self.at_desk,
                f"{intake}/record",
                outcome=outcome,
                agreed=await self._boxes(noor, "agreed", people),
                referral="community_work" if outcome == "referred" else "",
                sure="yes",
            )

    async def _moments(self, noor: Patient, intake: str) -> None:
        """An afternoon in the agenda, a choice by mail, a pick."""
        agenda, day = f"/{self.city}/agenda", datetime.now(AMSTERDAM) + timedelta(days=8 + self.life.number)
        fields = {"day": f"{day:%Y-%m-%d}", "start": "13:00", "end": "16:00", "place": "Buurthuis De Storm"}
        await noor.press(agenda, agenda, **fields)
        slots = await self._boxes(noor, "slot", 2)
        await noor.press(self.at_desk, f"{intake}/propose", slot=slots[-3:])
        link = await self.mail(PICK, "Wanneer kunt u")
        async with self.resident() as who:
            moments = MOMENT.findall((await who.read(link)).text)
            await who.send(link, moment=moments[0] if moments else "none")
        await self.mail(re.compile("."), "Afspraak")

    async def _potje(self) -> None:
        act = "reject" if self.story.potje == "reject" else "approve"
        potje = f"/{self.city}/potjes/{potje_id(self.city, self.slug, YEAR)}"
        async with await self.staff("treasurer-1") as ties:
            if self.story.bulk:
                await self._in_bulk(ties, potje)
            else:
                await ties.press(self.at_desk, f"{potje}/{act}", sure="yes")
        if self.story.potje == "withdraw":
            async with await self.staff("coordinator-1") as noor:
                await noor.press(self.at_desk, f"{potje}/withdraw", sure="yes")
            await self.mail(re.compile("."), "gaat niet door")

    async def _in_bulk(self, ties: Patient, potje: str) -> None:
        """On the page for many, once it was proposed."""
        await ties.form_on(self.at_desk, f"{potje}/approve")
        room, name = f"/{self.city}/goedkeuren", potje.rpartition("/")[2]
        await ties.press(room, room, jaar=str(YEAR), welke="gekozen", potje=[name])

    async def _be_paid(self) -> None:
        if self.city == BY_HAND:
            await self._by_hand()
        else:
            await self._account(1)
            await self.mail(re.compile("."), "Het rekeningnummer voor")
            self.town.ready.setdefault(self.city, set()).add(self.slug)
        await self.mail(re.compile("."), "is uitbetaald")
        self.town.ready.get(self.city, set()).discard(self.slug)

    async def _by_hand(self) -> None:
        potje = f"/{self.city}/potjes/{potje_id(self.city, self.slug, YEAR)}"
        async with await self.staff("coordinator-2") as noor:
            await noor.press(self.at_desk, f"{potje}/hand-over")
            code = await self.mail(SPOKEN, "ontvangen")
            await noor.press(self.at_desk, f"{potje}/confirm", **{f"code-{YEAR}": code})

    async def _enter(self, who: Patient) -> str:
        """Behind the street's door; a code that was used unseen is asked for anew. Gives the door's path."""
        door = f"/{self.city}/mijn-straat"
        link = await self.mail(DOOR)
        for _ in range(4):
            known = self.town.letters.known(self.email)
            asked = await who.send(link)
            if _inside(asked, door):
                return door
            code = await self.mail(CODE, "Uw code", but=known)
            entered = await who.send(f"{door}/code", code=code)
            if _inside(entered, door) or _inside(await who.read(door), door):
                return door
        raise AssertionError(f"the door of {self.slug} does not open")

    async def _account(self, number: int) -> None:
        async with self.resident() as who:
            door = await self._enter(who)
            account = f"{self.life.number + 1:04}{number:06}"
            iban = IBAN.generate("NL", bank_code="INGB", account_code=account).compact
            await who.send(f"{door}/rekening", holder="E. Bewoner", iban=iban)
            check = f"{door}/rekening/controleer"
            await who.press(check, check)

    async def _attenties(self) -> None:
        async with self.resident() as who:
            attentie = f"{await self._enter(who)}/attentie"
            for number in range(self.story.attenties):
                fields = {"day": "vandaag", "occasion": "welcome", "amount": f"{7 + number},50"}
                await who.press(attentie, attentie, **fields)

    async def _another_account(self) -> None:
        await self._account(2)
        link = await self.mail(ANSWER, "rekeningnummer")
        async with self.resident() as who:
            await who.send(link, answer=str(self.story.change))

    async def _renew(self) -> None:
        self.town.busy.discard(self.slug)
        self.town.waiting.add(self.slug)
        link = await self.mail(RENEWAL, "nog een jaar verder")
        self.town.waiting.discard(self.slug)
        answer = self.story.renewal
        if answer != "silent":
            code = await self.mail(CODE, "nog een jaar verder")
            async with self.resident() as who:
                given = await who.send(link, choice=answer, code=code)
                # Who comes after the end hears so, and the street sleeps.
                answer = "silent" if given.status_code == httpx.codes.GONE else answer
        self.answered = answer
        await self.mail(re.compile("."), ENDS[answer])

    def expected(self, submissions: Mapping[str, UUID]) -> dict[str, set[str]]:
        """What the registers should say in the end, by workflow. ``submissions``: their ids, by receipt."""
        signup = {f"signup-{submissions.get(self.receipt)}": {SIGNUPS[self.story.confirm]}}
        if not self.story.intake:
            return signup
        street, potje = street_id(self.city, self.slug), potje_id(self.city, self.slug, YEAR)
        told = signup | {street: {PHASES.get(self.answered) or PHASES[self.story.intake]}}
        if self.story.intake == "accepted":
            told[potje] = {"paid" if self.story.paid else POTJES[self.story.potje]}
        return told


def _inside(page: httpx.Response, door: str) -> bool:
    """Whether this is the page behind the door, and not one that says that it is shut."""
    return page.status_code == httpx.codes.OK and page.url.path == door
