"""Where each kind of submission goes: which workflow it starts, or which signal it is."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities import bank_news, people, staff
from activities.codes import send_code
from activities.concerns import send_concern_code
from activities.context import Tools
from activities.people import LinkAsked
from activities.staff import InvitationAsked
from schemas.concern import ConcernAct, ConcernOrder, concern_id, reference
from schemas.intake import Pick
from schemas.model import Model
from schemas.payment import PayeeOrder, PaymentNews, payee_id
from schemas.potje import ApprovedInBulk
from schemas.refs import Slug, StaffRef, signup_id
from schemas.renewal import RenewalAnswer, RenewalDecision, RoundNews
from schemas.scouting import DoorVisit
from schemas.signup import Answer, SignupOrder
from schemas.steps import QUEUE
from schemas.street import Phase
from store import registry, renewals
from workers.leaving import leave_street
from workflows.engine import MUNICIPALITY, WIJK, attributes
from workflows.escalation import EscalationWorkflow
from workflows.intake import IntakeWorkflow
from workflows.payee import PayeeWorkflow
from workflows.payout import PayoutWorkflow
from workflows.potje import PotjeWorkflow
from workflows.renewal import RenewalWorkflow
from workflows.renewal_round import RenewalRoundWorkflow
from workflows.scouting import ScoutingWorkflow
from workflows.signup import SignupWorkflow
from workflows.street import StreetWorkflow

log = structlog.get_logger("relay")

GONE = "workflow_gone"
UNEXPECTED = "payment_unexpected"
"""A bank tells of a payment whose potje is over or unknown: somebody has to look."""
FIRST, IN_LINE = 1, 3
"""Temporal's priorities: before all other work, and what everything has that says nothing."""


class NotThereYetError(RuntimeError):
    """Its workflow is still to begin: it waits."""


Delivery = Callable[[Client, dict[str, Any]], Awaitable[str | None]]


class AnswerBrought(Answer):
    """An answer, and the workflow that asked."""

    workflow_id: str


class ApprovalBrought(Model):
    """A potje that was approved together with others."""

    workflow_id: str
    by: StaffRef
    revision: int = 0


class StatementBrought(Model):
    """A batch of which a bank statement said something."""

    workflow_id: str


class VisitBrought(DoorVisit):
    """What a scout noted, and the round it belongs to."""

    workflow_id: str


class MoneyBrought(Model):
    """A budget that grew."""

    municipality: Slug
    year: int


class RenewalBrought(RenewalAnswer):
    """A gangmaker's answer to the yearly question, and the workflow that asked."""

    workflow_id: str


class DecisionBrought(RenewalDecision):
    """What a street's year came to, and the street."""

    workflow_id: str
    municipality: Slug
    street: Slug


class CountBrought(RoundNews):
    """The same for the round that asked, which counts."""

    workflow_id: str


class PickBrought(Pick):
    """The moment that a gangmaker picked, and the intake it is for."""

    workflow_id: str


class ActBrought(ConcernAct):
    """What somebody did with a concern, and its workflow."""

    workflow_id: str


class CodeBrought(Model):
    """A code that somebody asked for at a street's door."""

    code: UUID


