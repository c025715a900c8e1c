"""The demo: residents sign up on the public form, staff do their work on the desk, all through real pages."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count

from workers.demo.cast import MUNICIPALITY, STORIES, Ending, Story, Street
from workers.demo.concerns import tell_concerns
from workers.demo.money import Money
from workers.demo.office import plan_and_record, proposed, seated, spend_the_potjes
from workers.demo.visitor import ANSWER_LINK, DemoError, Letterbox, Visitor

AT_ONCE = 4
"""Streets played at the same time; more only waits longer on two cores."""


class Play:
    """Plays every story against a running stack; ``urls`` are those of ``straat status``."""

    def __init__(
        self, urls: Mapping[str, str], ended: Callable[[str], None], moved: Callable[[str], None]
    ) -> None:
        self._urls = urls
        self._ended = ended
        self._moved = moved
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._potjes: dict[Street, str] = {}

    async def run(self) -> Counter[Ending]:
        """Play all, then pay; how many streets came how far."""
        part, box = await self._free_part(), await Letterbox.from_now_on(self._urls["mail"])
        for municipality in sorted({s.municipality for s in STORIES if s.ending is Ending.SHORT}):
            async with await seated(self._urls["desk"], municipality, "treasurer-1") as treasurer:
                await spend_the_potjes(treasurer, municipality)
        async with asyncio.TaskGroup() as group:
            for story in STORIES:
                group.create_task(self._play(Street(story, part), box))
        await tell_concerns(self._urls)
        await Money(self._urls, box, self._potjes, self._moved).run()
        return Counter(story.ending for story in STORIES)

    async def _play(self, street: Street, box: Letterbox) -> None:
        async with self._turns:
            await self._sign_up(street)
            if street.story.ending >= Ending.CONFIRMED:
                for email in street.story.emails:
                    await self._say_yes(await box.find(email, street.story.street, ANSWER_LINK))
            if street.story.ending >= Ending.PLANNED:
                await self._decide(street)
            self._ended(street.title)

    async def _free_part(self) -> str:
        """The part of its streets that no earlier demo played: a second demo is a second set of streets."""
        async with await seated(self._urls["desk"], MUNICIPALITY, "coordinator-1") as coordinator:
            for number in count(1):
                part = f"deel {number}" if number > 1 else ""
                if not await coordinator.finds(Street(STORIES[0], part).page):
                    return part
        raise DemoError("there is a street for every number")

    async def _sign_up(self, street: Street) -> None:
        story = street.story
        async with Visitor(self._urls["public"]) as resident:
            start = f"/{story.municipality}/aanmelden"
            await resident.read(f"{start}?campagne=demo-najaar")
            await resident.send(f"{start}/straat", street=story.street, part=street.part, wijk=story.wijk)
            await resident.send(f"{start}/u", name=story.gangmaker, email=story.email, phone="")
            await resident.send(f"{start}/samen", **_together(story))
            await resident.press(f"{start}/controleer", f"{start}/controleer")

    async def _say_yes(self, link: str) -> None:
        async with Visitor(self._urls["public"]) as resident:
            await resident.read(link)
            await resident.send(link, answer="yes")

    async def _decide(self, street: Street) -> None:
        """The conversation; and of what will be paid, the potje that was proposed after it."""
        desk, where = self._urls["desk"], street.story.municipality
        async with await seated(desk, where, "coordinator-1") as coordinator:
            await plan_and_record(coordinator, street)
        if street.story.ending >= Ending.APPROVED:
            async with await seated(desk, where, "treasurer-1") as treasurer:
                self._potjes[street] = await proposed(treasurer, street)


def _together(story: Story) -> dict[str, str]:
    if story.second is None or story.second_email is None:
        return {"together": "not_yet"}
    return {"together": "yes", "second_name": story.second, "second_email": story.second_email}
