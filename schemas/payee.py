"""The account a street is paid on: when a new one counts, who says so, and who hears of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from schemas.facts import Letter, LinkOrder, LinkPurpose, Template
from schemas.model import Model
from schemas.payment import PayeeOrder, payee_id
from schemas.person import Account
from schemas.refs import StaffRef, VaultRef

CONFIRM_WITHIN = timedelta(days=14)
REMIND_AFTER = CONFIRM_WITHIN / 2
WAIT = timedelta(days=1)
"""Between the yes to another account and the first payment on it: time for who knows better to call."""


class PayeeState(StrEnum):
    """Where an account stands; a street is paid on the one in force."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    REFUSED = "refused"


WAITING = (PayeeState.ASKED, PayeeState.CONFIRMED)


class Verdict(StrEnum):
    """What an account that was given means."""

    AT_ONCE = "at_once"
    """The first of its street, or another name at the same IBAN."""
    CHANGE = "change"
    SAME = "same"
    """In force already, and open as far as the bank told."""
    AGAIN = "again"
    """Asked about already."""
    GONE = "gone"
    """A newer one came, or who gave it is no gangmaker of the street."""


class Ending(StrEnum):
    """What became of it."""

    IN_FORCE = "in_force"
    KEPT = "kept"
    SAME = "same"
    REPLACED = "replaced"


class Weighing(Model):
    """An account to weigh; a change can be confirmed until ``deadline``."""

    order: PayeeOrder
    deadline: datetime


class Weighed(Model):
    """``asked``: who may confirm it, any one of them. ``replaced``: what waited, and no longer does."""

    verdict: Verdict
    asked: list[VaultRef] = []
    replaced: list[UUID] = []


class AccountStep(Model):
    """The next step with an account; ``by`` is who decided."""

    order: PayeeOrder
    asked: list[VaultRef]
    by: StaffRef
    deadline: datetime
    lapse: bool = False
    """Only if nobody answered at the last moment."""


class AccountMoved(Model):
    """``done``: it was still waiting, so the step was taken. ``answered``: an answer is on its way."""

    done: bool = False
    answered: bool = False


class PayeeResult(Model):
    """How it ended."""

    ending: Ending


class PayeeAct(Model):
    """Something a member of staff does to an account."""

    by: StaffRef


def verdict_of(
    given: Account, current: Account | None, waiting: Sequence[Account], *, closed: bool = False
) -> Verdict:
    """What an account means beside the one in force and those that wait.

    ``closed``: a bank said that the one in force is; the street that gives it again knows better.
    """
    if given in waiting:
        return Verdict.AGAIN
    if current == given:
        return Verdict.AT_ONCE if closed else Verdict.SAME
    return Verdict.AT_ONCE if current is None or current.iban == given.iban else Verdict.CHANGE


def who_confirms(
    gangmakers: Sequence[VaultRef], gave_current: VaultRef, gave_new: VaultRef
) -> list[VaultRef]:
    """Who gave the account in force; when they left, others than who gave the new one, if any."""
    if gave_current in gangmakers:
        return [gave_current]
    return [person for person in gangmakers if person != gave_new] or [gave_new]


def gangmaker_ref(person: VaultRef) -> StaffRef:
    """How journal and ledger call a gangmaker."""
    return f"gangmaker:{person}"


def ask_letters(
    order: PayeeOrder, street: str, people: Sequence[VaultRef], deadline: datetime, *, again: bool = False
) -> list[Letter]:
    """Ask each of them whether the new account is right."""
    link = LinkOrder(
        purpose=LinkPurpose.CONFIRM_ACCOUNT, workflow_id=payee_id(order.ref), expires_at=deadline
    )
    return [
        Letter(
            template=Template.ACCOUNT_CONFIRM,
            to=person,
            values={"street": street, "deadline": deadline, "again": int(again)},
            named=_giver(order, person),
            account=order.ref,
            link=link,
        )
        for person in people
    ]


def tell_letters(
    template: Template, order: PayeeOrder, street: str, people: Sequence[VaultRef], account: VaultRef | None
) -> list[Letter]:
    """Tell each of them; the account is shown masked."""
    return [
        Letter(
            template=template,
            to=person,
            values={"street": street},
            named=_giver(order, person),
            account=account,
        )
        for person in people
    ]


def _giver(order: PayeeOrder, reader: VaultRef) -> dict[str, VaultRef]:
    return {} if reader == order.given_by else {"neighbour": order.given_by}
