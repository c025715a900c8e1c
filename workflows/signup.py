"""Sign-up: confirm, remind, expire and erase; then join the street, and ask the second gangmaker too."""

from datetime import datetime, timedelta

from temporalio import workflow

from workflows.engine import at_desk, do, next_revision, refuse, refuse_if, show, timer

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.facts import (
        Fact,
        Lapse,
        Letter,
        LinkOrder,
        LinkPurpose,
        SignupSnapshot,
        SignupStatus,
        Template,
    )
    from schemas.payee import gangmaker_ref
    from schemas.refs import ENGINE, StaffRef, VaultRef
    from schemas.refusals import Refusal
    from schemas.scouting import SOURCE
    from schemas.signup import HANDOVER, MOST_AGAIN, Answer, AskAgain, SignupOrder, SignupResult
    from schemas.steps import Step
    from schemas.street import Join, JoinOrder, StreetState


FIRST_MAILS = {
    "campaign": (Template.CONFIRM_SIGNUP, Template.REMIND_SIGNUP),
    SOURCE: (Template.CANDIDATE_INVITE, Template.CANDIDATE_REMINDER),
    HANDOVER: (Template.CONFIRM_HANDOVER, Template.REMIND_HANDOVER),
}
"""Who was found at the door is invited; who came forward confirms. The question is the same."""


AGAIN = 100
"""Above every number of a reminder: what was asked for comes under names of its own in the journal."""


class Question:
    """One person asked to confirm, with the mails that go with it."""

    def __init__(self, person: VaultRef, ask: Template, remind: Template, purpose: LinkPurpose) -> None:
        self.person = person
        self.ask = ask
        self.remind = remind
        self.purpose = purpose


