"""What a bank statement says of our payments: which were booked, rejected or sent back, and what fits none.

Pure: it compares movements with payments and decides; :mod:`store.statements` books.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from schemas.model import Model
from schemas.payment import PaymentOutcome, PaymentState
from schemas.sepa.camt import Problem
from schemas.sepa.movements import Detail, Movement

OURS = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


class StatementState(StrEnum):
    """A refused statement is kept too."""

    BOOKED = "booked"
    REFUSED = "refused"


class Counts(Model):
    """Payments booked, rejected and returned; movements that fit none; movements of an earlier statement."""

    booked: int = 0
    rejected: int = 0
    returned: int = 0
    suspense: int = 0
    known: int = 0


class Imported(Model):
    """What became of a file; ``statement`` is the row it is kept under."""

    statement: UUID
    state: StatementState
    problem: Problem | None = None
    counts: Counts = Counts()


@dataclass(frozen=True, slots=True)
class KnownPayment:
    """A payment as we know it; amounts in euro cents."""

    id: UUID
    batch: UUID
    cents: int
    state: PaymentState
    released: bool
    """Two people saw its batch; money of another one left without them, so somebody has to look."""
    year_closed: bool = False
    booked_on: date | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a movement says of one payment."""

    payment: UUID
    outcome: PaymentOutcome
    booked_on: date
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A movement, the payments it is about, and the cents (signed) that are about none."""

    movement: Movement
    resolved: tuple[Resolved, ...]
    suspense: int

    @property
    def outcome(self) -> str:
        """The word for the whole: what happened to the first of its payments, or ``suspense``."""
        return self.resolved[0].outcome if self.resolved else "suspense"


def our_id(reference: str | None) -> UUID | None:
    """The payment or batch that a reference in a bank file stands for; None when it is not of ours."""
    return UUID(reference) if reference and OURS.fullmatch(reference) else None


def references(movements: Iterable[Movement]) -> set[UUID]:
    """All ids in these movements that may be a payment or a batch of ours."""
    found: set[UUID | None] = set()
    for movement in movements:
        found.update(map(our_id, _batch_names(movement)))
        found.update(our_id(detail.end_to_end_id) for detail in movement.details)
    return {each for each in found if each}


def _batch_names(movement: Movement) -> list[str]:
    return [*movement.batches, *(name for detail in movement.details for name in detail.batches)]


def plan(
    movements: Sequence[Movement], payments: Iterable[KnownPayment], *, window: timedelta, now: datetime
) -> list[Placed]:
    """What each movement means, in the order of the statement.

    What went out is looked at first: a bank may list a return above the batch that it belongs to.
    """
    books = _Books({payment.id: payment for payment in payments}, window, now)
    order = sorted(range(len(movements)), key=lambda position: movements[position].cents > 0)
    placed = {position: books.place(movements[position]) for position in order}
    return [placed[position] for position in range(len(movements))]


@dataclass
class _Books:
    """The payments, as the movements so far leave them."""

    payments: dict[UUID, KnownPayment]
    window: timedelta
    now: datetime
    told: dict[UUID, Resolved] = field(default_factory=dict)

    def place(self, movement: Movement) -> Placed:
        """What a movement means; the payments are resolved from here on."""
        by_detail, by_batch = (
            (self._sent_back, self._batch_sent_back) if movement.cents > 0 else (self._paid, self._batch_paid)
        )
        resolved = by_detail(movement) if self._adds_up(movement) else []
        rest = movement.cents - self._moved(movement, resolved)
        if not resolved and (resolved := by_batch(movement)):
            rest = 0
        for each in resolved:
            self.told[each.payment] = each
        return Placed(movement, tuple(resolved), rest)

    def _moved(self, movement: Movement, resolved: Iterable[Resolved]) -> int:
        """The cents, signed, of its payments: what is only listed as rejected never left."""
        if movement.cents > 0:
            return sum(self.payments[each.payment].cents for each in resolved)
        left = [each for each in resolved if each.outcome is PaymentOutcome.BOOKED]
        return -sum(self.payments[each.payment].cents for each in left)

    def _adds_up(self, movement: Movement) -> bool:
        """Whether the details tell of every cent: then they can be looked at one by one."""
        counted = movement.details if movement.cents > 0 else [d for d in movement.details if not d.returned]
        amounts = [self._amount(detail, movement) for detail in counted]
        return None not in amounts and sum(filter(None, amounts)) == abs(movement.cents)

    def _amount(self, detail: Detail, movement: Movement) -> int | None:
        if detail.cents is not None:
            return detail.cents
        if len(movement.details) == 1:
            return abs(movement.cents)
        payment = self._payment(detail)
        return payment.cents if payment else None

    def _payment(self, detail: Detail) -> KnownPayment | None:
        payment = self.payments.get(our_id(detail.end_to_end_id) or UUID(int=0))
        return payment if payment and payment.released else None

    def _fitting(self, movement: Movement) -> list[tuple[Detail, KnownPayment]]:
        """The details that name a payment of ours and its amount, each payment once."""
        found: dict[UUID, tuple[Detail, KnownPayment]] = {}
        for detail in movement.details:
            payment = self._payment(detail)
            if payment and self._amount(detail, movement) == payment.cents:
                found.setdefault(payment.id, (detail, payment))
        return list(found.values())

    def _state(self, payment: KnownPayment) -> PaymentState:
        told = self.told.get(payment.id)
        return PaymentState(told.outcome) if told else payment.state

    def _paid(self, movement: Movement) -> list[Resolved]:
        """Payments one by one; what is listed as sent back within what went out never left."""
        resolved = [
            Resolved(
                payment.id,
                PaymentOutcome.REJECTED if detail.returned else PaymentOutcome.BOOKED,
                movement.booked_on,
                detail.code,
            )
            for detail, payment in self._fitting(movement)
            if self._state(payment) is PaymentState.OPEN
        ]
        return sorted(resolved, key=lambda each: each.outcome is PaymentOutcome.REJECTED)

    def _sent_back(self, movement: Movement) -> list[Resolved]:
        return [
            Resolved(payment.id, outcome, movement.booked_on, detail.code)
            for detail, payment in self._fitting(movement)
            if (outcome := self._way_back(payment, movement.booked_on))
        ]

    def _way_back(self, payment: KnownPayment, day: date) -> PaymentOutcome | None:
        """Rejected while it was on its way, returned when it had arrived; None when that is too long ago."""
        match self._state(payment):
            case PaymentState.OPEN:
                return PaymentOutcome.REJECTED
            case PaymentState.BOOKED if not self._too_late(payment, day):
                return PaymentOutcome.RETURNED
        return None

    def _too_late(self, payment: KnownPayment, day: date) -> bool:
        """Its potje no longer listens, or its year takes no postings."""
        if payment.year_closed:
            return True
        told = self.told.get(payment.id)
        booked_on = told.booked_on if told else payment.booked_on
        heard = payment.resolved_at or self.now
        return booked_on is None or day > booked_on + self.window or self.now >= heard + self.window

    def _batch(self, movement: Movement) -> list[KnownPayment]:
        named = {our_id(name) for name in _batch_names(movement)}
        return [each for each in self.payments.values() if each.batch in named and each.released]

    def _batch_paid(self, movement: Movement) -> list[Resolved]:
        """A batch in one sum: all that is open of it, less what its details list as rejected.

        Or with what a bank sent back before it booked the batch: in and out, that was nothing.
        """
        batch = self._batch(movement)
        back = {our_id(detail.end_to_end_id): detail.code for detail in movement.details if detail.returned}
        unpaid = [each for each in batch if self._state(each) is PaymentState.OPEN]
        paid = [each for each in unpaid if each.id not in back]
        earlier = sum(each.cents for each in batch if self._state(each) is PaymentState.REJECTED)
        if not paid or -movement.cents - _sum(paid) not in (0, earlier):
            return []
        day = movement.booked_on
        rejected = [each for each in unpaid if each.id in back]
        return [
            *(Resolved(each.id, PaymentOutcome.BOOKED, day) for each in paid),
            *(Resolved(each.id, PaymentOutcome.REJECTED, day, back[each.id]) for each in rejected),
        ]

    def _batch_sent_back(self, movement: Movement) -> list[Resolved]:
        """A whole batch that a bank undid: all that is open of it, or all that was booked."""
        ways = [(each, self._way_back(each, movement.booked_on)) for each in self._batch(movement)]
        code = next((detail.code for detail in movement.details if detail.code), None)
        for outcome in (PaymentOutcome.REJECTED, PaymentOutcome.RETURNED):
            back = [each for each, way in ways if way is outcome]
            if back and _sum(back) == movement.cents:
                return [Resolved(each.id, outcome, movement.booked_on, code) for each in back]
        return []


def _sum(payments: Iterable[KnownPayment]) -> int:
    return sum(payment.cents for payment in payments)
