"""The ledger beside a plain Python model: whatever the steps, they agree."""

import asyncio
from dataclasses import dataclass, field

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from schemas.ledger import Leg, LegKind, Posted, Verified, YearState
from store import ledger
from tests.store.ledger_books import (
    BUDGET,
    CITY,
    FUNDING,
    STREETS,
    YEAR,
    Database,
    book,
    leg,
    open_books,
    reserve,
    resolve,
)

CENTS = st.integers(1, 300)


@dataclass
class Model:
    """What a ledger is, without a database: transfers in order, and what is still reserved."""

    done: list[Leg] = field(default_factory=list)
    pending: dict[str, Leg] = field(default_factory=dict)
    state: YearState = YearState.OPEN

    def sums(self, code: str) -> tuple[int, int, int, int]:
        """Debits posted and pending, credits posted and pending."""
        posted = [leg for leg in self.done if leg.kind in (LegKind.SINGLE, LegKind.POST)]
        waiting = list(self.pending.values())
        return (
            sum(leg.cents for leg in posted if leg.debit == code),
            sum(leg.cents for leg in waiting if leg.debit == code),
            sum(leg.cents for leg in posted if leg.credit == code),
            sum(leg.cents for leg in waiting if leg.credit == code),
        )

    def expects(self, asked: Leg) -> type[ledger.LedgerError] | None:
        """Why the ledger must refuse, if it must."""
        if asked.pending_id is not None:
            return self.misfit(asked)
        if self.state is not YearState.OPEN and not asked.credit.startswith("funding"):
            return ledger.YearNotOpen
        posted_out, pending_out, posted_in, _ = self.sums(asked.debit)
        if asked.debit == BUDGET and posted_out + pending_out + asked.cents > posted_in:
            return ledger.Overdraft
        return None

    def misfit(self, asked: Leg) -> type[ledger.LedgerError] | None:
        """Why a post or release must be refused."""
        reserved = self.pending.get(str(asked.pending_id))
        if reserved is None:
            return ledger.NotReserved
        if asked.cents > reserved.cents or (asked.kind is LegKind.RELEASE and asked.cents != reserved.cents):
            return ledger.DoesNotFit
        return None

    def apply(self, leg: Leg) -> None:
        """Book it."""
        self.done.append(leg)
        if leg.kind is LegKind.RESERVE:
            self.pending[str(leg.id)] = leg
        self.pending.pop(str(leg.pending_id), None)


