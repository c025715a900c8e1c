"""The totals of a municipality, for other systems. Small numbers are not told, as in the reports."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from forms.api.caller import Calling, operations
from forms.api.telling import Amount, Asked, Link, Links, Told
from schemas.calendar import dutch_date
from schemas.client import Scope
from schemas.policy import budget_year
from schemas.street import Phase
from schemas.suppression import SMALLEST_SHOWN, hidden
from store import telling

router = operations(Scope.TOTALS_READ, "totals")

FIRST_YEAR, LAST_YEAR = 2013, 2100
SMALL = f"Leeg bij 1 tot en met {SMALLEST_SHOWN - 1}."


class YearAsked(Asked):
    """Which year."""

    year: int | None = Field(
        None, ge=FIRST_YEAR, le=LAST_YEAR, description="Het jaar; zonder jaar dit jaar.", examples=[2026]
    )


class PhaseCount(Told):
    """How many streets are in a phase."""

    phase: Phase
    count: int | None = Field(
        description="Leeg als het getal klein is, of met de andere samen een klein getal verraadt.",
        examples=[24],
    )


class StreetCounts(Told):
    """How many streets there are now."""

    count: int | None = Field(description=SMALL, examples=[31])
    by_phase: list[PhaseCount]


class PotjeCounts(Told):
    """How many potjes, and how much money."""

    count: int | None = Field(description=SMALL, examples=[24])
    amount: Amount | None = Field(description="Leeg als het aantal leeg is.")


class PotjeTotals(Told):
    """The potjes of the year."""

    granted: PotjeCounts = Field(description="Goedgekeurd.")
    paid: PotjeCounts = Field(description="Daarvan geheel of voor een deel bij de straten.")


class Totals(Told):
    """The totals of a municipality."""

    year: int = Field(examples=[2026])
    streets: StreetCounts = Field(description="De straten zoals zij nu zijn, welk jaar u ook vraagt.")
    signups: int | None = Field(description=f"Aanmeldingen in het jaar. {SMALL}", examples=[40])
    potjes: PotjeTotals
    links: Links = Field(alias="_links")


def _shown(count: int) -> int | None:
    """A count that says nothing about anybody: none, or enough."""
    return count if count == 0 or count >= SMALLEST_SHOWN else None


def _by_phase(counts: Mapping[str, int]) -> list[PhaseCount]:
    some = {phase: count for phase, count in counts.items() if count}
    secret = hidden(some)
    return [PhaseCount(phase=phase, count=None if phase in secret else some.get(phase, 0)) for phase in Phase]


def _potjes(count: int, cents: int) -> PotjeCounts:
    shown = _shown(count)
    return PotjeCounts(count=shown, amount=None if shown is None else Amount(cents=cents))


@router.get("/totals", operation_id="getTotals", summary="Lees de totalen")
async def read(calling: Calling, asked: Annotated[YearAsked, Query()]) -> Totals:
    """Geeft de straten van nu, en de aanmeldingen en potjes van een jaar. Bedragen zijn hele eurocenten."""
    year = asked.year or budget_year(dutch_date(datetime.now(UTC)))
    async with calling.api.db.connection() as conn:
        phases = await telling.phases(conn, calling.policy.slug)
        signups = await telling.signups(conn, calling.policy.slug, year)
        potjes = await telling.potjes(conn, calling.policy.slug, year)
    return Totals(
        year=year,
        streets=StreetCounts(count=_shown(sum(phases.values())), by_phase=_by_phase(phases)),
        signups=_shown(signups),
        potjes=PotjeTotals(
            granted=_potjes(potjes.granted, potjes.granted_cents),
            paid=_potjes(potjes.paid, potjes.paid_cents),
        ),
        links=Links(self=Link(href=f"{calling.api.url}/totals?year={year}")),
    )
