"""Making it one again: steps are done again in their order, workflows begin anew, who is lost is let go."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import asyncpg
import structlog
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from activities.context import Tools
from activities.facts import Facts
from activities.register import activities
from schemas.facts import Booked
from schemas.refs import Slug
from store import reconciling, safekeeping
from workers.deliveries import Deliveries
from workers.reconciling.begin import Beginner
from workers.reconciling.findings import SINCE, Finding, Kind, of_database, of_workflows, still_apart
from workers.reconciling.recorded import AT_ONCE, ONE_OF_A_PAGE, Done, present, recorded

log = structlog.get_logger("reconcile")
REFUSED = (
    asyncpg.PostgresError,
    ApplicationError,
    WorkflowUpdateFailedError,
    RPCError,
    ValueError,
    LookupError,
)

Begin: TypeAlias = Callable[[], Awaitable[None]]
BY_HAND = (Kind.MONEY, Kind.BATCH)
"""What only a person can settle, and say so."""


class Reconciler:
    """Compares, and mends what it may."""

    def __init__(self, tools: Tools, client: Client, *, mail_again: bool = False) -> None:
        self._tools = tools = replace(tools, sent_before=not mail_again)
        self._client = client
        self._begin = Beginner(tools, client)
        self._deliveries = Deliveries(tools)

        async def connected() -> Client:
            return client

        self._does: dict[str, Callable[[Any], Awaitable[Any]]] = {
            _name(does): does for does in activities(tools, connected)
        }
        self._does[ONE_OF_A_PAGE] = Facts(tools).record

    async def look(self) -> list[Finding]:
        """Everything that is apart now; streets live on meanwhile, which is nothing apart."""
        found = await recorded(self._client)
        async with self._tools.db.connection() as conn:
            told = await of_workflows(conn, found)
            told += await of_database(conn, found, told)
            keys = [reconciling.by_hand_key(each.subject) for each in told]
            known = await reconciling.facts_known(conn, keys)
        suspects = {each.subject for each in told if each.kind in SINCE}
        told = still_apart(told, await present(self._client, suspects))
        return [
            each
            for each in told
            if each.kind not in BY_HAND or reconciling.by_hand_key(each.subject) not in known
        ]

    async def settle(self, found: list[Finding]) -> list[Slug]:
        """Let payments go on where nothing is apart; gives where they waited since a restore."""
        apart = {each.municipality for each in found}
        if "" in apart:
            return []
        async with self._tools.db.transaction() as conn:
            return await safekeeping.settle(conn, apart)

    async def repair(self) -> int:
        """Mend what can be mended; gives how many findings that was. What came of it, :meth:`look` tells."""
        told = [finding for finding in await self.look() if finding.mends]
        await self._again([each for finding in told for each in finding.done])
        for finding in told:
            if finding.kind is Kind.LOST and finding.person:
                async with self._tools.db.transaction() as conn:
                    await reconciling.let_go(conn, finding.municipality, finding.person, finding.subject)
        await self._all_anew([finding for finding in told if finding.kind in (Kind.GONE, Kind.BEHIND)])
        for finding in told:
            await self._note(finding)
        return len(told)

    async def book(self, workflow_id: str) -> str | None:
        """Book again what one potje had booked: the same calls with the same ids. Gives why not, if so."""
        found = (f for f in await self.look() if f.kind is Kind.MONEY and f.subject == workflow_id)
        finding = next(found, None)
        if finding is None:
            return "no posting of it is missing"
        if "--book" not in finding.do:
            return finding.do
        for done in finding.done:
            if not await self._one(done):
                return f"{done.name} comes to something else now: see the potje at the desk"
        await self._note(finding)
        return None

    async def by_hand(self, workflow_id: str) -> str | None:
        """Somebody dealt with it: money of a potje, or a batch. Gives why that cannot be, if so."""
        found = (f for f in await self.look() if f.kind in BY_HAND and f.subject == workflow_id)
        finding = next(found, None)
        if finding is None:
            return "neither money nor a batch of it is apart"
        async with self._tools.db.transaction() as conn:
            await reconciling.note_by_hand(conn, finding.municipality, workflow_id)
        return None

    async def _again(self, steps: Sequence[Done]) -> None:
        for done in sorted(steps, key=lambda done: done.at):
            await self._one(done)

    async def _one(self, done: Done) -> bool:
        """One step again; whether it came to the same."""
        try:
            result = await self._does[done.name](done.arg)
        except REFUSED as error:
            log.warning("a step could not be done again", kind=done.name, exception_type=type(error).__name__)
            return False
        # A decision with its potje is two steps here, and the first of them came to nothing by itself.
        if not isinstance(result, Booked) or done.result is None:
            return True
        return _came_to(result) == _came_to(done.result)

    async def _all_anew(self, told: Sequence[Finding]) -> None:
        """Workflows begin again, some at once; a potje only when its street is there."""
        gate = asyncio.Semaphore(AT_ONCE)
        said, *others, questions = await self._beginnings()
        for begins in (said, *others, questions):
            group = [finding for finding in told if finding.subject in begins]
            await asyncio.gather(*(self._anew(finding, begins[finding.subject], gate) for finding in group))
        async with self._tools.db.transaction() as conn:
            heard = [each.subject for each in told if each.subject in said or each.subject in questions]
            await reconciling.relay_again(conn, heard)

    async def _anew(self, finding: Finding, begin: Begin, gate: asyncio.Semaphore) -> None:
        """Begin a workflow again; one that knows too little ends first."""
        async with gate:
            try:
                if finding.kind is Kind.BEHIND:
                    handle = self._client.get_workflow_handle(finding.subject)
                    await handle.terminate("knows less than the registry")
                await begin()
            except REFUSED as error:
                log.warning(
                    "could not be begun", workflow_id=finding.subject, exception_type=type(error).__name__
                )

    async def _beginnings(self) -> list[dict[str, Begin]]:
        """How every workflow that should be there is begun, by its id: read once, in the order of need."""
        async with self._tools.db.connection() as conn:
            said = await reconciling.submissions(conn)
            streets = await reconciling.streets(conn)
            potjes = await reconciling.open_potjes(conn)
            batches = await reconciling.open_batches(conn)
            questions = await reconciling.open_renewals(conn)
        return [
            {row["workflow_id"]: partial(self._deliver, row) for row in said},
            {f"street-{r['municipality']}-{r['slug']}": partial(self._begin.street, r) for r in streets},
            {row["workflow_id"]: partial(self._begin.potje, row) for row in potjes},
            {f"payout-{r['municipality']}-{r['id']}": partial(self._begin.batch, r) for r in batches},
            {row["workflow_id"]: partial(self._begin.question, row) for row in questions},
        ]

    async def _deliver(self, row: asyncpg.Record) -> None:
        await self._deliveries.by_kind[row["kind"]](self._client, row["payload"])

    async def _note(self, finding: Finding) -> None:
        if not finding.municipality or finding.kind is Kind.LOST:
            return
        what = {"what": finding.kind.value, "workflow": finding.subject, "steps": len(finding.done)}
        async with self._tools.db.transaction() as conn:
            await reconciling.note(conn, finding.municipality, reconciling.SUBJECT, what)


def _came_to(booked: Booked) -> Booked:
    """Whatever happened to the potje since."""
    return booked.model_copy(update={"revision": 0})


def _name(does: Callable[[Any], Awaitable[Any]]) -> str:
    """The step that a registered function does."""
    return str(getattr(does, "__temporal_activity_definition").name)
