"""The ledger beside a plain model: whatever two connections do at the same time, they agree."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from schemas.ledger import Leg, LegKind, MarkKind, Verified, YearState, transfer_id
from store import ledger
from tests.store.ledger_books import TREASURER, Database, book, spec
from tests.store.ledger_chain import chain_lines, recomputed
from tests.store.ledger_model import (
    GUARDED,
    YEARS,
    Booking,
    Marking,
    Model,
    Moving,
    Operation,
    Outcome,
    kind_of,
    year_of,
)

Given = TypeVar("Given")
SETTINGS = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
CITIES = count()
FLOWS = [
    ("funding", "budget"),
    ("funding", "budget"),
    ("budget", "street"),
    ("budget", "funding"),
    ("street", "spent"),
    ("street", "budget"),
    ("funding", "street"),
    ("budget", "carry"),
    ("carry", "budget"),
]


@dataclass(frozen=True)
class Ask:
    """What a leg should be about; which rows it is about depends on what there is by then."""

    what: str
    flow: tuple[str, str]
    years: tuple[int, int]
    street: str
    cents: int
    pick: int


@dataclass(frozen=True)
class Many:
    """Legs of one sort in one call, perhaps with another among them."""

    what: str
    year: int
    cents: int
    amount: int
    pick: int
    other: Ask | None
    twist: str


ASK = st.builds(
    Ask,
    what=st.sampled_from(["single"] * 4 + ["reserve"] * 4 + ["resolve"] * 5 + ["reverse", "repeat", "reuse"]),
    flow=st.sampled_from(FLOWS),
    years=st.sampled_from([(2026, 2026)] * 9 + [(2027, 2027)] * 6 + [(2026, 2027)]),
    street=st.sampled_from(["a", "b"]),
    cents=st.integers(1, 300),
    pick=st.integers(0, 60),
)
ASKS = st.lists(ASK, min_size=1, max_size=3)
MANY = st.builds(
    Many,
    what=st.sampled_from(["single", "reserve", "reserve", "resolve", "resolve", "resolve"]),
    year=st.sampled_from([*YEARS, YEARS[0]]),
    cents=st.integers(1, 60),
    amount=st.integers(8, 14),
    pick=st.integers(0, 60),
    other=st.one_of(st.none(), ASK),
    twist=st.sampled_from(["", "", "", "less", "more", "double", "elsewhere"]),
)
MARK = st.tuples(
    st.sampled_from(YEARS),
    st.sampled_from([MarkKind.FILE, MarkKind.NOTE]),
    st.sampled_from(["x/1", "x/2", "x/3"]),
    st.sampled_from([sha256(b"1").digest(), sha256(b"2").digest()]),
)
MOVE = st.tuples(st.sampled_from(YEARS), st.sampled_from([YearState.CLOSING, YearState.CLOSED]))
# Years end seldom: most of a run is about what happens before.
SORTS = [ASKS] * 12 + [MANY] * 8 + [MARK] * 3 + [MOVE]
ANYTHING = st.integers(0, len(SORTS) - 1).flatmap(lambda which: SORTS[which])
Wish = list[Ask] | Many | tuple[Any, ...]


class LedgerMachine(RuleBasedStateMachine):
    """Every run has a municipality of its own in one database; all its transactions are real."""

    def __init__(self, loop: asyncio.AbstractEventLoop, conns: list[asyncpg.Connection]) -> None:
        super().__init__()
        self.loop, self.conns = loop, conns
        self.model = Model(f"stad-{next(CITIES)}")
        self.steps = count()
        self.rows: dict[tuple[int, int], asyncpg.Record] = {}

    def run(self, doing: Coroutine[Any, Any, Given]) -> Given:
        """Wait for it."""
        return self.loop.run_until_complete(doing)

    # From wishes to legs

    def operation(self, wish: Wish) -> Operation:
        """What is to be asked, in the books as they are."""
        if isinstance(wish, list):
            return Booking(tuple(self.legs(wish)))
        if isinstance(wish, Many):
            return Booking(tuple(self.many(wish)))
        if len(wish) == len(("year", "state")):
            return Moving(self.model.city, *wish)
        return Marking(self.model.city, *wish)

    def legs(self, asks: list[Ask]) -> list[Leg]:
        """Later ones may lean on earlier ones of the same call."""
        legs: list[Leg] = []
        for ask in asks:
            legs.append(self.leg(ask, [*self.model.done.values(), *legs]))
        return legs

    def many(self, wish: Many) -> list[Leg]:
        """Enough legs for the ledger to look at them together."""
        streets = [f"street:{self.model.city}:{'ab'[n % 2]}:{wish.year}" for n in range(wish.amount)]
        budget = self.model.account("budget", wish.year)
        kind = LegKind.RESERVE if wish.what == "reserve" else LegKind.SINGLE
        legs = [
            Leg(id=self.fresh(), kind=kind, debit=budget, credit=street, cents=wish.cents, reason="test")
            for street in streets
        ]
        if wish.what == "resolve":
            legs = self.resolutions(wish) or legs
        if wish.other is not None:
            legs.insert(wish.pick % len(legs), self.leg(wish.other, [*self.model.done.values(), *legs]))
        return legs

    def resolutions(self, wish: Many) -> list[Leg]:
        """Posts or releases of what waits, one of them perhaps not as it should be."""
        waiting = list(self.model.pending.values())[wish.pick % 3 :][: wish.amount]
        kind = LegKind.POST if wish.cents % 4 else LegKind.RELEASE
        legs = [resolve(self.fresh(), leg, kind) for leg in waiting]
        if not legs or not wish.twist:
            return legs
        last = legs[-1]
        other = self.model.account("street", wish.year, "b" if ":a:" in last.credit else "a")
        twisted = {
            "less": {"cents": max(1, last.cents - 1)},
            "more": {"cents": last.cents + 1},
            "double": {"pending_id": legs[0].pending_id, "credit": legs[0].credit, "cents": legs[0].cents},
            "elsewhere": {"credit": other},
        }
        return [*legs[:-1], last.model_copy(update=twisted[wish.twist])]

    def fresh(self) -> UUID:
        """An id that no leg had before."""
        return transfer_id(self.model.city, str(next(self.steps)))

    def leg(self, ask: Ask, earlier: list[Leg]) -> Leg:
        """One leg; where there is nothing to lean on it stands alone."""
        picked = _picked(ask, earlier)
        if picked is None:
            return self.alone(ask)
        if ask.what == "repeat":
            return picked
        if ask.what == "reuse":
            return picked.model_copy(update={"cents": picked.cents + ask.cents})
        if ask.what == "reverse":
            sides = {"debit": picked.credit, "credit": picked.debit, "kind": LegKind.SINGLE}
            more = {"reverses_id": picked.id, "pending_id": None, "cents": picked.cents + (ask.pick % 7 == 0)}
            return picked.model_copy(update={"id": self.fresh(), **sides, **more})
        kind = LegKind.POST if ask.cents % 2 else LegKind.RELEASE
        cents = max(1, picked.cents + (0, 0, 0, 0, -1, 1)[ask.cents % 6])
        return resolve(self.fresh(), picked, kind, cents)

    def alone(self, ask: Ask) -> Leg:
        """A single transfer or a reservation."""
        debit, credit = (
            self.model.account(kind, year, ask.street if kind == "street" else "")
            for kind, year in zip(ask.flow, ask.years, strict=True)
        )
        kind = LegKind.RESERVE if ask.what == "reserve" else LegKind.SINGLE
        return Leg(id=self.fresh(), kind=kind, debit=debit, credit=credit, cents=ask.cents, reason="test")

    # What happens

    @initialize(granted=st.sampled_from([0, 500, 5000, 5000]), closing=st.sampled_from([False, False, True]))
    def open(self, granted: int, closing: bool) -> None:
        """Books over two years, with some money."""
        for year in YEARS:
            self.run(ledger.open_year(self.conns[0], self.model.city, year, TREASURER))
        specs = [spec(code, self.model.city, year_of(code)) for code in self.model.accounts()]
        self.run(ledger.open_accounts(self.conns[0], specs))
        grants = Booking(
            tuple(self.alone(Ask("single", FLOWS[0], (y, y), "", granted, 0)) for y in YEARS if granted)
        )
        reserves = Booking(tuple(self.many(Many("reserve", YEARS[0], 20, 14, 0, None, ""))))
        closed = [Moving(self.model.city, YEARS[0], YearState.CLOSING)] if closing else []
        for operation in (grants, reserves, *closed):
            assert self.run(done(self.conns[0], operation)) == operation.tell(self.model)

    @rule(wish=ANYTHING, conn=st.integers(0, 1))
    def one(self, wish: Wish, conn: int) -> None:
        """One operation, on either connection."""
        operation = self.operation(wish)
        assert self.run(done(self.conns[conn], operation)) == operation.tell(self.model)

    @rule(wishes=st.tuples(ANYTHING, ANYTHING), kept=st.sampled_from([(True, True)] * 3 + [(False, True)]))
    def two_at_once(self, wishes: tuple[Wish, Wish], kept: tuple[bool, bool]) -> None:
        """Two at the same time come to what one after the other would, in one of the two orders.

        Now and then the first is rolled back by its caller, and then it never was.
        """
        operations = [self.operation(wish) for wish in wishes]
        asked = [done(*each) for each in zip(self.conns, operations, kept, strict=True)]
        outcomes = self.run(_both(*asked))
        ends = [self.after(operations, kept, order) for order in ((0, 1), (1, 0))]
        fitting = [model for model, expected in ends if expected == outcomes]
        assert fitting, (outcomes, [expected for _, expected in ends])
        self.model = fitting[0]

    def after(
        self, operations: list[Operation], kept: tuple[bool, bool], order: tuple[int, int]
    ) -> tuple[Model, list[Outcome]]:
        """The model after both, and what each of them was told."""
        model, outcomes = self.model.copy(), [None, None]
        for which in order:
            judge = model if kept[which] else model.copy()
            outcomes[which] = operations[which].tell(judge)  # type: ignore[call-overload]
        return model, outcomes  # type: ignore[return-value]

    # What always holds

    @invariant()
    def balances_agree(self) -> None:
        """Every sum is the model's, and both sides are equal, over both years and what lies between."""
        rows = self.run(
            self.conns[0].fetch(
                "select b.* from ledger.balance b join ledger.account a on a.code = b.account"
                " where a.municipality = $1",
                self.model.city,
            )
        )
        found = {row["account"]: tuple(row.values())[2:6] for row in rows}
        assert found == {code: self.model.sums(code) for code in found}
        sides = [sum(column) for column in zip(*found.values(), strict=True)] or [0] * 4
        assert sides[:2] == sides[2:]

    @invariant()
    def nothing_that_was_booked_changes(self) -> None:
        """Rows are only added, as many as the model has."""
        rows = self.run(
            self.conns[0].fetch("select * from ledger.transfer where municipality = $1", self.model.city)
        )
        now = {(row["fiscal_year"], row["seq"]): row for row in rows}
        assert self.rows.items() <= now.items()
        assert {row["id"] for row in rows} == set(self.model.done)
        self.rows = now

    def teardown(self) -> None:
        """At the end: all of it once more changes nothing, and the chains and every prefix hold."""
        self.run(self.everything_again())
        self.balances_agree()
        self.nothing_that_was_booked_changes()
        for year in YEARS:
            self.run(self.chain_holds(year))
        self.never_below_zero()

    async def everything_again(self) -> None:
        """Repeating every id, on another connection and in another order, gives the first results."""
        legs = list(self.model.done.values())[::-1]
        again = await book(self.conns[1], *legs)
        assert [(each.fiscal_year, each.seq) for each in again] == [
            next(key for key, row in self.rows.items() if row["id"] == leg.id) for leg in legs
        ]

    async def chain_holds(self, year: int) -> None:
        """For the ledger itself and for an auditor; as long as the model's."""
        lines = await chain_lines(self.conns[0], self.model.city, year)
        assert len(lines) == self.model.lines[year]
        assert recomputed(self.model.city, year, lines) == [line.hash for line in lines]
        verdict = await ledger.verify(self.conns[0], self.model.city, year)
        assert verdict == Verified(seq=len(lines), head=lines[-1].hash.hex())

    def never_below_zero(self) -> None:
        """After any prefix: no guarded account gave what it had not, and nothing was resolved twice."""
        held: dict[str, int] = {}
        reserved: dict[Any, int] = {}
        for row in sorted(self.rows.values(), key=lambda row: (row["recorded_at"], row["seq"])):
            debit, credit, cents, kind = row["debit"], row["credit"], row["cents"], row["kind"]
            if kind == "reserve":
                reserved[row["id"]] = cents
            freed = reserved.pop(row["pending_id"]) if row["pending_id"] else 0
            assert kind == "release" or cents <= (freed or cents)
            held[debit] = held.get(debit, 0) + freed - (cents if kind != "release" else 0)
            held[credit] = held.get(credit, 0) + (cents if kind in ("single", "post") else 0)
            assert held[debit] >= 0 or kind_of(debit) not in GUARDED


