"""The people of a street: they join, hand over, leave, renew, fall asleep and wake."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.engine import do, refuse_if, show_phase
from workflows.intake import IntakeWorkflow
from workflows.street_base import StreetBase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.facts import (
        Fact,
        IntakeSnapshot,
        Letter,
        LinkOrder,
        LinkPurpose,
        StarterStatus,
        Template,
    )
    from schemas.intake import IntakeOrder, IntakeStatus, Opening
    from schemas.payee import gangmaker_ref
    from schemas.refs import StaffRef, VaultRef, intake_id
    from schemas.refusals import Refusal
    from schemas.renewal import RenewalDecision, RenewalOutcome
    from schemas.signup import Answer
    from schemas.street import (
        Join,
        Joined,
        Joining,
        Leave,
        Phase,
        StreetAct,
        asleep,
        awake,
        joined,
        renewed,
        stopped,
        weighed,
    )


class StreetPeople(StreetBase):
    """Who carries the street, and whether it goes on."""

    @workflow.update(description="Een bevestigde bewoner wordt gangmaker")
    async def join(self, join: Join) -> Joined:
        """Join, once per person; returns when the registry and the welcome mail are written."""
        await self._ready()
        async with self._lock:
            before = self._state
            after, joining = joined(before, join.person)
            if joining is Joining.ALREADY:
                return Joined(joining=joining)
            self._state = after
            if joining is Joining.OPENED:
                left = [person for person in before.gangmakers if person != join.person]
                await self._open(join, left, again=before.intakes > 0)
            else:
                await self._welcome(join)
            self._show()
            return Joined(joining=joining)

    async def _open(self, join: Join, left: list[VaultRef], *, again: bool) -> None:
        """Begin, or begin again: by the policy of today, and without who was here before."""
        if again:
            self._terms = await do(steps.READ_TERMS, self._state.municipality, "Nieuw begin: lees het beleid")
            show_phase(Phase.INTAKE)
        fact = self._joined_fact(join, self._letters(Template.WELCOME, [join.person]), forget=left)
        fact.intake = self._open_intake()
        state = self._state
        order = IntakeOrder(
            municipality=state.municipality,
            street=state.slug,
            street_name=state.title,
            number=state.intakes,
            gangmakers=state.gangmakers,
            terms=self._own_terms(),
        )
        opening = Opening(fact=fact, order=order, wijk=state.wijk)
        await do(steps.OPEN_STREET, opening, "Eerste gangmaker: open de straat, en begin de intake")

    async def _welcome(self, join: Join) -> None:
        """One more; who hands over goes in the same moment, and a paused street goes on."""
        was_paused = self._state.paused
        others = [person for person in self._state.gangmakers if person != join.person]
        letters = self._letters(Template.WELCOME_EXTRA, [join.person])
        gone = [person for person in others if person == join.replaces]
        letters += self._let_go(gone)
        self._state = weighed(self._state, self._own_terms().minimum_gangmakers)
        if was_paused and not self._state.paused:
            letters += self._letters(
                Template.STREET_RESUMED, [person for person in others if person not in gone]
            )
        fact = self._joined_fact(join, letters, leaving=gone)
        await do(steps.WELCOME_GANGMAKER, fact, "Nog een gangmaker erbij")
        await self._tell_intake(IntakeWorkflow.gangmaker_joined, join.person)

    async def _tell_intake(self, what: Any, person: VaultRef) -> None:  # noqa: ANN401
        """One that ended meanwhile needs nobody: the decision that follows counts whoever is there."""
        state = self._state
        if state.phase is not Phase.INTAKE:
            return
        there = intake_id(state.municipality, state.slug, state.intakes)
        try:
            await workflow.get_external_workflow_handle(there).signal(what, person)
        except ApplicationError:
            workflow.logger.info("the intake had ended")

    def _joined_fact(
        self,
        join: Join,
        letters: list[Letter],
        *,
        forget: list[VaultRef] | None = None,
        leaving: list[VaultRef] | None = None,
    ) -> Fact:
        name = f"joined-{join.person}-{self._state.intakes}"
        actor = gangmaker_ref(join.person)
        fact = self._fact(name, letters=letters, forget=forget, leaving=leaving or [], actor=actor)
        fact.signup = join.signup
        return fact

    def _open_intake(self) -> IntakeSnapshot:
        state = self._state
        return IntakeSnapshot(
            workflow_id=intake_id(state.municipality, state.slug, state.intakes),
            municipality=state.municipality,
            street=state.slug,
            status=IntakeStatus.OPEN,
            revision=0,
        )

    @workflow.update(description="Een gangmaker stopt")
    async def leave(self, leave: Leave) -> None:
        """A gangmaker stops; with too few left the potje waits, with nobody left the street sleeps."""
        await self._ready()
        async with self._lock:
            self.may_leave(leave)
            letters = self._let_go([leave.person])
            fact = self._fact(f"left-{leave.person}", letters=letters, leaving=[leave.person], actor=leave.by)
            await do(steps.LEAVE_STREET, fact, "Een gangmaker stopt: dank je wel")
            await self._tell_intake(IntakeWorkflow.gangmaker_left, leave.person)
            if self._state.phase is Phase.SLEEPING:
                await self._take_potje_back(leave.by)
            self._show_moved()

    @leave.validator
    def may_leave(self, leave: Leave) -> None:
        """Only who is a gangmaker; an intake that nobody is left for is recorded instead."""
        state = self._state
        if leave.person not in state.gangmakers:
            refuse_if(Refusal.NOT_A_GANGMAKER)
        if state.phase is Phase.INTAKE and len(state.gangmakers) == 1:
            refuse_if(Refusal.LAST_OF_INTAKE)

    @workflow.signal(description="De straat vertelde of ze verder gaat")
    async def renewal_decided(self, decision: RenewalDecision) -> None:
        """Once a year; a street that sleeps or stopped meanwhile has nothing to decide."""
        await self._ready()
        async with self._lock:
            state = self._state
            if decision.year <= state.decided_year or state.phase is not Phase.ACTIVE:
                return
            self._change(decided_year=decision.year)
            gone = [person for person in state.gangmakers if person in decision.leaving]
            if decision.outcome is RenewalOutcome.SILENT:
                await self._fall_asleep(decision.by)
            elif decision.outcome is RenewalOutcome.STOP or len(gone) == len(state.gangmakers):
                await self._stop(decision.by)
            else:
                await self._go_on(decision, gone)
            self._show_moved()

    async def _go_on(self, decision: RenewalDecision, gone: list[VaultRef]) -> None:
        letters = self._let_go(gone)
        if not self._state.paused:
            letters += self._letters(Template.RENEWAL_GO_ON, self._state.gangmakers)
        self._state = renewed(self._state, dutch_date(workflow.now()))
        name = "changed" if decision.outcome is RenewalOutcome.CHANGE else "renewed"
        fact = self._fact(f"{name}-{decision.year}", letters=letters, leaving=gone, actor=decision.by)
        await do(steps.RENEW_STREET, fact, f"De straat gaat verder in {decision.year}")

    async def _fall_asleep(self, by: StaffRef) -> None:
        self._state = asleep(self._state, dutch_date(workflow.now()))
        fact = self._fact(self._once("asleep"), letters=self._wake_letters(), actor=by)
        await do(steps.REST_STREET, fact, "Geen antwoord: de straat gaat slapen")
        await self._take_potje_back(by)

    async def _stop(self, by: StaffRef) -> None:
        letters = self._letters(Template.RENEWAL_STOP, self._state.gangmakers)
        self._state = stopped(self._state)
        fact = self._fact(self._once("stopped"), letters=letters, actor=by)
        await do(steps.REST_STREET, fact, "De straat stopt: dank jullie wel")
        await self._take_potje_back(by)

    @workflow.update(description="De straat stopt")
    async def end(self, act: StreetAct) -> None:
        """The street stops: thanks, no potje any more, and its people are forgotten in time."""
        await self._ready()
        async with self._lock:
            self.may_end(act)
            await self._stop(act.by)
            self._show_moved()

    @end.validator
    def may_end(self, act: StreetAct) -> None:
        """An intake is recorded instead; what stopped is over."""
        if self._state.phase is Phase.ENDED:
            refuse_if(Refusal.STREET_OVER)
        if self._state.phase is Phase.INTAKE:
            refuse_if(Refusal.STREET_NOT_ACTIVE)

    @workflow.update(description="Maak de straat wakker")
    async def wake(self, act: StreetAct) -> None:
        """The gangmakers of before go on."""
        await self._ready()
        async with self._lock:
            self.may_wake(act)
            await self._wake(act.by)

    @wake.validator
    def may_wake(self, act: StreetAct) -> None:
        """Only what sleeps, while its people are known."""
        if self._state.phase is not Phase.SLEEPING:
            refuse_if(Refusal.STREET_NOT_ASLEEP)
        if not self._state.gangmakers:
            refuse_if(Refusal.STREET_FORGOTTEN)

    @workflow.update(description="Het startpakket is onderweg")
    async def send_starter(self, act: StreetAct) -> None:
        """The package is on its way; the gangmakers are asked to tell when it has come."""
        await self._ready()
        async with self._lock:
            self.may_send_starter(act)
            self._change(starter=StarterStatus.SENT)
            link = LinkOrder(purpose=LinkPurpose.STARTER, workflow_id=workflow.info().workflow_id)
            letters = self._letters(Template.STARTER_SENT, self._state.gangmakers)
            for letter in letters:
                letter.link = link
            await self._note_starter("startersent", act.by, letters, "Startpakket onderweg")

    @send_starter.validator
    def may_send_starter(self, act: StreetAct) -> None:
        """Only what was ordered and not sent."""
        if self._state.starter is not StarterStatus.ORDERED:
            refuse_if(Refusal.NO_STARTER)

    @workflow.update(description="Het startpakket is aangekomen")
    async def receive_starter(self, act: StreetAct) -> None:
        """The desk heard, or saw, that the package has come."""
        await self._ready()
        async with self._lock:
            self.may_receive_starter(act)
            await self._receive_starter(act.by)

    @receive_starter.validator
    def may_receive_starter(self, act: StreetAct) -> None:
        """Only what is on its way."""
        if self._state.starter is not StarterStatus.SENT:
            refuse_if(Refusal.NO_STARTER)

    async def _receive_starter(self, by: StaffRef) -> None:
        self._change(starter=StarterStatus.RECEIVED)
        await self._note_starter("startercame", by, [], "Startpakket aangekomen")

    async def _note_starter(self, name: str, by: StaffRef, letters: list[Letter], summary: str) -> None:
        fact = self._fact(self._once(name), letters=letters, actor=by)
        fact.starter = self._starter()
        await do(steps.SEND_STARTER if letters else steps.NOTE_STARTER, fact, summary)

    @workflow.signal(description="Een gangmaker antwoordt: het startpakket kwam, of de straat gaat verder")
    async def answer(self, answer: Answer) -> None:
        """The link of the starter package, or that of the mail of when the street fell asleep."""
        await self._ready()
        async with self._lock:
            state = self._state
            if answer.purpose is LinkPurpose.STARTER:
                if answer.yes and state.starter is StarterStatus.SENT:
                    await self._receive_starter(gangmaker_ref(answer.person))
                return
            if answer.yes and state.phase is Phase.SLEEPING and answer.person in state.gangmakers:
                await self._wake(gangmaker_ref(answer.person))

    async def _wake(self, by: StaffRef) -> None:
        terms = await do(steps.READ_TERMS, self._state.municipality, "Weer wakker: lees het beleid")
        self._terms = terms
        self._state = awake(self._state, terms, dutch_date(workflow.now()))
        template = Template.STREET_PAUSED if self._state.paused else Template.STREET_AWAKE
        fact = self._fact(
            self._once("awake"), letters=self._letters(template, self._state.gangmakers), actor=by
        )
        await do(steps.REST_STREET, fact, "De straat is weer wakker")
        self._show_moved()
