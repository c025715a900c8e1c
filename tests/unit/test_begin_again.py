"""What a street's run begins with when only the registry is left of it."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from schemas.refs import ENGINE, potje_id
from schemas.street import Phase, potje_is_due
from tests.today import this_year, today
from workers.reconciling.begin import street_state

BY = "rotterdam:coordinator-1"
PLANNER = "rotterdam:coordinator-2"


def row(phase: str = "active", **more: Any) -> dict[str, Any]:
    return {
        "municipality": "rotterdam",
        "slug": "laan-1940",
        "name": "Laan 1940",
        "part": None,
        "wijk": "Noord",
        "phase": phase,
        "gangmakers": [uuid4()],
        "next_date": date(2027, 4, 1),
        "revision": 7,
        "paused": False,
        "shape": "street",
        "since": date(2026, 3, 1),
        "asleep_since": None,
        "merged_into": None,
        "split_from": None,
        "approach": None,
    } | more


def intake(number: int = 1) -> dict[str, Any]:
    return {"workflow_id": f"intake-rotterdam-laan-1940-{number}", "coordinator": PLANNER, "recorded_by": BY}


def potje(year: int, attempt: int = 1, status: str = "paid") -> dict[str, Any]:
    workflow_id = potje_id("rotterdam", "laan-1940", year, attempt)
    return {"workflow_id": workflow_id, "street": "laan-1940", "year": year, "status": status}


def state(
    phase: str = "active",
    intakes: tuple[dict[str, Any], ...] = (intake(),),
    potjes: tuple[dict[str, Any], ...] = (),
    decided: int = 0,
) -> Any:
    return street_state(row(phase), list(intakes), list(potjes), None, decided)  # type: ignore[arg-type]


def test_a_street_keeps_its_year_and_its_potje() -> None:
    found = state(potjes=(potje(2026),))
    assert (found.phase, found.next_date, found.revision) == (Phase.ACTIVE, date(2027, 4, 1), 7)
    assert (found.intakes, found.potjes, found.potje_year) == (1, 1, 2026)
    assert not potje_is_due(found, today()), "it has its potje: no second one begins"


def test_what_was_promised_and_not_begun_begins() -> None:
    found = state()
    assert (found.accepted_by, found.potje_from) == (BY, date(2026, 3, 1))
    assert potje_is_due(found, today())


def test_what_was_renewed_comes_in_its_year() -> None:
    found = state(potjes=(potje(this_year()),), decided=this_year() + 1)
    assert (found.accepted_by, found.potje_from) == (ENGINE, date(this_year() + 1, 1, 1))


@pytest.mark.parametrize(
    ("phase", "intakes", "potjes", "following"),
    [
        ("intake", (intake(),), (), 1),  # the first that comes bears no number
        ("active", (intake(1), intake(2)), (potje(2026, 1), potje(2026, 2)), 2),
        ("sleeping", (intake(),), (potje(2026, 1, "withdrawn"),), 2),  # taken back: the next has a number
        ("sleeping", (intake(),), (potje(2026, 1),), 1),
        ("active", (intake(),), (potje(2026, 1, "withdrawn"), potje(2026, 2)), 2),
    ],
)
def test_no_potje_gets_the_number_of_another(
    phase: str, intakes: tuple[dict[str, Any], ...], potjes: tuple[dict[str, Any], ...], following: int
) -> None:
    assert state(phase, intakes, potjes).attempt == following


@pytest.mark.parametrize("phase", ["intake", "sleeping", "ended"])
def test_who_rests_gets_no_potje(phase: str) -> None:
    assert state(phase).accepted_by is None
