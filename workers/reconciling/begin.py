"""Workflows begun anew from what the registry says, when Temporal lost them."""

import asyncio
import re
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.beginnings import ROUND
from activities.context import Tools
from activities.potje_news import tell_where_it_is
from activities.renewals import order_of, policy_of
from activities.streets import Streets
from schemas.calendar import dutch_date
from schemas.facts import StarterStatus
from schemas.intake import IntakeNews, IntakeOrder, IntakePlan, IntakeResult, IntakeStatus, Outcome
from schemas.payment import BatchAct, BatchState, PayoutOrder
from schemas.policy import PayoutKind, Terms
from schemas.potje import PotjeOrder, PotjeStatus
from schemas.refs import ENGINE, StaffRef, intake_id, street_id
from schemas.renewal import RoundPage
from schemas.steps import QUEUE
from schemas.street import Phase, StreetStart, StreetState
from store import reconciling, registry
from workers.reconciling.rounds import round_of
from workflows.engine import attributes
from workflows.intake import IntakeWorkflow
from workflows.payout import PayoutWorkflow
from workflows.potje import PotjeWorkflow
from workflows.renewal import RenewalWorkflow, to_begin_with
from workflows.street import StreetWorkflow

NUMBER = re.compile(r"-(\d+)$")


class Beginner:
    """Starts what is gone; whatever runs is left alone."""

    def __init__(self, tools: Tools, client: Client) -> None:
        self._tools = tools
        self._client = client

    async def street(self, row: asyncpg.Record) -> None:
        """A street as the registry has it.

        An intake that was planned is planned again; of one that has ended the street hears.
        """
        municipality, slug = row["municipality"], row["slug"]
        terms = await self._terms(municipality)
        async with self._tools.db.connection() as conn:
            intakes = await reconciling.intakes(conn, municipality, slug)
            potjes = await reconciling.potjes(conn, municipality, slug)
            starter = await reconciling.starter(conn, municipality, slug)
            decided = await reconciling.decided_year(conn, municipality, slug)
        state = street_state(row, intakes, potjes, starter, decided)
        street = await self._client.start_workflow(
            StreetWorkflow.run,
            StreetStart(state=state, terms=terms),
            id=street_id(municipality, slug),
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"{state.title}, {terms.municipality_name}",
            search_attributes=attributes(municipality, state.phase, state.wijk),
        )
        if state.phase is Phase.INTAKE and intakes:
            if news := decided_news(state.intakes, intakes[-1]):
                await street.signal(StreetWorkflow.intake_decided, news)
                return
            await self._intake(state, terms)
            await self._plan(intakes[-1])

    async def _intake(self, state: StreetState, terms: Terms) -> None:
        order = IntakeOrder(
            municipality=state.municipality,
            street=state.slug,
            street_name=state.title,
            number=state.intakes,
            gangmakers=state.gangmakers,
            terms=terms,
        )
        await self._client.start_workflow(
            IntakeWorkflow.run,
            order,
            id=intake_id(state.municipality, state.slug, state.intakes),
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Intake van {state.title}",
            search_attributes=attributes(state.municipality, "intake_open", state.wijk),
        )

    async def _plan(self, row: asyncpg.Record) -> None:
        """The appointment that stood, if it is still to come; the gangmakers get the invitation once more."""
        if row["status"] != IntakeStatus.PLANNED or row["at"] is None or row["at"] <= datetime.now(UTC):
            return
        plan = IntakePlan(at=row["at"], place=row["place"], coordinator=row["coordinator"])
        handle = self._client.get_workflow_handle_for(IntakeWorkflow.run, row["workflow_id"])
        await _patiently(lambda: handle.execute_update(IntakeWorkflow.plan, plan, id="planned-again"))

    async def potje(self, row: asyncpg.Record) -> None:
        """A potje, told where the registry has it; its money was booked, and its letters went, before."""
        async with self._tools.db.connection() as conn:
            street = await registry.street(conn, row["municipality"], row["street"])
        if street is None:
            return
        terms = await self._terms(row["municipality"])
        handle = await self._client.start_workflow(
            PotjeWorkflow.run,
            potje_order(row, street, terms),
            id=row["workflow_id"],
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Potje {row['year']} van {_title(street)}",
            search_attributes=attributes(row["municipality"], "potje", street["wijk"]),
        )
        async with self._tools.db.connection() as conn:
            await tell_where_it_is(conn, handle, row)

    async def batch(self, row: asyncpg.Record) -> None:
        """A batch: what it holds is in the database, so freezing it again only finds it."""
        order = PayoutOrder(
            batch=row["id"],
            municipality=row["municipality"],
            year=row["fiscal_year"],
            by=row["frozen_by"],
            execution_date=row["execution_date"],
            desk_url=self._tools.desk_url,
        )
        handle = await self._client.start_workflow(
            PayoutWorkflow.run,
            order,
            id=f"payout-{row['municipality']}-{row['id']}",
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Betaalbestand {row['fiscal_year']}",
            search_attributes=attributes(row["municipality"], "payout"),
        )
        if row["state"] == BatchState.RELEASED:
            await handle.execute_update("release", BatchAct(by=row["released_by"]))
            await handle.signal(PayoutWorkflow.statement_came)

    async def question(self, row: asyncpg.Record) -> None:
        """A yearly question, with the days that its mails told; no mail goes twice, and its round counts."""
        asked_by = await round_of(self._client, row["workflow_id"], row["municipality"], row["year"])
        page = RoundPage(municipality=row["municipality"], year=row["year"], round=asked_by)
        async with self._tools.db.connection() as conn:
            policy = await policy_of(conn, page.municipality)
        order = order_of(row, page, policy, self._tools.desk_url, row["asked_at"])
        await self._client.start_workflow(
            RenewalWorkflow.run,
            order,
            id=order.workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Vernieuwing {order.year} van {order.street_name}",
            search_attributes=to_begin_with(order),
            memo={ROUND: asked_by},
        )

    async def _terms(self, municipality: str) -> Terms:
        async def never() -> Client:
            return self._client

        return await Streets(self._tools, never).read_terms(municipality)


