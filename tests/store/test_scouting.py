"""Rounds in the database: visits once, the latest first, rest across rounds, and what is proposed."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from schemas.calendar import start_of
from schemas.facts import Fact, SignupSnapshot, SignupStatus, StreetSnapshot
from schemas.refs import VaultRef
from schemas.scouting import Counts, DoorVisit, RoundOrder, Target, VisitOutcome
from store import registry, scouting
from store.database import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SCOUT = "den-haag:scout-1"


def order_of(*streets: str, wijk: str = "Laak", municipality: str = "den-haag") -> RoundOrder:
    return RoundOrder(
        round=uuid4(),
        municipality=municipality,
        wijk=wijk,
        targets=[Target(street=street, name=street.capitalize()) for street in streets or ("roos",)],
        scouts=[SCOUT],
        until=start_of(TODAY + timedelta(days=15)),
        by="den-haag:coordinator-1",
        desk_url="http://desk.test",
    )


def visit_of(
    order: RoundOrder,
    outcome: VisitOutcome,
    street: str = "roos",
    *,
    at: datetime = NOW,
    rest: date | None = None,
) -> DoorVisit:
    return DoorVisit(
        visit=uuid4(),
        round=order.round,
        street=street,
        outcome=outcome,
        scout=SCOUT,
        at=at,
        rest_until=rest or (TODAY + timedelta(days=365) if outcome is VisitOutcome.REFUSED else None),
    )


async def begun(db: Database, order: RoundOrder) -> RoundOrder:
    async with db.transaction() as conn:
        await scouting.start(conn, order, NOW)
    return order


async def add(db: Database, order: RoundOrder, visit: DoorVisit) -> bool:
    async with db.transaction() as conn:
        return await scouting.add(conn, order.municipality, visit)


async def street(db: Database, slug: str, phase: str, wijk: str = "Laak") -> None:
    snapshot = StreetSnapshot(
        municipality="den-haag",
        slug=slug,
        name=slug.capitalize(),
        part=None,
        wijk=wijk,
        phase=phase,
        gangmakers=[],
        minimum=2,
        next_date=None,
        revision=1,
    )
    fact = Fact(key=f"test/{slug}", name="street.joined", municipality="den-haag", subject=slug)
    async with db.transaction() as conn:
        await registry.enter(conn, fact.model_copy(update={"street": snapshot}))


async def test_a_round_begins_once_with_its_streets_in_order(db: Database) -> None:
    order = await begun(db, order_of("zonne", "aster", "meidoorn"))
    await begun(db, order)
    async with db.connection() as conn:
        targets = await scouting.targets(conn, order.round, TODAY)
        assert [row["street"] for row in targets] == ["zonne", "aster", "meidoorn"]
        assert [row["id"] for row in await scouting.rounds(conn, "den-haag")] == [order.round]
        assert await scouting.rounds(conn, "rotterdam") == []
        assert await scouting.one(conn, "rotterdam", order.round) is None


async def test_a_visit_counts_once_however_many_phones_send_it(db: Database) -> None:
    order = await begun(db, order_of())
    visit = visit_of(order, VisitOutcome.TALKED)
    added = await asyncio.gather(*(add(db, order, visit) for _ in range(5)))
    assert sorted(added) == [False, False, False, False, True]
    async with db.connection() as conn:
        assert await scouting.counts(conn, order.round) == Counts(targets=1, visited=1, talked=1)
        known = await scouting.visit(conn, "den-haag", SCOUT, visit.visit)
        assert known is not None
        assert known["outcome"] == "talked"
        assert await scouting.visit(conn, "den-haag", "den-haag:scout-2", visit.visit) is None
        assert await scouting.visit(conn, "rotterdam", SCOUT, visit.visit) is None


async def test_the_latest_is_the_one_that_was_made_last_not_the_one_that_came_last(db: Database) -> None:
    order = await begun(db, order_of())
    later, earlier = visit_of(order, VisitOutcome.REFUSED), None
    earlier = visit_of(order, VisitOutcome.NOBODY_HOME, at=NOW - timedelta(hours=3))
    for visit in (later, earlier):
        await add(db, order, visit)
    async with db.connection() as conn:
        latest = await scouting.latest(conn, order.round, "roos")
        assert latest == later
        assert await scouting.latest(conn, order.round, "elders") is None


async def test_a_visit_belongs_to_a_street_of_its_round(db: Database) -> None:
    order = await begun(db, order_of())
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await add(db, order, visit_of(order, VisitOutcome.TALKED, "elders"))


@pytest.mark.parametrize(
    "sql", ["update scouting.visit set outcome = 'talked'", "delete from scouting.visit"]
)
async def test_nobody_changes_what_a_scout_noted(db: Database, sql: str) -> None:
    async with db.connection() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(sql)


async def test_due_until_somebody_went_or_the_round_is_over(db: Database) -> None:
    order = await begun(db, order_of())
    await add(db, order, visit_of(order, VisitOutcome.NOBODY_HOME))

    async def is_due() -> bool:
        async with db.connection() as conn:
            (row,) = await scouting.targets(conn, order.round, TODAY)
        return bool(row["due"])

    assert not await is_due()
    async with db.transaction() as conn:
        await scouting.fall_due(conn, order.round, "roos", datetime.now(UTC))
    assert await is_due()
    async with db.transaction() as conn:
        await scouting.gone_back(conn, order.round, "roos")
    assert not await is_due()
    async with db.transaction() as conn:
        await scouting.fall_due(conn, order.round, "roos", datetime.now(UTC))
        await scouting.end(conn, order.round, NOW, "engine")
    assert not await is_due()


async def test_the_first_end_counts(db: Database) -> None:
    order = await begun(db, order_of())
    async with db.transaction() as conn:
        await scouting.end(conn, order.round, NOW, SCOUT)
        await scouting.end(conn, order.round, NOW + timedelta(days=1), "engine")
        row = await scouting.one(conn, "den-haag", order.round)
        assert row is not None
        assert (row["ended_at"], row["ended_by"]) == (NOW, SCOUT)
        assert await scouting.rounds_of(conn, "den-haag", SCOUT) == []


async def test_a_street_rests_in_every_round_until_its_day(db: Database) -> None:
    order = await begun(db, order_of())
    await add(db, order, visit_of(order, VisitOutcome.REFUSED, rest=TODAY + timedelta(days=10)))
    other = await begun(db, order_of())
    async with db.connection() as conn:
        for day, rests in (
            (TODAY, True),
            (TODAY + timedelta(days=9), True),
            (TODAY + timedelta(days=10), False),
        ):
            (row,) = await scouting.targets(conn, other.round, day)
            assert bool(row["rest_until"]) == rests, day
            found = await scouting.resting(conn, "den-haag", day)
            assert [each["street"] for each in found] == (["roos"] if rests else [])
        assert await scouting.resting(conn, "den-haag", TODAY, ["elders"]) == []
        assert await scouting.resting(conn, "rotterdam", TODAY) == []


async def test_what_is_proposed_and_what_is_taken(db: Database) -> None:
    await street(db, "slaap", "sleeping")
    await street(db, "af", "ended")
    await street(db, "druk", "active")
    await street(db, "bezig", "intake")
    await street(db, "ver", "sleeping", wijk="Centrum")
    earlier = await begun(db, order_of("bloem", "nee", "druk"))
    await add(db, earlier, visit_of(earlier, VisitOutcome.REFUSED, "nee"))
    async with db.transaction() as conn:
        await scouting.end(conn, earlier.round, NOW, "engine")
    async with db.connection() as conn:
        rows = await scouting.proposals(conn, "den-haag", "Laak", TODAY)
        assert [(row["street"], row["phase"]) for row in rows] == [
            ("slaap", "sleeping"),
            ("af", "ended"),
            ("bloem", "visited"),
        ]
        assert await scouting.taken(conn, "den-haag", ["slaap", "druk", "bezig", "bloem"]) == {
            "druk": "street",
            "bezig": "street",
        }
    await begun(db, order_of("slaap"))
    async with db.connection() as conn:
        rows = await scouting.proposals(conn, "den-haag", "Laak", TODAY)
        assert [row["street"] for row in rows] == ["af", "bloem"]
        assert await scouting.taken(conn, "den-haag", ["slaap"]) == {"slaap": "round"}


async def test_a_sign_up_keeps_where_it_came_from(db: Database) -> None:
    order = await begun(db, order_of())
    ids: list[VaultRef] = [uuid4(), uuid4()]
    for submission, source, found in ((ids[0], "scouting", order.round), (ids[1], None, None)):
        await _signed_up(db, submission, source, found)
    async with db.connection() as conn:
        (row,) = await scouting.signups_of(conn, order.round)
        assert (row["street"], row["name"], row["status"]) == ("roos", "Roos", "awaiting")
        sources = await conn.fetch("select source, round from registry.signup order by source")
        assert [tuple(each) for each in sources] == [("campaign", None), ("scouting", order.round)]


async def _signed_up(db: Database, submission: UUID, source: str | None, found: UUID | None) -> None:
    snapshot = SignupSnapshot(
        submission=submission,
        municipality="den-haag",
        street="roos",
        campaign=None,
        status=SignupStatus.AWAITING,
        revision=1,
        **({"source": source, "round": found} if source else {}),
    )
    fact = Fact(
        key=f"t/{submission}", name="signup.x", municipality="den-haag", subject="roos", signup=snapshot
    )
    async with db.transaction() as conn:
        assert await registry.enter(conn, fact)
