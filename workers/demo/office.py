"""What coordinators and treasurers do in the demo, on the desk."""

import re
from datetime import datetime, timedelta

from schemas.calendar import AMSTERDAM
from schemas.money import cents_from_text
from schemas.policy import budget_year
from schemas.refs import Slug, intake_id, potje_id
from workers.demo.cast import Ending, Street
from workers.demo.visitor import DemoError, Visitor, until

FREE = re.compile(r'value="potjes"[^>]*>[^<]*:\s*€\s*([\d.,]+)')
OUTCOMES = {Ending.WAITING: "waiting", Ending.REFERRED: "referred"}
APPROACH = "We bellen aan bij wie we lang niet zagen, en drinken elke maand koffie op de stoep."
ONE_POTJE = 100_00
"""Cents that a street of Aalsmeer gets: with less than this it waits."""


async def seated(base: str, municipality: Slug, seat: str) -> Visitor:
    """Somebody who signed in at the desk."""
    visitor = Visitor(base)
    await visitor.send("/", municipality=municipality, seat=seat)
    return visitor


async def plan_and_record(coordinator: Visitor, street: Street) -> None:
    """The conversation of a street, as far as its story goes."""
    ending = street.story.ending
    intake = f"/{street.story.municipality}/intakes/{intake_id(street.story.municipality, street.slug, 1)}"
    day = datetime.now(AMSTERDAM) + timedelta(days=3 + len(street.slug) % 9)
    await coordinator.press(
        street.page,
        f"{intake}/plan",
        day=f"{day:%Y-%m-%d}",
        clock="19:30",
        place="Huis van de Wijk, Grote Zaal",
    )
    if ending > Ending.PLANNED:
        outcome = OUTCOMES.get(ending, "accepted")
        await coordinator.press(
            street.page,
            f"{intake}/record",
            outcome=outcome,
            agreed=await coordinator.boxes_on(street.page, "agreed", len(street.story.emails)),
            approach=APPROACH,
            referral="community_work" if outcome == "referred" else "",
            sure="yes",
        )


async def proposed(who: Visitor, street: Street) -> str:
    """The potje of a street, found on its page as a person finds it: the year is the workflow's."""
    stem = potje_id(street.story.municipality, street.slug, 0).removesuffix("0")
    pattern = re.compile(re.escape(stem) + r"\d{4}(?=/approve)")

    async def there() -> str:
        found = pattern.search(await who.read(street.page))
        return found[0] if found else ""

    return await until(there, f"the potje of {street.title}")


async def spend_the_potjes(treasurer: Visitor, municipality: Slug) -> None:
    """Move what is left for potjes to the campaign, so that the next street has to wait."""
    year = budget_year(datetime.now(AMSTERDAM).date())
    move = f"/{municipality}/budget/{year}/move"
    found = FREE.search(await treasurer.read(move))
    if found is None:
        raise DemoError(f"{move} does not tell what is left")
    if cents_from_text(found[1]) >= ONE_POTJE:
        await treasurer.press(
            move, move, line="potjes", to="campaign", cents=found[1], reason="Eerst de campagne in de wijken"
        )
