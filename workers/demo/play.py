"""The demo: residents sign up on the public form, staff do their work on the desk, all through real pages."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count

from schemas.calendar import AMSTERDAM
from schemas.refs import intake_id, potje_id, street_slug
from workers.demo.cast import STORIES, Ending, Story
from workers.demo.money import Money
from workers.demo.visitor import DemoError, Visitor, answer_link, answer_links

AT_ONCE = 4
"""Streets played at the same time; more only waits longer on two cores."""

MUNICIPALITY = "rotterdam"
WIJK = "Delfshaven"


class Play:
    """Plays every story against a running stack; ``urls`` are those of ``straat status``."""

    def __init__(self, urls: Mapping[str, str], ended: Callable[[Story], None]) -> None:
        self._urls = urls
        self._ended = ended
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._part = ""

    async def run(self) -> Counter[Ending]:
        """Play all; how many streets came how far."""
        self._part = await self._free_part()
        async with asyncio.TaskGroup() as group:
            for story in STORIES:
                group.create_task(self._play(story))
        await Money(self._urls, MUNICIPALITY).pay([s for s in STORIES if s.ending is Ending.PAID])
        return Counter(story.ending for story in STORIES)

    async def _play(self, story: Story) -> None:
        async with self._turns:
            earlier = {email: len(await answer_links(self._urls["mail"], email)) for email in story.emails}
            await self._sign_up(story)
            if story.ending >= Ending.CONFIRMED:
                for email, asked in earlier.items():
                    await self._answer(email, asked)
            if story.ending >= Ending.PLANNED:
                await Desk(self._urls["desk"], story, self._part).work()
            self._ended(story)

    async def _free_part(self) -> str:
        """The part of its streets that no earlier demo played: a second demo is a second set of streets."""
        async with Visitor(self._urls["desk"]) as coordinator:
            await coordinator.send("/", municipality=MUNICIPALITY, seat="coordinator-1")
            for number in count(1):
                part = f"deel {number}" if number > 1 else ""
                if not await coordinator.finds(street_page(STORIES[0], part)):
                    return part
        raise DemoError("there is a street for every number")

    async def _sign_up(self, story: Story) -> None:
        async with Visitor(self._urls["public"]) as resident:
            start = f"/{MUNICIPALITY}/aanmelden"
            await resident.read(f"{start}?campagne=demo-najaar")
            await resident.send(f"{start}/straat", street=story.street, part=self._part, wijk=WIJK)
            await resident.send(f"{start}/u", name=story.gangmaker, email=story.email, phone="")
            together = {"second_name": story.second, "second_email": story.second_email}
            await resident.send(
                f"{start}/samen",
                together="yes" if story.second else "not_yet",
                **{field: value for field, value in together.items() if value},
            )
            form = await resident.form_on(f"{start}/controleer", f"{start}/controleer")
            await resident.send(f"{start}/controleer", form=form)

    async def _answer(self, email: str, asked_before: int) -> None:
        """Say yes. An earlier demo asked the same people, so only a newer mail counts."""
        link = await answer_link(self._urls["mail"], email, asked_before)
        async with Visitor(self._urls["public"]) as resident:
            await resident.read(link)
            await resident.send(link, answer="yes")


def street_page(story: Story, part: str) -> str:
    """The street's page on the desk."""
    return f"/{MUNICIPALITY}/straten/{street_slug(story.street, part)}"


class Desk:
    """What coordinator and treasurer do for one street."""

    def __init__(self, base: str, story: Story, part: str) -> None:
        self._base = base
        self._story = story
        self._slug = street_slug(story.street, part)
        self._page = street_page(story, part)

    async def work(self) -> None:
        """As far as the story goes."""
        async with Visitor(self._base) as coordinator, Visitor(self._base) as treasurer:
            await coordinator.send("/", municipality=MUNICIPALITY, seat="coordinator-1")
            await treasurer.send("/", municipality=MUNICIPALITY, seat="treasurer-1")
            await self._intake(coordinator)
            await self._potje(treasurer)

    async def _intake(self, coordinator: Visitor) -> None:
        intake = f"/{MUNICIPALITY}/intakes/{intake_id(MUNICIPALITY, self._slug, 1)}"
        day = datetime.now(AMSTERDAM) + timedelta(days=3 + len(self._slug) % 9)
        await self._press(
            coordinator,
            f"{intake}/plan",
            day=f"{day:%Y-%m-%d}",
            clock="19:30",
            place="Huis van de Wijk, Grote Zaal",
        )
        outcomes = {Ending.WAITING: "waiting", Ending.REFERRED: "referred"}
        outcome = outcomes.get(self._story.ending, "accepted")
        if self._story.ending > Ending.PLANNED:
            await self._press(
                coordinator, f"{intake}/record", outcome=outcome, spelregels_agreed="yes", sure="yes"
            )

    async def _potje(self, treasurer: Visitor) -> None:
        if self._story.ending < Ending.APPROVED:
            return
        potje = f"/{MUNICIPALITY}/potjes/{await self._potje_id(treasurer)}"
        await self._press(treasurer, f"{potje}/approve")

    async def _potje_id(self, treasurer: Visitor) -> str:
        """Found on the page, as a person finds it: the year is the workflow's."""
        pattern = re.escape(potje_id(MUNICIPALITY, self._slug, 0)).removesuffix("0") + r"\d{4}"
        for _ in range(200):
            if found := re.search(pattern, await treasurer.read(self._page)):
                return found.group()
            await asyncio.sleep(0.1)
        raise TimeoutError

    async def _press(self, who: Visitor, action: str, **fields: str) -> None:
        form = await who.form_on(self._page, action)
        await who.send(action, form=form, **fields)
