"""A payment batch: what its workflow, its steps and the desk tell one another; amounts in euro cents."""

from datetime import timedelta
from uuid import UUID, uuid5

from schemas.accounts import bank_account, street_account
from schemas.ledger import Leg, LegKind, transfer_id
from schemas.model import Model
from schemas.payment import BatchState, PayoutOrder
from schemas.refs import Slug, StaffRef
from schemas.refusals import Refusal

PAYMENTS = UUID("b3f7a0c4-52d9-5c1e-8f66-0a9d4e7b21c8")
"""The namespace of payment ids. It never changes: a repeated step must find its first payment."""

LEGS_A_CALL = 1000
"""How many legs go to the ledger at once."""


class Frozen(Model):
    """What a batch holds. No payments: nothing was ready, or ``refusal`` says why none was frozen."""

    number: int = 0
    payments: int = 0
    cents: int = 0
    statement_reminder: timedelta = timedelta(days=4)
    refusal: Refusal | None = None


class BatchFile(Model):
    """The file of a batch: the hexadecimal SHA-256 of its bytes; empty when it was cancelled before."""

    sha256: str = ""


class BatchOrder(Model):
    """A step on a batch, and who has it done."""

    batch: UUID
    municipality: Slug
    by: StaffRef
    number: int = 1
    """The how-manieth of its kind."""


class Cancelled(Model):
    """Whether a batch could be cancelled: not when the bank told of one of its payments."""

    done: bool = True


class Counted(Model):
    """How many payments of a batch no statement has told of yet."""

    open: int = 0


class PayoutResult(Model):
    """How a batch ended. ``state`` is None when nothing was frozen."""

    state: BatchState | None
    payments: int
    cents: int


class PaymentMoney(Model):
    """As much of a payment as the ledger hears of."""

    id: UUID
    municipality: Slug
    year: int
    street: Slug
    cents: int

    @property
    def reserve_id(self) -> UUID:
        """Its reservation in the ledger."""
        return transfer_id("payment", str(self.id), LegKind.RESERVE)


def payment_of(batch: UUID, potje: str) -> UUID:
    """The id of a potje's payment in a batch: the same when the step is done again."""
    return uuid5(PAYMENTS, f"{batch}/{potje}")


def reserve_leg(payment: PaymentMoney) -> Leg:
    """Frozen in a batch: on its way from what is set apart to the street."""
    return Leg(
        id=payment.reserve_id,
        kind=LegKind.RESERVE,
        debit=bank_account(payment.municipality, payment.year),
        credit=street_account(payment.municipality, payment.street, payment.year),
        cents=payment.cents,
        reason="payment",
    )


def resolve_leg(payment: PaymentMoney, how: LegKind) -> Leg:
    """Booked by the bank (``post``), or rejected or cancelled (``release``)."""
    reserved = reserve_leg(payment)
    return Leg(
        id=transfer_id("payment", str(payment.id), how),
        kind=how,
        debit=reserved.debit,
        credit=reserved.credit,
        cents=reserved.cents,
        pending_id=reserved.id,
        reason="payment",
    )


def release_refusal(order: PayoutOrder, state: BatchState | None, by: StaffRef) -> Refusal | None:
    """Four eyes: nobody releases what they froze."""
    if state is not BatchState.FROZEN:
        return Refusal.BATCH_NOT_FROZEN
    return Refusal.OWN_BATCH if by == order.by else None


def cancel_refusal(state: BatchState | None, released_by: StaffRef | None, by: StaffRef) -> Refusal | None:
    """After its release only when the bank refuses the whole file, and not by who released it."""
    if state is BatchState.RELEASED:
        return Refusal.OWN_RELEASE if by == released_by else None
    return None if state is BatchState.FROZEN else Refusal.BATCH_OVER