async def _patiently(do: Any) -> None:  # noqa: ANN401
    """An intake that its street is about to start is there in a moment."""
    for _ in range(100):
        try:
            await do()
        except WorkflowUpdateFailedError:
            return
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def street_state(
    row: asyncpg.Record,
    intakes: list[asyncpg.Record],
    potjes: list[asyncpg.Record],
    starter: str | None,
    decided: int,
) -> StreetState:
    """What a street's run carries, as far as the registry has it."""
    phase = Phase(row["phase"])
    number = max((_number(each["workflow_id"]) for each in intakes), default=0)
    last = potjes[-1] if potjes else None
    tried = max((_attempt(each) for each in potjes), default=number)
    rested = phase in (Phase.SLEEPING, Phase.ENDED) and last and last["status"] == PotjeStatus.WITHDRAWN
    by, begins = promised(phase, row, intakes, last, decided)
    return StreetState(
        municipality=row["municipality"],
        slug=row["slug"],
        name=row["name"],
        part=row["part"],
        wijk=row["wijk"],
        phase=phase,
        gangmakers=row["gangmakers"],
        accepted_by=by,
        intakes=number,
        potjes=len(potjes),
        next_date=row["next_date"],
        revision=row["revision"],
        paused=row["paused"],
        shape=row["shape"],
        since=row["since"],
        asleep_since=row["asleep_since"],
        merged_into=row["merged_into"],
        split_from=row["split_from"],
        approach=row["approach"],
        decided_year=decided,
        potje=last["workflow_id"] if last else None,
        potje_year=last["year"] if last else 0,
        potje_from=begins,
        withdrawn=max(0, tried - number) + bool(rested),
        starter=StarterStatus(starter) if starter else None,
    )


def decided_news(number: int, intake: asyncpg.Record) -> IntakeNews | None:
    """What an intake came to, if it has ended: it is not held again, and its street may not have heard."""
    if intake["status"] not in registry.DECIDED:
        return None
    result = IntakeResult(
        outcome=Outcome(intake["status"]),
        coordinator=_recorder(intake),
        approach=intake["approach"],
    )
    return IntakeNews(number=number, result=result)


def promised(
    phase: Phase,
    row: asyncpg.Record,
    intakes: list[asyncpg.Record],
    last: asyncpg.Record | None,
    decided: int,
) -> tuple[str | None, date | None]:
    """Who proposes a potje that has yet to begin, and from when; nobody, when there is none to come."""
    if phase is not Phase.ACTIVE:
        return None, None
    if last is None:
        return _recorder(intakes[-1]) if intakes else None, row["since"]
    if decided > last["year"]:
        return ENGINE, max(date(last["year"] + 1, 1, 1), dutch_date(datetime.now(UTC)))
    return None, None


def potje_order(row: asyncpg.Record, street: asyncpg.Record, terms: Terms) -> PotjeOrder:
    """What its workflow started with: the same amounts, so the same postings."""
    return PotjeOrder(
        workflow_id=row["workflow_id"],
        municipality=row["municipality"],
        street=row["street"],
        street_name=_title(street),
        year=row["year"],
        parts=[(PayoutKind(kind), cents) for kind, cents in row["parts"]],
        gangmakers=street["gangmakers"],
        proposer=row["proposer"],
        receipt_reminder=terms.receipt_reminder,
        account_reminder=terms.account_reminder,
        return_window=terms.return_window,
        desk_url=terms.desk_url,
        tried=max(0, row["attempt"] - 1),
    )


def _recorder(intake: asyncpg.Record) -> StaffRef:
    """Who recorded its outcome, and so proposes the potje; may be another than who planned it."""
    return str(intake["recorded_by"] or intake["coordinator"] or ENGINE)


def _title(street: asyncpg.Record) -> str:
    return f"{street['name']} ({street['part']})" if street["part"] else str(street["name"])


def _number(workflow_id: str) -> int:
    found = NUMBER.search(workflow_id)
    return int(found[1]) if found else 0


def _attempt(potje: asyncpg.Record) -> int:
    """The number of a potje in its year: the first bears none."""
    ends = f"-{potje['street']}-{potje['year']}"
    return 1 if potje["workflow_id"].endswith(ends) else _number(potje["workflow_id"])
