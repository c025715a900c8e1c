"""The page of one street: its gangmakers, intake, potje, money and story. Looking at it is logged."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

import asyncpg
from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.desk import words
from forms.desk.operators import workflow_url
from forms.desk.staff import Act
from forms.desk.visit import Visit
from schemas.accounts import BudgetLine, line_account, street_account
from schemas.calendar import dutch_date
from schemas.ledger import Balance
from schemas.person import Person, Place, Story
from schemas.policy import budget_year
from schemas.refs import Slug, VaultRef, street_id
from store import desk, registry
from store import intakes as intakes_store
from store.database import Connection
from store.vault import Erased

PURPOSE = "street_page"
SHOWN = 12
"""Free moments to choose from."""


class Told(NamedTuple):
    """A story that the street shares."""

    at: datetime
    text: str


@dataclass(frozen=True)
class StreetView:
    """All that the page shows."""

    street: asyncpg.Record
    people: list[tuple[VaultRef, Person]]
    intakes: list[asyncpg.Record]
    place: str | None
    potjes: list[asyncpg.Record]
    has_account: bool
    pending_account: asyncpg.Record | None
    approach: str | None
    words: str | None
    """What the street said about its approach while its intake waits."""
    free: list[asyncpg.Record]
    starter: asyncpg.Record | None
    behind: list[str]
    """The workflows of this street, by id; its own first."""
    story: list[asyncpg.Record]
    shared: list[Told]
    year: int
    budget: Balance | None
    purse: Balance | None

    @property
    def enough_people(self) -> bool:
        """Whether as many people carry the street as the municipality asks."""
        return len(self.street["gangmakers"]) >= int(self.street["minimum"])

    @property
    def at_work(self) -> bool:
        """The intake is over and the street has not heard yet: a matter of a second."""
        latest = self.intakes[0]["status"] if self.intakes else None
        return latest in ("accepted", "referred", "declined") and self.street["phase"] == "intake"


async def street_page(
    visit: Visit,
    slug: Slug,
    status: int = 200,
    *,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    """The page, or 404. ``values`` are what was typed, when ``errors`` say what is wrong with it."""
    async with visit.desk.db.transaction() as conn:
        view = await _view(conn, visit, slug)
    if view is None:
        raise HTTPException(404)
    done = visit.request.query_params.get("gedaan")
    return visit.render(
        "street.html",
        status,
        here="streets",
        view=view,
        links={each: workflow_url(visit.desk.settings, each) for each in view.behind},
        flash=Act(done) if done in list(words.FLASHES) else None,
        errors=errors,
        values=values or {},
        new_form=uuid4,
        now=datetime.now(UTC),
    )


async def _view(conn: Connection, visit: Visit, slug: Slug) -> StreetView | None:
    municipality = visit.municipality
    street = await registry.street(conn, municipality, slug)
    if street is None:
        return None
    people = await visit.desk.vault.look(conn, street["gangmakers"], visit.staff, PURPOSE)
    intakes = await desk.intakes_of(conn, municipality, slug)
    latest = intakes[0] if intakes else None
    potjes = await desk.potjes_of(conn, municipality, slug)
    year = potjes[0]["year"] if potjes else budget_year(dutch_date(datetime.now(UTC)))
    budget = line_account(municipality, BudgetLine.POTJES, year)
    purse = street_account(municipality, slug, year)
    balances = await desk.balances(conn, [budget, purse])
    return StreetView(
        street=street,
        people=[(ref, people[ref]) for ref in street["gangmakers"] if ref in people],
        intakes=intakes,
        place=await _place(conn, visit, latest["place"] if latest else None),
        potjes=potjes,
        has_account=await desk.has_account(conn, municipality, slug),
        pending_account=await desk.pending_account(conn, municipality, slug),
        approach=await _told(conn, visit, street["approach"]),
        words=await _told(
            conn, visit, latest["approach"] if latest and street["phase"] == "intake" else None
        ),
        free=await intakes_store.free(conn, municipality, visit.staff, datetime.now(UTC), SHOWN),
        starter=await intakes_store.starter(conn, municipality, slug),
        behind=[street_id(municipality, slug), *await desk.workflows_of(conn, municipality, slug)],
        story=await desk.story_of(conn, municipality, slug),
        shared=await _shared(conn, visit, slug),
        year=year,
        budget=balances.get(budget),
        purse=balances.get(purse),
    )


async def _place(conn: Connection, visit: Visit, ref: VaultRef | None) -> str | None:
    if ref is None:
        return None
    try:
        return (await visit.desk.vault.look_at(conn, ref, Place, visit.staff, PURPOSE)).text
    except Erased:
        return None


async def _told(conn: Connection, visit: Visit, ref: VaultRef | None) -> str | None:
    if ref is None:
        return None
    try:
        return (await visit.desk.vault.look_at(conn, ref, Story, visit.staff, PURPOSE)).text
    except Erased:
        return None


async def _shared(conn: Connection, visit: Visit, slug: Slug) -> list[Told]:
    rows = await desk.stories_of(conn, visit.municipality, slug)
    refs = [row["words"] for row in rows]
    words = await visit.desk.vault.look_at_all(conn, refs, Story, visit.staff, PURPOSE)
    return [Told(row["told_at"], words[row["words"]].text) for row in rows if row["words"] in words]
