"""What is written and mailed of the yearly question to a street, composed in one place."""

from collections.abc import Container
from datetime import datetime
from typing import NamedTuple

from schemas.facts import Fact, Letter, LinkOrder, LinkPurpose, RenewalSnapshot, Template
from schemas.model import Model
from schemas.refs import ENGINE, StaffRef, VaultRef
from schemas.renewal import RenewalDecision, RenewalOrder, RenewalOutcome, RenewalStatus, renewal_code


class QuestionStands(NamedTuple):
    """Where a question stands when something happened to it."""

    status: RenewalStatus
    revision: int
    outcome: RenewalOutcome | None = None
    answered: int = 0
    words: tuple[VaultRef, ...] = ()


class RenewalEnd(Model):
    """The decision of a street, and who did not answer: their links are void from then on."""

    workflow_id: str
    fact: Fact
    silent: list[VaultRef]
    decision: RenewalDecision
    round: str | None = None
    """The workflow of the round, which counts along."""


def first_revision(asked_at: datetime) -> int:
    """That of the question itself; what its workflow writes comes after it."""
    return int(asked_at.timestamp() * 1_000_000)


def asked_fact(order: RenewalOrder) -> Fact:
    """A street gets its question: before its workflow is there."""
    stands = QuestionStands(RenewalStatus.ASKED, first_revision(order.asked_at))
    return renewal_fact(order, "asked", stands, letters=renewal_letters(order, Template.RENEWAL_ASK, ()))


def renewal_fact(
    order: RenewalOrder,
    name: str,
    stands: QuestionStands,
    *,
    letters: list[Letter] | None = None,
    forget: list[VaultRef] | None = None,
    actor: StaffRef = ENGINE,
) -> Fact:
    """What happened, with the question as the registry shows it from then on."""
    return Fact(
        key=f"{order.workflow_id}/{name}",
        name=f"renewal.{name.split('-', maxsplit=1)[0]}",
        municipality=order.municipality,
        subject=order.street,
        actor=actor,
        renewal=RenewalSnapshot(
            workflow_id=order.workflow_id,
            municipality=order.municipality,
            street=order.street,
            year=order.year,
            people=len(order.people),
            **{**stands._asdict(), "words": list(stands.words)},
        ),
        letters=letters or [],
        forget=forget or [],
    )


def renewal_letters(order: RenewalOrder, template: Template, answered: Container[str]) -> list[Letter]:
    """To those who did not answer yet; a reminder carries the same link and the same code."""
    workflow_id, end = order.workflow_id, order.ends_at
    return [
        Letter(
            template=template,
            to=person,
            values={"street": order.street_name, "deadline": end, "year": order.year},
            link=LinkOrder(purpose=LinkPurpose.RENEWAL, workflow_id=workflow_id, expires_at=end),
            code=renewal_code(workflow_id, person),
        )
        for person in order.people
        if str(person) not in answered
    ]
