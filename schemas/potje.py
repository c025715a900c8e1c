"""The potje: reserved, approved by somebody else than the proposer, paid, and confirmed on trust."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from schemas.accounts import BudgetLine, bank_account, line_account, spec_of, street_account
from schemas.ledger import AccountSpec, Leg, LegKind, transfer_id
from schemas.model import Model
from schemas.payment import PaymentOutcome
from schemas.policy import PayoutKind
from schemas.refs import Slug, StaffRef, VaultRef
from schemas.refusals import Refusal


class PotjeStatus(StrEnum):
    """Where a potje stands."""

    WAITING_FOR_BUDGET = "waiting_for_budget"
    TO_APPROVE = "to_approve"
    APPROVED = "approved"
    HANDED_OVER = "handed_over"
    PAID = "paid"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def settled(self) -> bool:
        """Whether the desk can do nothing to it any more; only a bank can still send a paid one back."""
        return self in (PotjeStatus.PAID, PotjeStatus.REJECTED, PotjeStatus.WITHDRAWN)


HANDED = (PayoutKind.CASH, PayoutKind.VOUCHER)
"""Kinds that a coordinator hands over and a gangmaker confirms."""

PAYABLE = (PotjeStatus.APPROVED, PotjeStatus.HANDED_OVER)
"""Where money may go from the bank to the street."""


MOVED_BY_THE_BANK = (*PAYABLE, PotjeStatus.PAID)
"""Where the news of a payment still counts."""


class PotjeMoney(Model):
    """The money of a potje, in parts of euro cents, and whose budget it comes from."""

    workflow_id: str
    municipality: Slug
    year: int
    parts: list[tuple[PayoutKind, int]]

    @property
    def cents(self) -> int:
        """The whole amount."""
        return sum(cents for _, cents in self.parts)

    @property
    def kinds(self) -> list[PayoutKind]:
        """How its parts reach the street."""
        return [kind for kind, _ in self.parts]


class StreetPotje(PotjeMoney):
    """Whose potje it is: what its facts and letters tell."""

    street: Slug
    street_name: str
    gangmakers: list[VaultRef]
    proposer: StaffRef


class PotjeOrder(StreetPotje):
    """What PotjeWorkflow starts with."""

    receipt_reminder: timedelta
    account_reminder: timedelta = timedelta(days=7)
    return_window: timedelta = timedelta(days=10)
    desk_url: str
    reserved: int = 0
    """The registry's revision of the first reservation, when its street had made it; 0: it has yet to try."""
    tried: int = 0
    """How many tries to reserve came before, when it begins anew: it goes on with the next."""


class PotjeAct(Model):
    """Something a member of staff does to a potje."""

    by: StaffRef


class ApprovedInBulk(PotjeAct):
    """The signal ``approved_in_bulk``: the money moved, and the registry has it under this revision."""

    revision: int = 0
    told: bool = False
    """Whether the gangmakers have heard."""


class PotjeMoved(Model):
    """The signal ``payment``: where a bank statement left the potje, as the registry has it by now."""

    fact: str
    """The key of the journal's line about it."""
    status: PotjeStatus
    open_parts: list[PayoutKind]
    revision: int
    handovers: int = 0
    """How often something was handed over, for one that begins anew; 0: it knows that by itself."""


class PotjeResult(Model):
    """How it ended; cents that reached the street."""

    status: PotjeStatus
    cents: int


class ApprovalChunk(Model):
    """Some of a bulk approval: the chosen potjes, or without them those that waited at ``begun``."""

    workflow_id: str
    number: int
    municipality: Slug
    year: int
    by: StaffRef
    potjes: list[str] | None = None
    begun: str | None = None
    """The moment of the first chunk as the database told it, ISO 8601."""


class ChunkApproved(Model):
    """What a chunk came to; the same when it is asked again."""

    potjes: int
    cents: int
    begun: str


def handover_code(workflow_id: str, handovers: int) -> str:
    """The subject of the code that a gangmaker tells when they have what was handed over."""
    return f"handed/{workflow_id}/{handovers}"


def approve_refusal(status: PotjeStatus, proposer: StaffRef, by: StaffRef) -> Refusal | None:
    """Four eyes: nobody approves what they proposed."""
    if status is not PotjeStatus.TO_APPROVE:
        return Refusal.POTJE_NOT_AWAITING_APPROVAL
    return Refusal.PROPOSER_MAY_NOT_APPROVE if by == proposer else None


def hand_over_refusal(status: PotjeStatus, open_parts: list[PayoutKind]) -> Refusal | None:
    """Why nothing can be handed over, if it cannot."""
    if status.settled:
        return Refusal.POTJE_SETTLED
    if status not in PAYABLE:
        return Refusal.POTJE_NOT_APPROVED
    return None if any(kind in HANDED for kind in open_parts) else Refusal.NOTHING_TO_HAND_OVER


def handed_refusal(status: PotjeStatus) -> Refusal | None:
    """Why a hand-over cannot be confirmed or corrected: there is none under way."""
    return None if status is PotjeStatus.HANDED_OVER else Refusal.NOTHING_HANDED_OVER


