"""The registry: a fact is written once, and snapshots only go forward."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from schemas.facts import (
    Fact,
    IntakeSnapshot,
    PotjeSnapshot,
    SignupSnapshot,
    SignupStatus,
    StreetSnapshot,
)
from store import registry
from store.database import Database

AT = datetime(2026, 12, 1, 19, 30, tzinfo=UTC)
STREET = StreetSnapshot(
    municipality="rotterdam",
    slug="rozenlaan",
    name="Rozenlaan",
    part=None,
    wijk="Noord",
    phase="intake",
    gangmakers=[UUID(int=1)],
    minimum=1,
    next_date=date(2026, 12, 1),
    revision=5,
)
SIGNUP = SignupSnapshot(
    submission=UUID(int=9),
    municipality="rotterdam",
    street="rozenlaan",
    campaign="voorjaar",
    status=SignupStatus.AWAITING,
    revision=5,
)
INTAKE = IntakeSnapshot(
    workflow_id="intake-1",
    municipality="rotterdam",
    street="rozenlaan",
    status="planned",
    at=AT,
    place=UUID(int=3),
    coordinator="rotterdam:coordinator-1",
    revision=5,
)
POTJE = PotjeSnapshot(
    workflow_id="potje-1",
    municipality="rotterdam",
    street="rozenlaan",
    year=2026,
    status="to_approve",
    cents=150_00,
    parts=[("bank", 150_00)],
    open_parts=["bank"],
    proposer="rotterdam:coordinator-1",
    revision=5,
)
SNAPSHOTS: list[tuple[str, Any, str, str]] = [
    ("signup", SIGNUP, "status", "confirmed"),
    ("street", STREET, "phase", "active"),
    ("intake", INTAKE, "status", "accepted"),
    ("potje", POTJE, "status", "approved"),
]


def fact(key: str, **more: object) -> Fact:
    """A fact of the Rozenlaan."""
    rest = {"name": "happened", "municipality": "rotterdam", "subject": "rozenlaan", **more}
    return Fact.model_validate({"key": key, **rest})


async def test_a_fact_is_written_once_with_its_snapshots(db: Database) -> None:
    async with db.transaction() as conn:
        assert not await registry.entered(conn, "f")
        assert await registry.enter(conn, fact("f", street=STREET), {"seq": 1})
        assert await registry.entered(conn, "f")
        changed = STREET.model_copy(update={"phase": "active", "revision": 6})
        assert not await registry.enter(conn, fact("f", street=changed))
        street = await registry.street(conn, "rotterdam", "rozenlaan")
        assert street is not None
        assert street["phase"] == "intake"
        line = await conn.fetchrow("select * from registry.fact")
        assert (line["name"], line["actor"], line["result"]) == ("happened", "engine", {"seq": 1})


async def test_ten_writers_of_a_fact_are_one(db: Database) -> None:
    async def write() -> bool:
        async with db.transaction() as conn:
            return await registry.enter(conn, fact("f"))

    written = await asyncio.gather(*(write() for _ in range(10)))
    assert written.count(True) == 1


@pytest.mark.parametrize(("kind", "snapshot", "field", "later"), SNAPSHOTS)
async def test_every_field_of_a_snapshot_is_there_to_read(
    db: Database, kind: str, snapshot: Any, field: str, later: str
) -> None:
    async with db.transaction() as conn:
        await registry.enter(conn, fact("f", **{kind: snapshot}))
        row = await conn.fetchrow(f"select * from registry.{kind}")
    for name, value in snapshot.model_dump(mode="python").items():
        assert row[name] == ([list(part) for part in value] if name == "parts" else value)


@pytest.mark.parametrize(("kind", "snapshot", "field", "later"), SNAPSHOTS)
async def test_a_snapshot_goes_forward_only(
    db: Database, kind: str, snapshot: Any, field: str, later: str
) -> None:
    async def shown(conn: asyncpg.Connection) -> str:
        return str(await conn.fetchval(f"select {field} from registry.{kind}"))

    before = str(getattr(snapshot, field))
    async with db.transaction() as conn:
        await registry.enter(conn, fact("now", **{kind: snapshot}))
        for revision, expected in ((4, before), (5, before), (6, later)):
            told = snapshot.model_copy(update={field: later, "revision": revision})
            assert await registry.enter(conn, fact(f"at-{revision}", **{kind: told}))
            assert await shown(conn) == expected
        late = snapshot.model_copy(update={"revision": 5})
        await registry.enter(conn, fact("late", **{kind: late}))
        assert await shown(conn) == later


async def test_active_streets_are_counted_by_municipality(db: Database) -> None:
    shapes = [("a", "rotterdam", "active"), ("b", "rotterdam", "intake"), ("c", "aalsmeer", "active")]
    async with db.transaction() as conn:
        for slug, municipality, phase in shapes:
            more = {"slug": slug, "municipality": municipality, "phase": phase}
            await registry.enter(conn, fact(slug, street=STREET.model_copy(update=more)))
        assert await registry.count_active(conn, "rotterdam") == 1
        assert await registry.count_active(conn, "den-haag") == 0
        assert await registry.street(conn, "aalsmeer", "a") is None


async def test_potjes_wait_in_the_order_in_which_they_came(db: Database) -> None:
    for number, status, year in (
        (2, "waiting_for_budget", 2026),
        (1, "waiting_for_budget", 2026),
        (3, "approved", 2026),
        (4, "waiting_for_budget", 2027),
    ):
        async with db.transaction() as conn:
            more = {"workflow_id": f"potje-{number}", "status": status, "year": year}
            await registry.enter(conn, fact(f"{number}", potje=POTJE.model_copy(update=more)))
    async with db.transaction() as conn:
        later = POTJE.model_copy(
            update={"workflow_id": "potje-2", "status": "waiting_for_budget", "revision": 6}
        )
        await registry.enter(conn, fact("again", potje=later))
        assert await registry.potjes_waiting(conn, "rotterdam", 2026) == ["potje-2", "potje-1"]
        assert await registry.potjes_waiting(conn, "aalsmeer", 2026) == []
