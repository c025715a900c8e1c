"""The yearly question to one street: ask, remind, have it called, and tell the street what it came to."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import TypedSearchAttributes

from workflows.engine import attributes, do, next_revision, once, refuse_if, show, show_due, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Fact, Letter, Template
    from schemas.refs import ENGINE, StaffRef, VaultRef
    from schemas.renewal import (
        CallOutcome,
        Choice,
        RenewalAnswer,
        RenewalCall,
        RenewalDecision,
        RenewalOrder,
        RenewalOutcome,
        RenewalStatus,
        call_refusal,
        in_the_end,
        leaving_of,
        outcome_of,
    )
    from schemas.renewal_facts import (
        QuestionStands,
        RenewalEnd,
        first_revision,
        renewal_fact,
        renewal_letters,
    )

OUTCOMES = {
    RenewalOutcome.GO_ON: "gaat verder",
    RenewalOutcome.CHANGE: "gaat verder en wil iets veranderen",
    RenewalOutcome.STOP: "stopt",
    RenewalOutcome.SILENT: "geen antwoord, gaat slapen",
}
WORDS = {RenewalStatus.ASKED: "gevraagd", RenewalStatus.TO_CALL: "een coördinator belt"}


def to_begin_with(order: RenewalOrder) -> TypedSearchAttributes:
    """The search attributes of a question: the day by which a coordinator calls needs no event of its own."""
    return attributes(order.municipality, "renewal_asked", order.wijk, due=order.asked_at + order.call_after)


@workflow.defn
class RenewalWorkflow:
    """One street, one year: its id holds both. The question is in the outbox when it begins."""

    @workflow.init
    def __init__(self, order: RenewalOrder) -> None:
        self._order = order
        self._choices: dict[str, Choice] = {}
        self._words: list[VaultRef] = []
        self._called: RenewalCall | None = None
        self._late: list[VaultRef] = []
        self._status = RenewalStatus.ASKED
        self._outcome: RenewalOutcome | None = None
        self._lock = asyncio.Lock()
        self._revision = first_revision(order.asked_at)

    @workflow.run
    async def run(self, order: RenewalOrder) -> RenewalOutcome:
        """Until it is decided; what somebody wrote along is kept a while for the coordinator."""
        self._show()
        await self._until_clear()
        outcome = await self._decide()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._words:
            await workflow.sleep(order.keep_words, summary="Zo lang blijft staan wat iemand erbij schreef")
            words, self._words = self._words, []
            fact = self._fact("tidied", forget=words)
            await do(steps.TIDY_RENEWAL, fact, "Wis wat iemand erbij schreef")
        return outcome

    async def _until_clear(self) -> None:
        """Reminders, then a call task, then the end; sooner when it is clear."""
        asked, order = self._order.asked_at, self._order
        for number, after in enumerate(order.reminders, start=1):
            if await self._clear_before(asked + after, waited=number > 1):
                return
            await self._remind(number)
        if await self._clear_before(asked + order.call_after, waited=True):
            return
        async with self._lock:
            self._status = RenewalStatus.TO_CALL
            await do(steps.CALL_STREET, self._fact("call"), "Nog geen antwoord: een coördinator belt")
        show_due("renewal_to_call", order.ends_at)
        self._show()
        await self._clear_before(order.ends_at, waited=True)

    async def _clear_before(self, moment: datetime, *, waited: bool) -> bool:
        try:
            await workflow.wait_condition(
                lambda: self._clear(waited=waited),
                timeout=max(moment - workflow.now(), timedelta(0)),
                timeout_summary="Wacht op antwoord van de gangmakers",
            )
        except TimeoutError:
            return False
        return True

    def _clear(self, *, waited: bool) -> bool:
        if self._called is not None:
            return True
        order = self._order
        return outcome_of(self._choices, order.people, order.minimum, waited=waited) is not None

    async def _remind(self, number: int) -> None:
        async with self._lock:
            letters = renewal_letters(self._order, Template.RENEWAL_REMINDER, self._choices)
            fact = self._fact(f"reminded-{number}", letters=letters)
            await do(steps.REMIND_RENEWAL, fact, f"Herinnering {number}: gaat de straat verder?")

    async def _decide(self) -> RenewalOutcome:
        """Once nobody answers any more: what was receipted at the last moment still counts."""
        while (outcome := await self._decide_now()) is None:
            await workflow.wait_condition(lambda: all(str(each) in self._choices for each in self._late))
        return outcome

    async def _decide_now(self) -> RenewalOutcome | None:
        """Decide, and tell street and round, in one step; None, and nothing of it, when somebody is late."""
        async with self._lock:
            end = self._end()
            outcome = end.decision.outcome
            found = await do(steps.DECIDE_RENEWAL, end, f"De straat {OUTCOMES[outcome]}")
            self._late = found.people
            if self._late:
                return None
            self._status, self._outcome = RenewalStatus.DECIDED, outcome
            show_phase(f"renewal_{outcome}")
            self._show()
            return outcome

    def _end(self) -> RenewalEnd:
        order, choices = self._order, self._choices
        outcome, by = in_the_end(choices, order.people), ENGINE
        if self._called is not None:
            outcome, by = RenewalOutcome(self._called.outcome), self._called.by
        return RenewalEnd(
            workflow_id=order.workflow_id,
            fact=self._fact("decided", actor=by, outcome=outcome),
            silent=[person for person in order.people if str(person) not in choices],
            decision=RenewalDecision(
                year=order.year, outcome=outcome, leaving=leaving_of(choices, order.people), by=by
            ),
            round=order.round,
        )

    @workflow.signal(description="Een gangmaker vertelt of de straat verder gaat")
    def answer_renewal(self, answer: RenewalAnswer) -> None:
        """The first answer of a person counts."""
        if str(answer.person) in self._choices or answer.person not in self._order.people:
            return
        self._choices[str(answer.person)] = answer.choice
        if answer.words is not None:
            self._words.append(answer.words)
        self._show()

    @workflow.update(description="Een coördinator belde de straat")
    async def record_call(self, call: RenewalCall) -> None:
        """What was heard decides for the street; *not reached* only leaves a trace."""
        async with self._lock:
            self.may_record_call(call)
            fact = self._fact(f"called-{once()}", actor=call.by)
            await do(steps.NOTE_CALL, fact, "De straat is gebeld")
            if call.outcome is not CallOutcome.NOT_REACHED:
                self._called = call

    @record_call.validator
    def may_record_call(self, call: RenewalCall) -> None:
        """Not when it is decided, or about to be."""
        decided = self._called is not None and call.outcome is not CallOutcome.NOT_REACHED
        refuse_if(call_refusal(RenewalStatus.DECIDED if decided else self._status))

    def _fact(
        self,
        name: str,
        *,
        letters: list[Letter] | None = None,
        forget: list[VaultRef] | None = None,
        actor: StaffRef = ENGINE,
        outcome: RenewalOutcome | None = None,
    ) -> Fact:
        """With an outcome: as it stands once that is decided."""
        self._revision = next_revision(self._revision)
        stands = QuestionStands(
            status=RenewalStatus.DECIDED if outcome else self._status,
            revision=self._revision,
            outcome=outcome or self._outcome,
            answered=len(self._choices),
            words=tuple(self._words),
        )
        return renewal_fact(self._order, name, stands, letters=letters, forget=forget, actor=actor)

    def _show(self) -> None:
        order = self._order
        stands = OUTCOMES[self._outcome] if self._outcome else WORDS[self._status]
        rows = {
            "Vernieuwing": f"{order.year}: {stands}",
            "Straat": order.street_name,
            "Antwoorden": f"{len(self._choices)} van {len(order.people)}",
        }
        show(rows, f"{order.desk_url}/{order.municipality}/straten/{order.street}")