def withdraw_refusal(
    status: PotjeStatus, parts: list[PayoutKind], open_parts: list[PayoutKind]
) -> Refusal | None:
    """Why a potje cannot be withdrawn; whether a payment is under way, only the database knows."""
    if status.settled:
        return Refusal.POTJE_SETTLED
    if status is PotjeStatus.HANDED_OVER:
        return Refusal.HANDOVER_UNCONFIRMED
    return None if len(parts) == len(open_parts) else Refusal.POTJE_PARTLY_PAID


def by_the_bank(
    status: PotjeStatus, open_parts: list[PayoutKind], outcome: PaymentOutcome
) -> tuple[PotjeStatus, list[PayoutKind]] | None:
    """Where the news of a payment leaves a potje; None when it changes nothing any more.

    A potje whose money went back to the budget stays as it is, or it would be paid from that of others.
    """
    if status not in MOVED_BY_THE_BANK:
        return None
    others: list[PayoutKind] = [kind for kind in open_parts if kind is not PayoutKind.BANK]
    paid = len(others) == len(open_parts)
    if outcome is PaymentOutcome.BOOKED:
        return None if paid else (status if others else PotjeStatus.PAID, others)
    if paid and outcome is PaymentOutcome.REJECTED:
        return None
    handed = status is PotjeStatus.HANDED_OVER
    return status if handed else PotjeStatus.APPROVED, [*others, PayoutKind.BANK]


def potje_group(order: PotjeMoney) -> UUID:
    """The group that holds the transfers of one potje, save those of a batch or a bulk approval."""
    return transfer_id(order.workflow_id, "group")


def potje_accounts(order: PotjeOrder) -> list[AccountSpec]:
    """The accounts a potje moves between. A year without a grant has an empty budget, so it waits."""
    return [
        spec_of(line_account(order.municipality, BudgetLine.POTJES, order.year)),
        spec_of(bank_account(order.municipality, order.year)),
        spec_of(street_account(order.municipality, order.street, order.year)),
    ]


def reserve_legs(order: PotjeMoney, attempt: int) -> list[Leg]:
    """One reservation for each part, from the budget to what is set apart to be paid."""
    return [
        Leg(
            id=transfer_id(order.workflow_id, "reserve", kind, str(attempt)),
            kind=LegKind.RESERVE,
            debit=line_account(order.municipality, BudgetLine.POTJES, order.year),
            credit=bank_account(order.municipality, order.year),
            cents=cents,
            reason="potje",
        )
        for kind, cents in order.parts
    ]


def resolve_legs(order: PotjeMoney, attempt: int, how: LegKind) -> list[Leg]:
    """Post or release the reservations."""
    return [
        resolved(leg, how, transfer_id(order.workflow_id, how, kind, str(attempt)))
        for leg, kind in zip(reserve_legs(order, attempt), order.kinds, strict=True)
    ]


def back_legs(order: PotjeMoney, attempt: int) -> list[Leg]:
    """Withdrawn after approval: what was set apart goes back to the budget."""
    return [
        Leg(
            id=transfer_id(order.workflow_id, "back", kind, str(attempt)),
            debit=post.credit,
            credit=post.debit,
            cents=post.cents,
            reverses_id=post.id,
            reason="potje.withdrawn",
        )
        for post, kind in zip(resolve_legs(order, attempt, LegKind.POST), order.kinds, strict=True)
    ]


def withdrawn_legs(order: PotjeMoney, attempt: int, status: PotjeStatus) -> list[Leg]:
    """What undoes a potje as far as it came; nothing when it still waits for money."""
    if status is PotjeStatus.WAITING_FOR_BUDGET:
        return []
    if status is PotjeStatus.TO_APPROVE:
        return resolve_legs(order, attempt, LegKind.RELEASE)
    return back_legs(order, attempt)


def hand_legs(order: PotjeOrder, handover: int, kinds: list[PayoutKind]) -> list[Leg]:
    """Handed over, not yet confirmed: reserved from the bank to the street."""
    return [
        Leg(
            id=transfer_id(order.workflow_id, "hand", kind, str(handover)),
            kind=LegKind.RESERVE,
            debit=bank_account(order.municipality, order.year),
            credit=street_account(order.municipality, order.street, order.year),
            cents=cents,
            reason="potje.handed",
        )
        for kind, cents in order.parts
        if kind in kinds
    ]


def handed_legs(order: PotjeOrder, handover: int, kinds: list[PayoutKind], how: LegKind) -> list[Leg]:
    """A hand-over that was confirmed (post) or corrected (release)."""
    return [resolved(leg, how, transfer_id(str(leg.id), how)) for leg in hand_legs(order, handover, kinds)]


def resolved(leg: Leg, how: LegKind, new_id: UUID) -> Leg:
    """The post or release of a reservation."""
    return Leg(
        id=new_id,
        kind=how,
        debit=leg.debit,
        credit=leg.credit,
        cents=leg.cents,
        pending_id=leg.id,
        reason=leg.reason,
    )
