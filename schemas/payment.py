"""Payments to streets: what a batch is made of, and the news that its potjes hear."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from schemas.model import Model
from schemas.refs import Slug, StaffRef


class PaymentState(StrEnum):
    """``open`` until a bank statement, or somebody who cancels the batch, says what became of it."""

    OPEN = "open"
    BOOKED = "booked"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Settled: no payment of it is open any more."""

    FROZEN = "frozen"
    RELEASED = "released"
    CANCELLED = "cancelled"
    SETTLED = "settled"


class PaymentOutcome(StrEnum):
    """What a bank statement says of a payment."""

    BOOKED = "booked"
    REJECTED = "rejected"
    RETURNED = "returned"


class PaymentNews(Model):
    """What a bank statement said of a potje's payment. The money was moved already, with the statement."""

    workflow_id: str
    payment: UUID
    outcome: PaymentOutcome
    code: str | None = None
    """The bank's reason, such as ``AC04`` (ISO 20022 external code)."""


class PayoutOrder(Model):
    """What PayoutWorkflow starts with."""

    batch: UUID
    municipality: Slug
    year: int
    by: StaffRef
    execution_date: date
    desk_url: str


class BatchAct(Model):
    """Something a member of staff does to a batch."""

    by: StaffRef


class ApprovalsOrder(Model):
    """What ApprovalsWorkflow starts with: the chosen potjes, or without them all that wait now."""

    workflow_id: str
    municipality: Slug
    year: int
    by: StaffRef
    potjes: list[str] | None = None
    desk_url: str = ""


class Approvals(Model):
    """What a bulk approval came to; own proposals, and what was decided meanwhile, are not in it."""

    potjes: int = 0
    cents: int = 0


class PayeeOrder(Model):
    """What PayeeWorkflow starts with: an account that was given for a street, sealed."""

    ref: UUID
    municipality: Slug
    street: Slug
    given_by: UUID
    desk_url: str = ""


def payout_id(municipality: Slug, batch: UUID) -> str:
    """Workflow id of a payment batch."""
    return f"payout-{municipality}-{batch}"


def approvals_id(municipality: Slug, form: UUID) -> str:
    """Workflow id of a bulk approval."""
    return f"approvals-{municipality}-{form}"


def payee_id(ref: UUID) -> str:
    """Workflow id of an account that was given."""
    return f"payee-{ref}"


def end_to_end_id(payment: UUID) -> str:
    """What a payment is called in files of the bank, 32 characters of the 35 allowed."""
    return payment.hex