def resolve(leg_id: UUID, reserved: Leg, kind: LegKind, cents: int | None = None) -> Leg:
    """A post or a release of a reservation."""
    more = {"id": leg_id, "kind": kind, "pending_id": reserved.id, "cents": cents or reserved.cents}
    return reserved.model_copy(update=more)


def _picked(ask: Ask, earlier: list[Leg]) -> Leg | None:
    """The leg that this one leans on."""
    if ask.what in ("single", "reserve"):
        return None
    if ask.what == "resolve":
        earlier = [leg for leg in earlier if leg.kind is LegKind.RESERVE]
    return earlier[ask.pick % len(earlier)] if earlier else None


async def done(conn: asyncpg.Connection, operation: Operation, kept: bool = True) -> Outcome:  # noqa: FBT002
    """Ask in a transaction of its own, and keep it or roll it back; None, or why it was refused."""
    transaction = conn.transaction()
    await transaction.start()
    refused = None
    try:
        await operation.ask(conn)
    except ledger.LedgerError as refusal:
        refused = type(refusal)
    await (transaction.commit() if kept else transaction.rollback())
    return refused


async def _both(*doing: Coroutine[Any, Any, Outcome]) -> list[Outcome]:
    return list(await asyncio.gather(*doing))


def test_the_ledger_does_what_the_model_does(database: Database) -> None:
    loop = asyncio.new_event_loop()
    conns = [loop.run_until_complete(asyncpg.connect(database.app_url)) for _ in range(2)]

    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(loop, conns)

    try:
        run_state_machine_as_test(Machine, settings=SETTINGS)
    finally:
        for conn in conns:
            loop.run_until_complete(conn.close())
        loop.close()
