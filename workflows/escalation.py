"""A concern: whom to ask, until somebody picks it up; what they did; and forgetting it in time.

It is always with somebody whose deadline lies ahead, or closed.
"""

from datetime import UTC, datetime, timedelta

from temporalio import workflow

from workflows.engine import do, next_revision, show, show_due, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.concern import (
        OFFICE,
        ActKind,
        Ask,
        ConcernAct,
        ConcernOrder,
        FollowUp,
        Ladder,
        Standing,
        asking,
        counts,
        moved,
        reference,
        reopened,
        skipped,
        standing,
        unanswered,
    )
    from schemas.facts import (
        ConcernSnapshot,
        ConcernStatus,
        Fact,
        Lapse,
        Letter,
        LinkOrder,
        LinkPurpose,
        Template,
    )
    from schemas.refs import ENGINE, REPORTER, StaffRef
    from schemas.signup import Answer

UNTIL_DUE = "Tot de termijn om op te pakken voorbij is"

WORDS = {
    ConcernStatus.WAITING: "wacht tot iemand hem oppakt",
    ConcernStatus.PICKED_UP: "opgepakt",
    ConcernStatus.CLOSED: "afgerond",
}

NAMES = {
    ActKind.PICK_UP: "pickedup",
    ActKind.HAND_ON: "handedon",
    ActKind.NOT_OURS: "notours",
    ActKind.CLOSE: "closed",
}
DOES = {
    ActKind.PICK_UP: steps.PICK_UP_CONCERN,
    ActKind.HAND_ON: steps.PASS_CONCERN_ON,
    ActKind.NOT_OURS: steps.PASS_CONCERN_ON,
    ActKind.CLOSE: steps.CLOSE_CONCERN,
}
SUMMARIES = {
    ActKind.PICK_UP: "Opgepakt: de melder hoort het",
    ActKind.HAND_ON: "Doorgegeven aan een ander",
    ActKind.NOT_OURS: "Niet voor hen: naar de volgende",
    ActKind.CLOSE: "Afgerond: de melder hoort het",
}


