"""An account that was given for a street: the first counts at once, another one is asked about and waits."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.engine import at_desk, do, refuse_if, show, show_due, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.payee import (
        CONFIRM_WITHIN,
        REMIND_AFTER,
        WAIT,
        AccountStep,
        Ending,
        PayeeAct,
        PayeeResult,
        PayeeState,
        Verdict,
        Weighed,
        Weighing,
        gangmaker_ref,
    )
    from schemas.payment import PayeeOrder, payee_id
    from schemas.refs import ENGINE, StaffRef
    from schemas.refusals import Refusal
    from schemas.signup import Answer

WORDS: dict[PayeeState | Ending, str] = {
    PayeeState.ASKED: "wacht op een ja uit de straat",
    PayeeState.CONFIRMED: "bevestigd, gaat na een dag in",
    Ending.IN_FORCE: "in gebruik",
    Ending.KEPT: "niet doorgegaan, het oude blijft",
    Ending.SAME: "verandert niets",
    Ending.REPLACED: "ingehaald door een nieuwer nummer",
}

AT_ONCE = {
    Verdict.AT_ONCE: Ending.IN_FORCE,
    Verdict.SAME: Ending.SAME,
    Verdict.AGAIN: Ending.SAME,
    Verdict.GONE: Ending.REPLACED,
}
"""How it ends where nobody needs to be asked."""


@workflow.defn
class PayeeWorkflow:
    """One account, from the moment it was given until it counts or is forgotten."""

    @workflow.init
    def __init__(self, order: PayeeOrder) -> None:
        self._order = order
        self._deadline = workflow.now() + CONFIRM_WITHIN
        self._weighed = Weighed(verdict=Verdict.GONE)
        self._state: PayeeState | None = None
        self._answer: Answer | None = None
        self._replaced = False
        self._stopped: StaffRef | None = None
        self._ending: Ending | None = None

    @workflow.run
    async def run(self, order: PayeeOrder) -> PayeeResult:
        """Weigh it; a change waits for a yes and then for a day."""
        weighing = Weighing(order=order, deadline=self._deadline)
        self._weighed = await do(steps.WEIGH_ACCOUNT, weighing, "Vergelijk met het rekeningnummer van nu")
        for older in self._weighed.replaced:
            await self._tell(payee_id(older))
        at_once = AT_ONCE.get(self._weighed.verdict)
        ending = at_once or await self._change()
        self._ending = ending
        show_phase(f"payee_{ending}")
        self._show(ending)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return PayeeResult(ending=ending)

    async def _tell(self, older: str) -> None:
        """One that waited ends; perhaps it has ended by itself."""
        with suppress(ApplicationError):
            await workflow.get_external_workflow_handle_for(PayeeWorkflow.run, older).signal(
                PayeeWorkflow.replaced
            )

    async def _change(self) -> Ending:
        self._move(PayeeState.ASKED, self._deadline)
        if ending := await self._unanswered() or await self._ended_early():
            return ending
        answer = self._answer
        if answer is None or not answer.yes:
            return await self._keep(gangmaker_ref(answer.person) if answer else ENGINE)
        return await self._after_a_day(gangmaker_ref(answer.person))

    async def _unanswered(self) -> Ending | None:
        """Wait for an answer, with one reminder. None: there is one; else it was forgotten."""
        if await self._within(REMIND_AFTER, self._decided, "Tot de herinnering"):
            return None
        await do(steps.REMIND_ACCOUNT_CHANGE, self._step(), "Herinnering: klopt het nieuwe rekeningnummer?")
        left = max(self._deadline - workflow.now(), timedelta(0))
        if await self._within(left, self._decided, "Tot de vraag verloopt"):
            return None
        lapsed = await do(steps.KEEP_ACCOUNT, self._step(lapse=True), "Geen antwoord: het oude nummer blijft")
        if not lapsed.answered:
            return Ending.KEPT if lapsed.done else Ending.REPLACED
        await workflow.wait_condition(self._decided)
        return None

    async def _after_a_day(self, by: StaffRef) -> Ending:
        """Confirmed: who knows better has a day to call."""
        confirmed = await do(steps.CONFIRM_ACCOUNT, self._step(by), "Bevestigd: het gaat na een dag in")
        if not confirmed.done:
            return Ending.REPLACED
        self._move(PayeeState.CONFIRMED, workflow.now() + WAIT)
        await self._within(WAIT, self._stopping, "Een dag wachten voor het nummer ingaat")
        if ending := await self._ended_early():
            return ending
        moved = await do(steps.PUT_ACCOUNT_IN_FORCE, self._step(), "Het nieuwe nummer gaat in")
        return Ending.IN_FORCE if moved.done else Ending.REPLACED

    async def _ended_early(self) -> Ending | None:
        if self._replaced:
            return Ending.REPLACED
        return await self._keep(self._stopped) if self._stopped else None

    async def _keep(self, by: StaffRef) -> Ending:
        kept = await do(steps.KEEP_ACCOUNT, self._step(by), "Nee: het oude nummer blijft")
        return Ending.KEPT if kept.done else Ending.REPLACED

    def _stopping(self) -> bool:
        return self._replaced or self._stopped is not None

    def _decided(self) -> bool:
        return self._answer is not None or self._stopping()

    async def _within(self, span: timedelta, condition: Callable[[], bool], until: str) -> bool:
        try:
            await workflow.wait_condition(condition, timeout=span, timeout_summary=until)
        except TimeoutError:
            return False
        return True

    @workflow.signal(description="Een gangmaker zegt of het nieuwe nummer klopt")
    def answer(self, answer: Answer) -> None:
        """The first answer counts, of whoever was asked."""
        if self._answer is None:
            self._answer = answer

    @workflow.signal(description="Er is een nieuwer rekeningnummer doorgegeven")
    def replaced(self) -> None:
        """The newer one has been weighed: this one is forgotten already."""
        self._replaced = True

    @workflow.update(description="Houd het nieuwe rekeningnummer tegen")
    async def stop(self, act: PayeeAct) -> None:
        """Somebody called to say that it is wrong: the street keeps its account."""
        self._stopped = act.by
        await workflow.wait_condition(lambda: self._ending is not None)
        refuse_if(None if self._ending is Ending.KEPT else Refusal.ACCOUNT_DECIDED)

    @stop.validator
    def may_stop(self, act: PayeeAct) -> None:
        """Only what waits."""
        waits = self._state is not None and self._ending is None
        refuse_if(None if waits else Refusal.ACCOUNT_DECIDED)

    def _step(self, by: StaffRef = ENGINE, *, lapse: bool = False) -> AccountStep:
        return AccountStep(
            order=self._order, asked=self._weighed.asked, by=by, deadline=self._deadline, lapse=lapse
        )

    def _move(self, state: PayeeState, due: datetime) -> None:
        self._state = state
        show_due(f"payee_{state}", due)
        self._show(state)

    def _show(self, where: PayeeState | Ending) -> None:
        order = self._order
        page = at_desk(order.desk_url, f"{order.municipality}/straten/{order.street}")
        show({"Rekeningnummer": WORDS[where], "Straat": order.street}, page)
