"""What the gangmakers hear of their potje, and what operators read of it."""

from datetime import date, timedelta
from typing import NamedTuple

from schemas.facts import Booking, Fact, Letter, LinkOrder, LinkPurpose, PotjeSnapshot, Template
from schemas.model import Model
from schemas.money import format_euros
from schemas.policy import PayoutKind
from schemas.potje import (
    PotjeOrder,
    PotjeStatus,
    StreetPotje,
    handover_code,
    potje_accounts,
    potje_group,
    reserve_legs,
)
from schemas.refs import StaffRef, street_id

ASKS = (Template.POTJE_HANDED, Template.POTJE_HANDED_REMINDER)
ABOUT_HANDED = (*ASKS, Template.HANDOVER_CORRECTED)
ABOUT_THE_BANK = (Template.POTJE_APPROVED, Template.ACCOUNT_REMINDER, Template.POTJE_BOUNCED)
OPENS_THE_DOOR = (*ABOUT_THE_BANK, Template.POTJE_PAID)

KINDS = {PayoutKind.BANK: "via de bank", PayoutKind.CASH: "contant", PayoutKind.VOUCHER: "cadeaubon"}

WORDS = {
    PotjeStatus.WAITING_FOR_BUDGET: "wacht op geld in het budget",
    PotjeStatus.TO_APPROVE: "wacht op goedkeuring",
    PotjeStatus.APPROVED: "goedgekeurd, nog uit te reiken of te betalen",
    PotjeStatus.HANDED_OVER: "uitgereikt, wacht op de gangmaker",
    PotjeStatus.PAID: "uitbetaald",
    PotjeStatus.REJECTED: "niet goedgekeurd",
    PotjeStatus.WITHDRAWN: "ingetrokken",
}


def details(order: PotjeOrder, status: PotjeStatus, open_parts: list[PayoutKind]) -> dict[str, str]:
    """What an operator reads at the top of its workflow."""
    return {
        "Potje": f"{order.year}: {WORDS[status]}",
        "Straat": order.street_name,
        "Delen": ", ".join(f"{KINDS[kind]} {format_euros(cents)}" for kind, cents in order.parts),
        "Nog open": ", ".join(KINDS[kind] for kind in open_parts) or "niets",
    }


class PotjeStands(NamedTuple):
    """Where a potje stands when something happened to it."""

    status: PotjeStatus
    open_parts: list[PayoutKind]
    approver: StaffRef | None
    attempt: int
    handovers: int
    revision: int


def potje_fact(
    order: StreetPotje, name: str, stands: PotjeStands, letters: list[Letter], actor: StaffRef
) -> Fact:
    """What happened, with the potje as the registry shows it from then on."""
    snapshot = PotjeSnapshot(
        workflow_id=order.workflow_id,
        municipality=order.municipality,
        street=order.street,
        year=order.year,
        cents=order.cents,
        parts=[(kind, cents) for kind, cents in order.parts],
        proposer=order.proposer,
        **{**stands._asdict(), "open_parts": list(stands.open_parts)},
    )
    return Fact(
        key=f"{order.workflow_id}/{name}",
        name=f"potje.{name.split('-', maxsplit=1)[0]}",
        municipality=order.municipality,
        subject=order.street,
        actor=actor,
        potje=snapshot,
        letters=letters,
    )


class Proposal(Booking):
    """What begins a potje: its reservation and, whether there is money for it or not, its workflow."""

    order: PotjeOrder
    wijk: str


class Deciding(Model):
    """What a street decided after its intake; with the potje that begins, when it is due at once."""

    fact: Fact
    proposal: Proposal | None = None


def reservation(order: PotjeOrder, attempt: int, today: date, revision: int) -> Booking:
    """The n-th try; *short* is written when there is no money for it."""

    def fact(name: str, status: PotjeStatus) -> Fact:
        stands = PotjeStands(
            status=status,
            open_parts=order.kinds,
            approver=None,
            attempt=attempt,
            handovers=0,
            revision=revision,
        )
        return potje_fact(order, f"{name}-{attempt}", stands, [], order.proposer)

    return Booking(
        fact=fact("reserved", PotjeStatus.TO_APPROVE),
        otherwise=fact("short", PotjeStatus.WAITING_FOR_BUDGET),
        accounts=potje_accounts(order),
        legs=reserve_legs(order, attempt),
        booked_on=today,
        group=potje_group(order),
    )


def proposal(order: PotjeOrder, wijk: str, today: date, revision: int) -> Proposal:
    """The first try: nothing is written when it fails, for then the potje tries by itself."""
    booking = reservation(order, 1, today, revision)
    return Proposal(**{**dict(booking), "otherwise": None, "only_new": True}, order=order, wijk=wijk)


def patience(order: PotjeOrder, status: PotjeStatus, *, reminded: bool) -> tuple[str, timedelta | None]:
    """How long to wait before a reminder, or, once paid, for a bank that sends the money back."""
    by_bank = PayoutKind.BANK in order.kinds
    if status is PotjeStatus.PAID:
        return "Tot de bank niets meer terugstuurt", order.return_window if by_bank else None
    if status is PotjeStatus.HANDED_OVER and not reminded:
        return "Tot de herinnering aan de gangmaker", order.receipt_reminder
    if status is PotjeStatus.APPROVED and by_bank and not reminded:
        return "Tot de herinnering om het rekeningnummer", order.account_reminder
    return "", None


def potje_letters(
    order: StreetPotje, template: Template, handed: list[PayoutKind], handovers: int
) -> list[Letter]:
    """One letter a gangmaker, about the parts that it concerns.

    The question after a hand-over carries a link and a code; others lead to the street's own page.
    """
    cents = dict(order.parts)
    shown = handed if template in ABOUT_HANDED else list(cents)
    if template in ABOUT_THE_BANK:
        shown = [PayoutKind.BANK]
    values: dict[str, str | int] = {
        "street": order.street_name,
        "year": order.year,
        "cents": sum(cents[kind] for kind in shown),
        **{f"cents_{kind}": cents[kind] for kind in shown},
    }
    code = handover_code(order.workflow_id, handovers) if template in ASKS else None
    return [
        Letter(template=template, to=person, values=dict(values), link=_link(order, template), code=code)
        for person in order.gangmakers
    ]


def _link(order: StreetPotje, template: Template) -> LinkOrder | None:
    if template in ASKS:
        return LinkOrder(purpose=LinkPurpose.CONFIRM_RECEIPT, workflow_id=order.workflow_id)
    if template in OPENS_THE_DOOR:
        street = street_id(order.municipality, order.street)
        return LinkOrder(purpose=LinkPurpose.STREET_DOOR, workflow_id=street)
    return None