class Deliveries:
    """Each gives the code of why a submission will never arrive, or None."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.by_kind: dict[str, Delivery] = {
            "signup": self._signup,
            "answer": self._answer,
            "money": self._money,
            "approval": self._approval,
            "payment": self._payment,
            "batch": self._batch,
            "payee": self._payee,
            "renewal": self._renewal,
            "renewal_decided": self._renewal_decided,
            "round_decided": self._round_decided,
            "visit": self._visit,
            "pick": self._pick,
            "concern": self._concern,
            "concern_act": self._concern_act,
            "person_leave": leave_street,
        }
        self.mails: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "code": self.send_code,
            "concern_code": self.send_concern_code,
            "person_link": self.send_person_link,
            "person_code": self.send_person_code,
            "staff_invitation": self.send_staff_invitation,
            "staff_code": self.send_staff_code,
        }
        """The kinds that need no Temporal: a mail."""

    async def send_code(self, payload: dict[str, Any]) -> None:
        """The code that opens a street's door."""
        brought = CodeBrought.model_validate(payload)
        async with self._tools.db.transaction() as conn:
            await send_code(conn, self._tools, brought.code)

    async def send_concern_code(self, payload: dict[str, Any]) -> None:
        """The code that lets a professional read a concern."""
        brought = CodeBrought.model_validate(payload)
        async with self._tools.db.transaction() as conn:
            await send_concern_code(conn, self._tools, brought.code)

    async def send_person_link(self, payload: dict[str, Any]) -> None:
        """The link to somebody's own data, if anybody is known by the address they gave."""
        asked = LinkAsked.model_validate(payload)
        async with self._tools.db.transaction() as conn:
            await people.send_link(conn, self._tools, asked)

    async def send_person_code(self, payload: dict[str, Any]) -> None:
        """The code that opens it, or that confirms a new address."""
        brought = CodeBrought.model_validate(payload)
        async with self._tools.db.transaction() as conn:
            await people.send_code(conn, self._tools, brought.code)

    async def send_staff_invitation(self, payload: dict[str, Any]) -> None:
        """The link for a colleague who was invited to the desk."""
        asked = InvitationAsked.model_validate(payload)
        async with self._tools.db.transaction() as conn:
            await staff.send_invitation(conn, self._tools, asked)

    async def send_staff_code(self, payload: dict[str, Any]) -> None:
        """The code behind it."""
        brought = CodeBrought.model_validate(payload)
        async with self._tools.db.transaction() as conn:
            await staff.send_code(conn, self._tools, brought.code)

    async def _concern(self, client: Client, payload: dict[str, Any]) -> None:
        """Before all other work, in every queue; one that is in doubt stands in line with the rest."""
        order = ConcernOrder.model_validate(payload)
        try:
            await client.start_workflow(
                EscalationWorkflow.run,
                order,
                id=concern_id(order.concern),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"Zorg {reference(order.concern)}",
                search_attributes=attributes(order.municipality, "concern_waiting", order.wijk),
                priority=Priority(priority_key=IN_LINE if order.doubt else FIRST),
            )
        except WorkflowAlreadyStartedError:
            log.info("was started before", kind="concern")

    async def _concern_act(self, client: Client, payload: dict[str, Any]) -> str | None:
        brought = ActBrought.model_validate(payload)
        handle = client.get_workflow_handle_for(EscalationWorkflow.run, brought.workflow_id)
        act = ConcernAct.model_validate(brought.model_dump(exclude={"workflow_id"}))
        return await signal(handle.signal(EscalationWorkflow.act, act))

    async def _signup(self, client: Client, payload: dict[str, Any]) -> None:
        order = SignupOrder.model_validate(payload)
        order.desk_url = self._tools.desk_url
        found = [
            SearchAttributePair(MUNICIPALITY, order.municipality),
            SearchAttributePair(WIJK, order.wijk),
        ]
        try:
            await client.start_workflow(
                SignupWorkflow.run,
                order,
                id=signup_id(order.submission),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"Aanmelding voor {order.street_name}",
                search_attributes=TypedSearchAttributes(found),
            )
        except WorkflowAlreadyStartedError:
            log.info("was started before", kind="signup")

    async def _payee(self, client: Client, payload: dict[str, Any]) -> None:
        order = PayeeOrder.model_validate(payload)
        order.desk_url = self._tools.desk_url
        try:
            await client.start_workflow(
                PayeeWorkflow.run,
                order,
                id=payee_id(order.ref),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary="Rekeningnummer van een straat",
                search_attributes=attributes(order.municipality, "payee"),
            )
        except WorkflowAlreadyStartedError:
            log.info("was started before", kind="payee")

    async def _answer(self, client: Client, payload: dict[str, Any]) -> str | None:
        """Whoever asks takes an ``answer``; the link says whose it is."""
        brought = AnswerBrought.model_validate(payload)
        handle = client.get_workflow_handle(brought.workflow_id)
        answer = Answer(person=brought.person, yes=brought.yes, purpose=brought.purpose)
        return await signal(handle.signal("answer", answer))

    async def _renewal(self, client: Client, payload: dict[str, Any]) -> str | None:
        """A street's mail may be read before its workflow has begun: then the answer waits for it."""
        brought = RenewalBrought.model_validate(payload)
        handle = client.get_workflow_handle_for(RenewalWorkflow.run, brought.workflow_id)
        answer = RenewalAnswer(person=brought.person, choice=brought.choice, words=brought.words)
        refused = await signal(handle.signal(RenewalWorkflow.answer_renewal, answer))
        if refused:
            async with self._tools.db.connection() as conn:
                if await renewals.is_open(conn, brought.workflow_id):
                    raise NotThereYetError(brought.workflow_id)
        return refused

    async def _renewal_decided(self, client: Client, payload: dict[str, Any]) -> None:
        """A street that has ended meanwhile has nothing to decide; one that was lost waits to begin anew."""
        brought = DecisionBrought.model_validate(payload)
        handle = client.get_workflow_handle(brought.workflow_id)
        decision = RenewalDecision.model_validate(
            brought.model_dump(include=set(RenewalDecision.model_fields))
        )
        if await signal(handle.signal(StreetWorkflow.renewal_decided, decision)):
            async with self._tools.db.connection() as conn:
                street = await registry.street(conn, brought.municipality, brought.street)
            if street is not None and street["phase"] == Phase.ACTIVE:
                raise NotThereYetError(brought.workflow_id)

    async def _round_decided(self, client: Client, payload: dict[str, Any]) -> None:
        """A round that was stopped by hand counts no more, and that is fine."""
        brought = CountBrought.model_validate(payload)
        handle = client.get_workflow_handle(brought.workflow_id)
        news = RoundNews(street=brought.street, outcome=brought.outcome)
        await signal(handle.signal(RenewalRoundWorkflow.decided, news))

    async def _approval(self, client: Client, payload: dict[str, Any]) -> str | None:
        brought = ApprovalBrought.model_validate(payload)
        handle = client.get_workflow_handle_for(PotjeWorkflow.run, brought.workflow_id)
        act = ApprovedInBulk(by=brought.by, revision=brought.revision)
        return await signal(handle.signal(PotjeWorkflow.approved_in_bulk, act))

    async def _payment(self, client: Client, payload: dict[str, Any]) -> str | None:
        """Written here, with its letters, once; then the potje hears where it stands."""
        news = PaymentNews.model_validate(payload)
        async with self._tools.db.transaction() as conn:
            moved = await bank_news.hear(conn, self._tools, news)
        if moved is None:
            return UNEXPECTED
        handle = client.get_workflow_handle_for(PotjeWorkflow.run, news.workflow_id)
        return await signal(handle.signal(PotjeWorkflow.payment, moved))

    async def _batch(self, client: Client, payload: dict[str, Any]) -> str | None:
        brought = StatementBrought.model_validate(payload)
        handle = client.get_workflow_handle_for(PayoutWorkflow.run, brought.workflow_id)
        return await signal(handle.signal(PayoutWorkflow.statement_came))

    async def _visit(self, client: Client, payload: dict[str, Any]) -> str | None:
        """One that was kept on a phone may come after its round: the registry has it all the same."""
        brought = VisitBrought.model_validate(payload)
        handle = client.get_workflow_handle_for(ScoutingWorkflow.run, brought.workflow_id)
        visit = DoorVisit.model_validate(brought.model_dump(exclude={"workflow_id"}))
        return await signal(handle.signal(ScoutingWorkflow.visited, visit))

    async def _pick(self, client: Client, payload: dict[str, Any]) -> str | None:
        brought = PickBrought.model_validate(payload)
        handle = client.get_workflow_handle_for(IntakeWorkflow.run, brought.workflow_id)
        pick = Pick.model_validate(brought.model_dump(exclude={"workflow_id"}))
        return await signal(handle.signal(IntakeWorkflow.picked, pick))

    async def _money(self, client: Client, payload: dict[str, Any]) -> None:
        """Wake the potjes that wait, in the order in which they came."""
        brought = MoneyBrought.model_validate(payload)
        async with self._tools.db.connection() as conn:
            waiting = await registry.potjes_waiting(conn, brought.municipality, brought.year)
        for workflow_id in waiting:
            handle = client.get_workflow_handle_for(PotjeWorkflow.run, workflow_id)
            await signal(handle.signal(PotjeWorkflow.money_came))


async def signal(signalling: Awaitable[None]) -> str | None:
    """A workflow that has ended does not need the signal any more."""
    try:
        await signalling
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or _namespace_is_missing(error):
            raise
        return GONE
    return None


def _namespace_is_missing(error: RPCError) -> bool:
    """A missing namespace is a setting to mend: it says nothing about the workflow."""
    details = error.grpc_status.details if error.grpc_status else ()
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)
