"""What every part of an intake shares: its state, its facts and letters, and what operators see."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from temporalio import workflow

from workflows.engine import do, next_revision, show

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Appointment, Fact, IntakeSnapshot, Letter, LinkOrder, LinkPurpose, Template
    from schemas.intake import (
        IntakeOrder,
        IntakePlan,
        IntakeResult,
        IntakeStatus,
        Offer,
        OfferFact,
        PlanFact,
        Referral,
    )
    from schemas.refs import ENGINE, StaffRef, VaultRef

WORDS = {
    IntakeStatus.OPEN: "nog te plannen",
    IntakeStatus.PROPOSED: "wacht op een keuze van de gangmakers",
    IntakeStatus.PLANNED: "gesprek gepland",
    IntakeStatus.WAITING: "wacht op nog een gangmaker",
    IntakeStatus.ACCEPTED: "geaccepteerd",
    IntakeStatus.REFERRED: "doorverwezen",
    IntakeStatus.DECLINED: "afgewezen",
}


class IntakeBase:
    """The state of an intake; whoever changes it holds the lock."""

    def __init__(self, order: IntakeOrder) -> None:
        self._order = order
        self._people = list(order.gangmakers)
        self._newcomers: list[VaultRef] = []
        self._plan: IntakePlan | None = None
        self._plans = 0
        self._reminded = 0
        self._offers = 0
        self._settled = 0
        """The last offer that a plan came after: no pick from it counts any more."""
        self._unsuited = False
        self._nudges = 0
        self._missed = 0
        self._waits_since = workflow.now()
        self._agreed: list[VaultRef] = []
        self._approach: VaultRef | None = None
        self._referral: Referral | None = None
        self._status = IntakeStatus.OPEN
        self._result: IntakeResult | None = None
        self._changes = 0
        self._lock = asyncio.Lock()
        self._revision = 0

    @property
    def _closed(self) -> bool:
        return self._result is not None

    async def _plan_it(self, plan: IntakePlan, actor: StaffRef, summary: str) -> None:
        """Planned, by whoever: offers are over, the invitation is in the outbox when this returns."""
        before = self._plan.place if self._plan and self._plan.slot is None else None
        self._plan, self._status = plan, IntakeStatus.PLANNED
        self._plans += 1
        self._settled = self._offers
        self._unsuited, self._nudges, self._newcomers = False, 0, []
        letters = self._letters(Template.INTAKE_PLANNED, self._people, plan)
        fact = self._fact(f"planned-{self._plans}", letters, actor)
        if before is not None and before != plan.place:
            fact.forget = [before]
        order = PlanFact(fact=fact, workflow_id=workflow.info().workflow_id, slot=plan.slot)
        await do(steps.PLAN_INTAKE, order, summary)

    def _offer_fact(self, offer: Offer) -> OfferFact:
        """The n-th offer: a link of its own for each gangmaker, good until the last moment."""
        moments = sorted(offer.moments, key=lambda moment: moment.at)
        link = LinkOrder(
            purpose=LinkPurpose.INTAKE_PICK,
            workflow_id=workflow.info().workflow_id,
            expires_at=moments[-1].at,
            number=self._offers,
        )
        letters = self._letters(Template.INTAKE_PICK, self._people)
        for letter in letters:
            letter.link = link
            letter.values |= {f"moment_{number}": each.at for number, each in enumerate(moments)}
        return OfferFact(
            fact=self._fact(f"proposed-{next_revision(0)}", letters, offer.coordinator),
            workflow_id=workflow.info().workflow_id,
            number=self._offers,
            slots=[moment.slot for moment in moments],
        )

    def _letters(
        self, template: Template, people: Sequence[VaultRef], plan: IntakePlan | None = None
    ) -> list[Letter]:
        values: dict[str, str | int | datetime] = {"street": self._order.street_name}
        appointment = None
        if plan is not None:
            values["at"] = plan.at
            appointment = Appointment(
                uid=workflow.info().workflow_id,
                sequence=self._plans,
                at=plan.at,
                minutes=self._order.terms.intake_minutes,
                place=plan.place,
            )
        return [
            Letter(template=template, to=person, values=dict(values), appointment=appointment)
            for person in people
        ]

    def _fact(self, name: str, letters: list[Letter] | None = None, actor: StaffRef = ENGINE) -> Fact:
        order, plan = self._order, self._plan
        self._revision = next_revision(self._revision)
        return Fact(
            key=f"{workflow.info().workflow_id}/{workflow.info().run_id}/{name}",
            name=f"intake.{name.split('-', maxsplit=1)[0]}",
            municipality=order.municipality,
            subject=order.street,
            actor=actor,
            intake=IntakeSnapshot(
                workflow_id=workflow.info().workflow_id,
                municipality=order.municipality,
                street=order.street,
                status=self._status,
                at=plan.at if plan else None,
                place=plan.place if plan else None,
                coordinator=plan.coordinator if plan else None,
                gangmakers=len(self._people),
                unsuited=self._unsuited,
                nudges=self._nudges,
                missed=self._missed,
                agreed=self._agreed,
                referral=self._referral,
                approach=self._approach,
                revision=self._revision,
            ),
            letters=letters or [],
        )

    def _show(self) -> None:
        order, terms = self._order, self._order.terms
        rows = {
            "Intake": WORDS[self._status],
            "Straat": order.street_name,
            "Gesprek": f"{self._plan.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            if self._plan
            else "nog niet gepland",
            "Gangmakers": f"{len(self._people)} (minimaal {terms.minimum_gangmakers})",
        }
        if self._offers:
            rows["Voorgesteld"] = f"{self._offers} keer" + (
                ", geen van de momenten past" if self._unsuited else ""
            )
        if self._missed:
            rows["Niet verschenen"] = f"{self._missed} keer"
        if self._nudges:
            rows["Wacht te lang"] = f"de coördinator kreeg {self._nudges} keer bericht"
        show(rows, f"{terms.desk_url}/{order.municipality}/straten/{order.street}")