@workflow.defn
class SignupWorkflow:
    """One submission of the sign-up form, until everybody named in it has answered."""

    @workflow.init
    def __init__(self, order: SignupOrder) -> None:
        self._order = order
        self._answers: dict[str, bool] = {}
        self._status = SignupStatus.AWAITING
        self._revision = 0
        self._joined = 0
        self._asking: tuple[Question, datetime] | None = None
        self._again = 0

    @workflow.signal(description="Iemand antwoordt via de link in de mail")
    def answer(self, answer: Answer) -> None:
        """The first answer of a person counts; confirming twice changes nothing."""
        self._answers.setdefault(str(answer.person), answer.yes)

    @workflow.run
    async def run(self, order: SignupOrder) -> SignupResult:
        """Ask the gangmaker; then, when one is named, the second one."""
        ask, remind = FIRST_MAILS.get(order.source, FIRST_MAILS["campaign"])
        first = Question(order.gangmaker, ask, remind, LinkPurpose.CONFIRM_SIGNUP)
        yes = await self._confirmed(first, also_forget=[order.second] if order.second else [])
        if yes and order.second:
            second = Question(
                order.second, Template.CONFIRM_SECOND, Template.REMIND_SECOND, LinkPurpose.CONFIRM_SECOND
            )
            await self._confirmed(second, also_forget=[])
        await workflow.wait_condition(workflow.all_handlers_finished)
        return SignupResult(joined=self._joined)

    @workflow.update(description="Stuur de vraag nog eens")
    async def ask_again(self, act: AskAgain) -> None:
        """The mail is not there, somebody says on the telephone: the same question, with the same link."""
        question, deadline = self._may_ask()
        self._again += 1
        await self._write(
            steps.REMIND_CONFIRMATION,
            question,
            deadline,
            "Op verzoek nog eens gevraagd",
            AGAIN + self._again,
            by=act.by,
        )

    @ask_again.validator
    def may_ask_again(self, act: AskAgain) -> None:
        """Only while somebody is asked, and not for ever."""
        self._may_ask()

    def _may_ask(self) -> tuple[Question, datetime]:
        asking = self._asking
        if asking is None or str(asking[0].person) in self._answers:
            refuse(Refusal.SIGNUP_DECIDED)
        refuse_if(Refusal.ASKED_ENOUGH if self._again >= MOST_AGAIN else None)
        return asking

    async def _confirmed(self, question: Question, also_forget: list[VaultRef]) -> bool:
        """Ask one person and act on the answer; silence until the end erases them."""
        deadline = workflow.now() + self._order.expires_after
        self._asking = question, deadline
        await self._write(steps.ASK_CONFIRMATION, question, deadline, "Vraag om bevestiging per mail")
        forget = [question.person, *also_forget]
        yes = await self._answered(question, deadline, forget)
        self._asking = None
        if yes is None:
            return False
        if not yes:
            self._status = self._ended(SignupStatus.WITHDRAWN)
            await do(
                steps.ERASE_SIGNUP,
                self._fact(f"withdrawn-{self._joined}", forget=forget, actor=gangmaker_ref(question.person)),
                "Nee gezegd: wis de gegevens",
            )
            self._show()
            return False
        await self._join(question.person)
        return True

    async def _answered(self, question: Question, deadline: datetime, forget: list[VaultRef]) -> bool | None:
        """Wait for an answer, with the policy's reminders. None: there was none in time."""
        asked = workflow.now()
        for number, after in enumerate(self._order.reminders, start=1):
            if await self._answer_within(question, asked + after - workflow.now(), f"herinnering {number}"):
                return self._answers[str(question.person)]
            await self._write(
                steps.REMIND_CONFIRMATION, question, deadline, f"Herinnering {number} per mail", number
            )
        if await self._answer_within(question, deadline - workflow.now(), "de aanmelding verloopt"):
            return self._answers[str(question.person)]
        return await self._lapsed(question, forget)

    async def _lapsed(self, question: Question, forget: list[VaultRef]) -> bool | None:
        """Time is up. An answer that was receipted at the last moment still counts, and is waited for."""
        fact = self._fact(f"expired-{self._joined}", status=self._ended(SignupStatus.EXPIRED), forget=forget)
        lapse = Lapse(fact=fact, workflow_id=workflow.info().workflow_id, person=question.person)
        lapsed = await do(steps.LAPSE_SIGNUP, lapse, "Geen antwoord: verlopen, wis de gegevens")
        if lapsed.answered:
            await workflow.wait_condition(lambda: str(question.person) in self._answers)
            return self._answers[str(question.person)]
        self._status = self._ended(SignupStatus.EXPIRED)
        self._show()
        return None

    def _ended(self, status: SignupStatus) -> SignupStatus:
        """What a no or a silence makes of the sign-up: nothing, once its first gangmaker joined."""
        return SignupStatus.CONFIRMED if self._joined else status

    async def _answer_within(self, question: Question, span: timedelta, until: str) -> bool:
        late = timer(span, f"Wacht op bevestiging, daarna: {until}")
        await workflow.wait_condition(lambda: str(question.person) in self._answers or late.done())
        if self._order.second:
            late.cancel()
        return str(question.person) in self._answers

    async def _join(self, person: VaultRef) -> None:
        order = self._order
        street = StreetState(
            municipality=order.municipality,
            slug=order.street,
            name=order.street_name,
            part=order.part,
            wijk=order.wijk,
        )
        confirmed = self._snapshot(SignupStatus.CONFIRMED)
        join = Join(person=person, signup=confirmed, replaces=order.replaces)
        joining = JoinOrder(street=street, join=join)
        await do(steps.JOIN_STREET, joining, f"Bevestigd: sluit aan bij {street.title}")
        self._joined += 1
        self._status = SignupStatus.CONFIRMED
        self._show()

    async def _write(
        self,
        step: Step[Fact, None],
        question: Question,
        deadline: datetime,
        summary: str,
        number: int = 0,
        *,
        by: StaffRef | None = None,
    ) -> None:
        order = self._order
        letter = Letter(
            template=question.remind if number else question.ask,
            to=question.person,
            values={"street": order.title, "deadline": deadline},
            named=self._named(question),
            link=LinkOrder(
                purpose=question.purpose, workflow_id=workflow.info().workflow_id, expires_at=deadline
            ),
        )
        name = f"{question.ask}-{number}" if number else str(question.ask)
        actor = by or (ENGINE if number else self._asks())
        await do(step, self._fact(name, letters=[letter], actor=actor), summary)
        self._show()

    def _asks(self) -> StaffRef:
        """Who made this question be asked: the office, who signed up, or whoever named a neighbour."""
        order = self._order
        if order.by is not None:
            return order.by
        return ENGINE if order.source == SOURCE else gangmaker_ref(order.gangmaker)

    def _named(self, question: Question) -> dict[str, VaultRef]:
        """The neighbour who named this one: the first gangmaker, or who hands over."""
        neighbour = self._order.replaces or self._order.gangmaker
        return {} if question.person == neighbour else {"neighbour": neighbour}

    def _snapshot(self, status: SignupStatus) -> SignupSnapshot:
        self._revision = next_revision(self._revision)
        return SignupSnapshot(
            submission=self._order.submission,
            municipality=self._order.municipality,
            street=self._order.street,
            campaign=self._order.campaign,
            status=status,
            revision=self._revision,
            source=self._order.source,
            round=self._order.round,
        )

    def _fact(
        self,
        name: str,
        *,
        status: SignupStatus | None = None,
        letters: list[Letter] | None = None,
        forget: list[VaultRef] | None = None,
        actor: StaffRef = ENGINE,
    ) -> Fact:
        return Fact(
            key=f"{workflow.info().workflow_id}/{name}",
            name=f"signup.{name}",
            municipality=self._order.municipality,
            subject=self._order.street,
            actor=actor,
            signup=self._snapshot(status or self._status),
            letters=letters or [],
            forget=forget or [],
        )

    def _show(self) -> None:
        words = {
            SignupStatus.AWAITING: "wacht op bevestiging",
            SignupStatus.CONFIRMED: "bevestigd",
            SignupStatus.EXPIRED: "verlopen en gewist",
            SignupStatus.WITHDRAWN: "ingetrokken en gewist",
        }
        asked = 1 + (self._order.second is not None)
        show(
            {
                "Aanmelding": words[self._status],
                "Bevestigd": f"{self._joined} van {asked}",
                "Straat": self._order.title,
                "Campagne": self._order.campaign or "geen",
                **({"Gevonden": "bij de talentenjacht"} if self._order.source == SOURCE else {}),
            },
            at_desk(self._order.desk_url, self._at_desk()),
        )

    def _at_desk(self) -> str:
        """The street, once somebody joined it; before that the list, where it will stand."""
        order = self._order
        return f"{order.municipality}/straten{'/' if self._joined else '?zoek='}{order.street}"
