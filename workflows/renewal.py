"""The yearly question to one street: ask, remind, have it called, and tell the street what it came to."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.engine import DUE, do, next_revision, refuse_if, show, show_due, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import Fact, Letter, LinkOrder, LinkPurpose, RenewalSnapshot, Template
    from schemas.refs import ENGINE, StaffRef, VaultRef, street_id
    from schemas.renewal import (
        CallOutcome,
        Choice,
        ClosingQuestion,
        RenewalAnswer,
        RenewalCall,
        RenewalDecision,
        RenewalOrder,
        RenewalOutcome,
        RenewalStatus,
        RoundNews,
        call_refusal,
        in_the_end,
        leaving_of,
        outcome_of,
        renewal_code,
    )

OUTCOMES = {
    RenewalOutcome.GO_ON: "gaat verder",
    RenewalOutcome.CHANGE: "gaat verder en wil iets veranderen",
    RenewalOutcome.STOP: "stopt",
    RenewalOutcome.SILENT: "geen antwoord, gaat slapen",
}
WORDS = {RenewalStatus.ASKED: "gevraagd", RenewalStatus.TO_CALL: "een coördinator belt"}


@workflow.defn
class RenewalWorkflow:
    """One street, one year. Its id holds both, so that nobody is asked twice."""

    @workflow.init
    def __init__(self, order: RenewalOrder) -> None:
        self._order = order
        self._choices: dict[str, Choice] = {}
        self._words: list[VaultRef] = []
        self._called: RenewalCall | None = None
        self._calls = 0
        self._status = RenewalStatus.ASKED
        self._outcome: RenewalOutcome | None = None
        self._lock = asyncio.Lock()
        self._revision = 0

    @workflow.run
    async def run(self, order: RenewalOrder) -> RenewalOutcome:
        """Until it is decided; what somebody wrote along is kept a while for the coordinator."""
        self._show()
        began = workflow.now()
        end = began + order.sleep_after
        letters = self._letters(Template.RENEWAL_ASK, end)
        await do(steps.ASK_RENEWAL, self._fact("asked", letters=letters), "Vraag of de straat verder gaat")
        await self._tell_round("asked", order.street)
        await self._until_clear(began, end)
        outcome = await self._decide()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._words:
            await workflow.sleep(order.keep_words, summary="Zo lang blijft staan wat iemand erbij schreef")
            fact = self._fact("tidied", forget=list(self._words))
            await do(steps.TIDY_RENEWAL, fact, "Wis wat iemand erbij schreef")
        return outcome

    async def _until_clear(self, began: datetime, end: datetime) -> None:
        """Reminders, then a call task, then the end; sooner when it is clear."""
        if workflow.info().typed_search_attributes.get(DUE) is None:
            show_due("renewal_asked", began + self._order.call_after)
        for number, after in enumerate(self._order.reminders, start=1):
            if await self._clear_before(began + after, waited=number > 1):
                return
            await self._remind(number, end)
        if await self._clear_before(began + self._order.call_after, waited=True):
            return
        async with self._lock:
            self._status = RenewalStatus.TO_CALL
            await do(steps.CALL_STREET, self._fact("call"), "Nog geen antwoord: een coördinator belt")
        show_due("renewal_to_call", end)
        self._show()
        await self._clear_before(end, waited=True)

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

    async def _remind(self, number: int, end: datetime) -> None:
        async with self._lock:
            letters = self._letters(Template.RENEWAL_REMINDER, end)
            fact = self._fact(f"reminded-{number}", letters=letters)
            await do(steps.REMIND_RENEWAL, fact, f"Herinnering {number}: gaat de straat verder?")

    async def _decide(self) -> RenewalOutcome:
        """Close the question first: an answer that was receipted at the last moment still counts."""
        silent = [person for person in self._order.people if str(person) not in self._choices]
        question = ClosingQuestion(workflow_id=workflow.info().workflow_id, people=silent)
        late = await do(steps.CLOSE_RENEWAL, question, "De vraag is voorbij")
        await workflow.wait_condition(lambda: all(str(person) in self._choices for person in late.people))
        async with self._lock:
            outcome, by = in_the_end(self._choices, self._order.people), ENGINE
            if self._called is not None:
                outcome, by = RenewalOutcome(self._called.outcome), self._called.by
            self._status, self._outcome = RenewalStatus.DECIDED, outcome
            fact = self._fact("decided", actor=by)
            await do(steps.DECIDE_RENEWAL, fact, f"De straat {OUTCOMES[outcome]}")
            show_phase(f"renewal_{outcome}")
            self._show()
        await self._tell_street(outcome, by)
        await self._tell_round("decided", RoundNews(street=self._order.street, outcome=outcome))
        return outcome

    async def _tell_street(self, outcome: RenewalOutcome, by: StaffRef) -> None:
        order = self._order
        decision = RenewalDecision(
            year=order.year, outcome=outcome, leaving=leaving_of(self._choices, order.people), by=by
        )
        street = workflow.get_external_workflow_handle(street_id(order.municipality, order.street))
        try:
            await street.signal("renewal_decided", decision)
        except ApplicationError:
            workflow.logger.warning("the street is not there any more")

    async def _tell_round(self, what: str, news: str | RoundNews) -> None:
        """A round that was stopped by hand counts no more, and that is fine."""
        if self._order.round is None:
            return
        try:
            await workflow.get_external_workflow_handle(self._order.round).signal(what, news)
        except ApplicationError:
            workflow.logger.info("the round is over")

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
            self._calls += 1
            fact = self._fact(f"called-{self._calls}", actor=call.by)
            await do(steps.NOTE_CALL, fact, "De straat is gebeld")
            if call.outcome is not CallOutcome.NOT_REACHED:
                self._called = call

    @record_call.validator
    def may_record_call(self, call: RenewalCall) -> None:
        """Not when it is decided, or about to be."""
        decided = self._called is not None and call.outcome is not CallOutcome.NOT_REACHED
        refuse_if(call_refusal(RenewalStatus.DECIDED if decided else self._status))

    def _letters(self, template: Template, end: datetime) -> list[Letter]:
        """To those who did not answer yet; a reminder carries the same link and the same code."""
        order, workflow_id = self._order, workflow.info().workflow_id
        return [
            Letter(
                template=template,
                to=person,
                values={"street": order.street_name, "deadline": end, "year": order.year},
                link=LinkOrder(purpose=LinkPurpose.RENEWAL, workflow_id=workflow_id, expires_at=end),
                code=renewal_code(workflow_id, person),
            )
            for person in order.people
            if str(person) not in self._choices
        ]

    def _fact(
        self,
        name: str,
        *,
        letters: list[Letter] | None = None,
        forget: list[VaultRef] | None = None,
        actor: StaffRef = ENGINE,
    ) -> Fact:
        order = self._order
        self._revision = next_revision(self._revision)
        return Fact(
            key=f"{workflow.info().workflow_id}/{name}",
            name=f"renewal.{name.split('-', maxsplit=1)[0]}",
            municipality=order.municipality,
            subject=order.street,
            actor=actor,
            renewal=RenewalSnapshot(
                workflow_id=workflow.info().workflow_id,
                municipality=order.municipality,
                street=order.street,
                year=order.year,
                status=self._status,
                outcome=self._outcome,
                people=len(order.people),
                answered=len(self._choices),
                words=[] if forget else self._words,
                revision=self._revision,
            ),
            letters=letters or [],
            forget=forget or [],
        )

    def _show(self) -> None:
        order = self._order
        stands = OUTCOMES[self._outcome] if self._outcome else WORDS[self._status]
        rows = {
            "Vernieuwing": f"{order.year}: {stands}",
            "Straat": order.street_name,
            "Antwoorden": f"{len(self._choices)} van {len(order.people)}",
        }
        show(rows, f"{order.desk_url}/{order.municipality}/straten/{order.street}")
