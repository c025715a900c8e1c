"""What every part of a street's run shares: its state, its facts and letters, and what operators see."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

from temporalio import workflow

from workflows.engine import do, next_revision, next_run, once, show, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.facts import Fact, Letter, LinkOrder, LinkPurpose, StarterSnapshot, Template
    from schemas.policy import Terms, budget_year
    from schemas.potje import PotjeOrder
    from schemas.potje_letters import Proposal, proposal
    from schemas.refs import ENGINE, StaffRef, VaultRef, potje_id
    from schemas.street import (
        Leaver,
        Phase,
        PotjeOfStreet,
        StreetStart,
        StreetState,
        potje_is_due,
        snapshot,
        without,
    )

PHASES = {
    Phase.INTAKE: "intake",
    Phase.ACTIVE: "actief",
    Phase.SLEEPING: "slaapt",
    Phase.ENDED: "gestopt",
}


class StreetBase:
    """The state of a street; whoever changes it holds the lock."""

    def __init__(self, start: StreetStart) -> None:
        self._state: StreetState = start.state
        self._terms: Terms | None = start.terms
        self._lock = asyncio.Lock()
        self._merging = False
        self._forgetting: list[asyncio.Task[None]] = []

    def _own_terms(self) -> Terms:
        if self._terms is None:
            raise RuntimeError("the terms are read before anything needs them")
        return self._terms

    async def _ready(self) -> None:
        await workflow.wait_condition(lambda: self._terms is not None)

    async def _at_rest(self) -> None:
        """Until no handler and no step is under way: a new run would lose them."""
        while self._lock.locked() or not workflow.all_handlers_finished():
            await workflow.wait_condition(
                lambda: not self._lock.locked() and workflow.all_handlers_finished()
            )

    def _next_run(self, *, same_year: bool) -> NoReturn:
        """Everything of this run is in its state: the next one goes on with it."""
        next_run(StreetStart(state=self._state, terms=self._own_terms() if same_year else None))

    def _change(self, **changes: object) -> None:
        self._state = self._state.model_copy(update=changes)

    def _let_go(self, gone: Sequence[VaultRef]) -> list[Letter]:
        """They are no gangmakers any more: thank them, and keep them for the policy's period only.

        Who remains hears it, when they are too few now.
        """
        terms, before = self._own_terms(), self._state
        until = workflow.now() + terms.retention_declined
        leavers = [Leaver(person=person, until=until) for person in gone]
        after = without(before, gone, terms.minimum_gangmakers, dutch_date(workflow.now()))
        self._state = after.model_copy(update={"leavers": [*before.leavers, *leavers]})
        for leaver in leavers:
            self._forget_in_time(leaver)
        letters = self._letters(Template.GANGMAKER_LEFT, gone)
        if after.paused and not before.paused:
            letters += self._letters(Template.STREET_PAUSED, after.gangmakers)
        return letters

    def _forget_in_time(self, leaver: Leaver) -> None:
        self._forgetting.append(asyncio.create_task(self._forget_leaver(leaver)))

    async def _forget_leaver(self, leaver: Leaver) -> None:
        span = max(leaver.until - workflow.now(), timedelta(0))
        await workflow.sleep(span, summary="Bewaartermijn van een gangmaker die stopte")
        await self._ready()
        async with self._lock:
            self._change(leavers=[each for each in self._state.leavers if each != leaver])
            fact = self._fact(f"released-{leaver.person}", forget=[leaver.person])
            await do(steps.FORGET_STREET, fact, "Bewaartermijn voorbij: wis de gangmaker die stopte")

    async def _take_potje_back(self, by: StaffRef) -> None:
        """A street that sleeps or stops needs no potje that is still on its way."""
        potje = self._state.potje
        if potje is None:
            return
        order = PotjeOfStreet(workflow_id=potje, by=by)
        taken = await do(steps.TAKE_POTJE_BACK, order, "De straat heeft geen potje meer nodig")
        if taken.withdrawn:
            self._change(potje=None, potje_year=0, withdrawn=self._state.withdrawn + 1)

    def _potje_is_due(self) -> bool:
        return potje_is_due(self._state, dutch_date(workflow.now()))

    def _potje_to_begin(self) -> Proposal | None:
        """What the step needs that begins it, when it is due."""
        terms, state, today = self._own_terms(), self._state, dutch_date(workflow.now())
        if state.accepted_by is None or not self._potje_is_due():
            return None
        year = budget_year(today)
        order = PotjeOrder(
            workflow_id=potje_id(state.municipality, state.slug, year, state.attempt),
            municipality=state.municipality,
            street=state.slug,
            street_name=state.title,
            year=year,
            parts=terms.potje,
            gangmakers=state.gangmakers,
            proposer=state.accepted_by,
            receipt_reminder=terms.receipt_reminder,
            account_reminder=terms.account_reminder,
            return_window=terms.return_window,
            desk_url=terms.desk_url,
        )
        return proposal(order, state.wijk, today, next_revision(0))

    def _potje_begins(self, first: Proposal) -> None:
        self._change(
            accepted_by=None,
            potjes=self._state.potjes + 1,
            potje=first.order.workflow_id,
            potje_year=first.order.year,
        )

    def _wake_letters(self) -> list[Letter]:
        """The mail to a street that falls asleep: its link wakes it, as long as its people are known."""
        until = workflow.now() + self._own_terms().retention_sleeping
        return [
            letter.model_copy(
                update={
                    "link": LinkOrder(
                        purpose=LinkPurpose.WAKE_STREET,
                        workflow_id=workflow.info().workflow_id,
                        expires_at=until,
                        number=max(1, self._state.decided_year),
                    )
                }
            )
            for letter in self._letters(Template.RENEWAL_SLEEP, self._state.gangmakers)
        ]

    def _letters(self, template: Template, people: Sequence[VaultRef], **further: str) -> list[Letter]:
        values: dict[str, Any] = {"street": self._state.title, **further}
        return [Letter(template=template, to=person, values=values) for person in people]

    def _fact(
        self,
        name: str,
        *,
        letters: list[Letter] | None = None,
        forget: list[VaultRef] | None = None,
        leaving: Sequence[VaultRef] = (),
        actor: StaffRef = ENGINE,
    ) -> Fact:
        revision = next_revision(self._state.revision)
        state = self._state = self._state.model_copy(update={"revision": revision})
        return Fact(
            key=f"{state.workflow_id}/{workflow.info().first_execution_run_id}/{name}",
            name=f"street.{name.split('-', maxsplit=1)[0]}",
            municipality=state.municipality,
            subject=state.slug,
            actor=actor,
            street=snapshot(state, self._own_terms().minimum_gangmakers),
            letters=letters or [],
            forget=forget or [],
            leaving=list(leaving),
        )

    def _starter(self) -> StarterSnapshot | None:
        """Where the starter package is."""
        state = self._state
        if state.starter is None:
            return None
        return StarterSnapshot(
            municipality=state.municipality,
            street=state.slug,
            status=state.starter,
            revision=next_revision(state.revision),
        )

    def _once(self, name: str) -> str:
        """A name for what can happen again: the number tells one time from another."""
        return f"{name}-{once()}"

    def _show_moved(self) -> None:
        """After another phase: in the lists, and at the top."""
        show_phase(self._state.phase)
        self._show()

    def _show(self) -> None:
        state, terms = self._state, self._own_terms()
        phase = PHASES[state.phase]
        if state.paused:
            phase += ", gepauzeerd: te weinig gangmakers"
        if state.merged_into:
            phase += f", ging samen met {state.merged_into}"
        rows = {
            "Straat": f"{state.title}, {terms.municipality_name}",
            "Fase": phase,
            "Gangmakers": f"{len(state.gangmakers)} (minimaal {terms.minimum_gangmakers})",
            "Potje": f"`{state.potje}`" if state.potje else "nog niet",
            "Volgende datum": state.next_date.isoformat() if state.next_date else "na de intake",
        }
        show(rows, f"{terms.desk_url}/{state.municipality}/straten/{state.slug}")
