"""The page of one street: its gangmakers, intake, potje, money and story. Looking at it is logged."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.desk.operators import workflow_url
from forms.desk.staff import Act
from forms.desk.visit import Visit
from schemas.calendar import dutch_date
from schemas.ledger import AccountKind, Balance, account_code
from schemas.person import Person, Place
from schemas.policy import budget_year
from schemas.refs import Slug, VaultRef, street_id
from store import desk, registry
from store.database import Connection
from store.vault import Erased, Vault

PURPOSE = "street_page"


@dataclass(frozen=True)
class StreetView:
    """All that the page shows."""

    street: asyncpg.Record
    people: list[Person]
    intakes: list[asyncpg.Record]
    place: str | None
    potjes: list[asyncpg.Record]
    story: list[asyncpg.Record]
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
        links=_links(visit, view, slug),
        flash=Act(done) if done in list(Act) else None,
        errors=errors,
        values=values or {},
        new_form=uuid4,
    )


async def _view(conn: Connection, visit: Visit, slug: Slug) -> StreetView | None:
    municipality = visit.municipality
    street = await registry.street(conn, municipality, slug)
    if street is None:
        return None
    people = await visit.desk.vault.look(conn, street["gangmakers"], visit.staff, PURPOSE)
    intakes = await desk.intakes_of(conn, municipality, slug)
    potjes = await desk.potjes_of(conn, municipality, slug)
    year = potjes[0]["year"] if potjes else budget_year(dutch_date(datetime.now(UTC)))
    budget = account_code(AccountKind.BUDGET, municipality, year)
    purse = account_code(AccountKind.STREET, municipality, year, slug)
    balances = await desk.balances(conn, [budget, purse])
    return StreetView(
        street=street,
        people=[people[ref] for ref in street["gangmakers"] if ref in people],
        intakes=intakes,
        place=await _place(conn, visit.desk.vault, intakes[0]["place"] if intakes else None),
        potjes=potjes,
        story=await desk.story_of(conn, municipality, slug),
        year=year,
        budget=balances.get(budget),
        purse=balances.get(purse),
    )


async def _place(conn: Connection, vault: Vault, ref: VaultRef | None) -> str | None:
    if ref is None:
        return None
    try:
        return (await vault.get(conn, ref, Place)).text
    except Erased:
        return None


def _links(visit: Visit, view: StreetView, slug: Slug) -> dict[str, str]:
    """The workflows behind this street, by id."""
    ids = [street_id(visit.municipality, slug)]
    ids += [row["workflow_id"] for row in [*view.intakes[:1], *view.potjes[:1]]]
    return {workflow_id: workflow_url(visit.desk.settings, workflow_id) for workflow_id in ids}
