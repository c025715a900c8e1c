"""The potje: reserved, approved by somebody else than the proposer, paid, and confirmed on trust."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from schemas.ledger import AccountKind, AccountSpec, Leg, LegKind, account_code, transfer_id
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

    @property
    def settled(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self in (PotjeStatus.PAID, PotjeStatus.REJECTED)


HANDED = (PayoutKind.CASH, PayoutKind.VOUCHER)
"""Kinds that a coordinator hands over and a gangmaker confirms."""


class PotjeOrder(BaseModel):
    """What PotjeWorkflow starts with; amounts in euro cents."""

    workflow_id: str
    municipality: Slug
    street: Slug
    street_name: str
    year: int
    parts: list[tuple[PayoutKind, int]]
    gangmakers: list[VaultRef]
    proposer: StaffRef
    receipt_reminder: timedelta
    desk_url: str


class PotjeAct(BaseModel):
    """Something a member of staff does to a potje."""

    by: StaffRef


class PotjeResult(BaseModel):
    """How it ended; cents that reached the street."""

    status: PotjeStatus
    cents: int


def approve_refusal(status: PotjeStatus, proposer: StaffRef, by: StaffRef) -> Refusal | None:
    """Four eyes: nobody approves what they proposed."""
    if status is not PotjeStatus.TO_APPROVE:
        return Refusal.POTJE_NOT_AWAITING_APPROVAL
    return Refusal.PROPOSER_MAY_NOT_APPROVE if by == proposer else None


def pay_refusal(status: PotjeStatus, open_parts: list[PayoutKind], *, by_bank: bool) -> Refusal | None:
    """Why parts cannot be paid by bank, or handed over, if they cannot."""
    if status.settled:
        return Refusal.POTJE_SETTLED
    if status not in (PotjeStatus.APPROVED, PotjeStatus.HANDED_OVER):
        return Refusal.POTJE_NOT_APPROVED
    if by_bank:
        return None if PayoutKind.BANK in open_parts else Refusal.NOTHING_TO_PAY_BY_BANK
    return None if any(kind in HANDED for kind in open_parts) else Refusal.NOTHING_TO_HAND_OVER


def potje_group(order: PotjeOrder) -> UUID:
    """The group that holds all transfers of one potje."""
    return transfer_id(order.workflow_id, "group")


def potje_accounts(order: PotjeOrder) -> list[AccountSpec]:
    """The accounts a potje moves between. A year without a grant has an empty budget, so it waits."""
    codes = {
        AccountKind.BUDGET: account_code(AccountKind.BUDGET, order.municipality, order.year),
        AccountKind.STREET: account_code(AccountKind.STREET, order.municipality, order.year, order.street),
    }
    return [
        AccountSpec(code=code, kind=kind, municipality=order.municipality, fiscal_year=order.year)
        for kind, code in codes.items()
    ]


def reserve_legs(order: PotjeOrder, attempt: int) -> list[Leg]:
    """One reservation for each part, from the budget to the street."""
    return [
        Leg(
            id=transfer_id(order.workflow_id, "reserve", kind, str(attempt)),
            kind=LegKind.RESERVE,
            debit=account_code(AccountKind.BUDGET, order.municipality, order.year),
            credit=account_code(AccountKind.STREET, order.municipality, order.year, order.street),
            cents=cents,
            reason="potje",
        )
        for kind, cents in order.parts
    ]


def resolve_legs(order: PotjeOrder, attempt: int, how: LegKind, kinds: list[PayoutKind]) -> list[Leg]:
    """Post or release the reservations of some parts."""
    return [
        leg.model_copy(
            update={
                "id": transfer_id(order.workflow_id, how, kind, str(attempt)),
                "kind": how,
                "pending_id": leg.id,
            }
        )
        for leg, (kind, _) in zip(reserve_legs(order, attempt), order.parts, strict=True)
        if kind in kinds
    ]