class LedgerMachine(RuleBasedStateMachine):
    """Every run is one transaction that is rolled back at its end."""

    reserved = Bundle("reserved")
    booked = Bundle("booked")

    def __init__(self, loop: asyncio.AbstractEventLoop, conn: asyncpg.Connection) -> None:
        super().__init__()
        self.run, self.conn, self.model, self.steps = loop.run_until_complete, conn, Model(), 0
        self.results: dict[str, Posted] = {}
        self.transaction = conn.transaction()
        self.run(self.transaction.start())

    def teardown(self) -> None:
        """Leave the database as it was."""
        self.run(self.transaction.rollback())

    def step(self) -> str:
        """A name that no step had before."""
        self.steps += 1
        return f"step {self.steps}"

    def ask(self, asked: Leg) -> bool:
        """Ask ledger and model the same; whether it was booked."""
        expected = self.model.expects(asked)
        refusals = (expected,) if expected else ()
        try:
            [posted] = self.run(book(self.conn, asked))
        except refusals:
            return False
        assert expected is None
        self.results[str(asked.id)] = posted
        self.model.apply(asked)
        assert posted.seq == len(self.model.done)
        return True

    @initialize()
    def open(self) -> None:
        """Empty books."""
        self.run(open_books(self.conn, 0))

    @rule(target=booked, cents=CENTS)
    def grant(self, cents: int) -> object:
        """Money comes in."""
        asked = leg(self.step(), FUNDING, BUDGET, cents)
        return asked if self.ask(asked) else multiple()

    @rule(target=booked, cents=CENTS, back=st.sampled_from([FUNDING, *STREETS]))
    def spend(self, cents: int, back: str) -> object:
        """Money leaves the budget at once."""
        asked = leg(self.step(), BUDGET, back, cents)
        return asked if self.ask(asked) else multiple()

    @rule(target=reserved, cents=CENTS, street=st.sampled_from(STREETS))
    def reserve(self, cents: int, street: str) -> object:
        """A potje is reserved."""
        asked = reserve(self.step(), cents, street)
        return asked if self.ask(asked) else multiple()

    @rule(
        target=booked,
        potje=reserved,
        kind=st.sampled_from([LegKind.POST, LegKind.RELEASE]),
        off=st.integers(-2, 1),
    )
    def resolve(self, potje: Leg, kind: LegKind, off: int) -> object:
        """A potje is posted or released, perhaps with other cents, perhaps again."""
        asked = resolve(self.step(), potje, kind, max(1, potje.cents + off))
        return asked if self.ask(asked) else multiple()

    @rule(target=booked, potje=consumes(reserved))
    def release(self, potje: Leg) -> object:
        """A potje is given back."""
        asked = resolve(self.step(), potje, LegKind.RELEASE)
        return asked if self.ask(asked) else multiple()

    @rule(again=st.one_of(reserved, booked))
    def repeat(self, again: Leg) -> None:
        """Any step again is that step."""
        assert self.run(book(self.conn, again)) == [self.results[str(again.id)]]

    @rule(again=st.one_of(reserved, booked), cents=CENTS)
    def reuse(self, again: Leg, cents: int) -> None:
        """An id is for one transfer."""
        try:
            self.run(book(self.conn, again.model_copy(update={"cents": again.cents + cents})))
        except ledger.OtherArguments:
            return
        raise AssertionError("an id was used for two transfers")

    @rule(cents=CENTS)
    def all_or_none(self, cents: int) -> None:
        """A call whose second leg is refused books nothing."""
        grant = leg(self.step(), FUNDING, BUDGET, cents)
        available = self.run(ledger.balance(self.conn, BUDGET)).available
        try:
            self.run(book(self.conn, grant, reserve(self.step(), available + cents + 1)))
        except (ledger.Overdraft, ledger.YearNotOpen):
            return
        raise AssertionError("more was reserved than there is")

    @rule(sure=st.integers(0, 9))
    def close(self, sure: int) -> None:
        """Now and then the year begins to close."""
        if sure == 0 and self.model.state is YearState.OPEN:
            self.run(ledger.move_year(self.conn, CITY, YEAR, YearState.CLOSING))
            self.model.state = YearState.CLOSING

    @invariant()
    def balances_agree(self) -> None:
        """Every sum is the model's, and both sides are equal."""
        rows = self.run(self.conn.fetch("select * from ledger.balance where account ~ $1", f":{CITY}"))
        found = {
            row["account"]: (
                row["debits_posted"],
                row["debits_pending"],
                row["credits_posted"],
                row["credits_pending"],
            )
            for row in rows
        }
        assert found == {code: self.model.sums(code) for code in found}
        posted_out, pending_out, posted_in, pending_in = (
            sum(column) for column in zip(*found.values(), strict=True)
        )
        assert (posted_out, pending_out) == (posted_in, pending_in)

    @invariant()
    def the_chain_holds(self) -> None:
        """Chain and balances verify after every step."""
        assert isinstance(self.run(ledger.verify(self.conn, CITY, YEAR)), Verified)


def test_the_ledger_does_what_the_model_does(database: Database) -> None:
    loop = asyncio.new_event_loop()
    conn = loop.run_until_complete(asyncpg.connect(database.app_url))

    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(loop, conn)

    try:
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=100,
                stateful_step_count=30,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(conn.close())
        loop.close()