@workflow.defn
class EscalationWorkflow:
    """One concern. Nothing of what was told is in its history."""

    @workflow.init
    def __init__(self, order: ConcernOrder) -> None:
        self._order = order
        self._ladder = Ladder(rungs=[], follow_up=timedelta(0), keep=timedelta(0))
        self._standing: Standing = standing([])
        self._acts: list[ConcernAct] = []
        self._still_worried = False
        self._due: datetime | None = None
        self._picked_up_at: datetime | None = None
        self._closed_at: datetime | None = None
        self._outcome: str | None = None
        self._missed = 0
        self._reopened = False
        self._forgotten = False
        self._revision = 0

    @workflow.run
    async def run(self, order: ConcernOrder) -> str | None:
        """Up the ladder until it is picked up; followed until it is closed; then forgotten."""
        self._ladder = await do(steps.READ_LADDER, order, "Wie wordt er gevraagd?")
        self._standing = standing(self._ladder.rungs)
        while not self._forgotten:
            match self._standing.status:
                case ConcernStatus.WAITING:
                    if await self._ask() and await self._nothing_until(self._due, UNTIL_DUE):
                        self._missed += 1
                        self._standing = unanswered(self._standing)
                case ConcernStatus.PICKED_UP:
                    self._due = workflow.now() + self._ladder.follow_up
                    if await self._nothing_until(self._due, "Tot we vragen hoe het staat"):
                        await self._follow_up()
                case ConcernStatus.CLOSED:
                    await self._keep_then_forget()
            await self._take_acts()
        return self._outcome

    @workflow.signal(description="Iemand pakte de zorg op, gaf hem door of rondde hem af")
    def act(self, act: ConcernAct) -> None:
        """It was receipted; what cannot count any more is left out."""
        self._acts.append(act)

    @workflow.signal(description="De melder maakt zich nog steeds zorgen")
    def answer(self, answer: Answer) -> None:
        """The link of the mail that it was closed; once."""
        if answer.yes and answer.person == self._order.reporter and not self._reopened:
            self._still_worried = True

    async def _nothing_until(self, due: datetime | None, summary: str) -> bool:
        """Wait; whether nothing happened in time."""
        try:
            await workflow.wait_condition(
                lambda: bool(self._acts) or self._still_worried,
                timeout=None if due is None else max(due - workflow.now(), timedelta(0)),
                timeout_summary=summary,
            )
        except TimeoutError:
            return True
        return False

    async def _ask(self) -> bool:
        """Ask whose turn it is. False: they are there no more, so it is the turn of the next."""
        before, self._standing = self._standing, asking(self._standing)
        again = self._standing.tries > 1
        self._due = None
        ask = Ask(
            fact=self._fact("again" if again else "asked"),
            order=self._order,
            rung=self._standing.holder,
            again=again,
            at=workflow.now(),
        )
        asked = await do(steps.ASK_PROFESSIONAL, ask, f"Vraag {self._standing.holder} om hem op te pakken")
        if asked.gone:
            self._standing = skipped(before)
            return False
        self._due = asked.due
        self._show()
        return True

    async def _follow_up(self) -> None:
        self._due = workflow.now() + self._ladder.follow_up
        fact = self._fact("followed")
        follow_up = FollowUp(fact=fact, order=self._order, rung=self._standing.holder)
        asked = await do(steps.FOLLOW_UP_CONCERN, follow_up, "Vraag hoe het staat")
        if asked.gone:
            self._standing = skipped(self._standing)
        self._show()

    async def _take_acts(self) -> None:
        while self._acts:
            act = self._acts.pop(0)
            if counts(self._standing, act):
                await self._take(act)

    async def _take(self, act: ConcernAct) -> None:
        now, first = workflow.now(), self._picked_up_at is None
        self._standing = moved(self._standing, act)
        letters: list[Letter] = []
        if act.kind in (ActKind.PICK_UP, ActKind.CLOSE):
            self._picked_up_at = self._picked_up_at or now
        if act.kind is ActKind.PICK_UP:
            self._due = now + self._ladder.follow_up
            letters = self._to_reporter(Template.CONCERN_PICKED_UP) if first else []
        elif act.kind is ActKind.CLOSE:
            self._due, self._closed_at = None, now
            self._outcome = act.outcome
            letters = self._to_reporter(Template.CONCERN_CLOSED)
        else:
            self._due = None
        fact = self._fact(NAMES[act.kind], letters, act.actor)
        await do(DOES[act.kind], fact, SUMMARIES[act.kind])
        self._show()

    def _to_reporter(self, template: Template) -> list[Letter]:
        """They hear that it was picked up and closed, never more; closed carries a way back, once."""
        if self._order.reporter is None or not self._order.may_mail:
            return []
        link = None
        if template is Template.CONCERN_CLOSED and not self._reopened:
            link = LinkOrder(
                purpose=LinkPurpose.REOPEN_CONCERN,
                workflow_id=workflow.info().workflow_id,
                expires_at=workflow.now() + self._ladder.keep,
            )
        values: dict[str, str | int] = {
            "reference": reference(self._order.concern),
            "last": int(link is None),
        }
        return [Letter(template=template, to=self._order.reporter, values=dict(values), link=link)]

    async def _keep_then_forget(self) -> None:
        """Words and reporter are erased in time; the count stays."""
        until = workflow.now() + self._ladder.keep
        if await self._nothing_until(until, "Bewaartermijn, daarna worden de woorden gewist"):
            await self._forget()
        if self._still_worried:
            self._reopened, self._still_worried = True, False
            self._standing = reopened(self._standing)
            self._closed_at = None
            fact = self._fact("reopened", actor=REPORTER)
            await do(steps.REOPEN_CONCERN, fact, "De melder maakt zich nog zorgen: begin opnieuw")

    async def _forget(self) -> None:
        """Unless the reporter answered just now: that was receipted, so it is waited for."""
        order = self._order
        fact = self._fact("forgotten")
        fact.forget = [ref for ref in (order.text, order.reporter) if ref is not None]
        person = order.reporter or order.text
        lapse = Lapse(fact=fact, workflow_id=workflow.info().workflow_id, person=person)
        lapsed = await do(steps.FORGET_CONCERN, lapse, "Wis wat er gemeld is, en wie het meldde")
        if lapsed.answered:
            await workflow.wait_condition(lambda: self._still_worried)
            return
        self._forgotten = True
        self._show()

    def _fact(self, name: str, letters: list[Letter] | None = None, actor: StaffRef = ENGINE) -> Fact:
        self._revision = next_revision(self._revision)
        order = self._order
        return Fact(
            key=f"{workflow.info().workflow_id}/{name}-{self._revision}",
            name=f"concern.{name}",
            municipality=order.municipality,
            subject=f"concern/{order.concern}",
            actor=actor,
            concern=self._snapshot(),
            letters=letters or [],
        )

    def _snapshot(self) -> ConcernSnapshot:
        order, state = self._order, self._standing
        return ConcernSnapshot(
            id=order.concern,
            workflow_id=workflow.info().workflow_id,
            municipality=order.municipality,
            wijk=order.wijk,
            topic=order.topic,
            urgency=order.urgency,
            status=state.status,
            holder=state.holder,
            due_at=self._due,
            raised_at=order.raised_at,
            picked_up_at=self._picked_up_at,
            closed_at=self._closed_at,
            outcome=self._outcome if state.status is ConcernStatus.CLOSED else None,
            missed=self._missed,
            reopened=self._reopened,
            knows=order.knows,
            may_call=order.may_call,
            text=order.text,
            reporter=order.reporter,
            doubt=order.doubt,
            revision=self._revision,
        )

    def _show(self) -> None:
        order, state = self._order, self._standing
        phase = f"concern_{state.status}"
        if self._due is not None:
            show_due(phase, self._due)
        else:
            show_phase(phase)
        holder = "het bureau" if state.holder in OFFICE else state.holder
        rows = {
            "Zorg": reference(order.concern),
            "Stand": WORDS[state.status],
            "Bij": holder,
            "Termijn": f"{self._due.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if self._due else "geen",
            "Gemiste termijnen": str(self._missed),
        }
        show(rows, f"{order.desk_url}/{order.municipality}/zorgen/{order.concern}")
