"""What every workflow shares: doing a step, refusing kindly, showing the operator where it stands."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

    from schemas.refusals import SENTENCES, Refusal
    from schemas.steps import Step

Takes = TypeVar("Takes", bound="BaseModel | str")
Gives = TypeVar("Gives", bound="BaseModel | None")

MUNICIPALITY = SearchAttributeKey.for_keyword("Municipality")
WIJK = SearchAttributeKey.for_keyword("Wijk")
PHASE = SearchAttributeKey.for_keyword("Phase")
DUE = SearchAttributeKey.for_datetime("Due")

PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=20))
"""A step waits for its server to come back, however long that takes."""

SOON = timedelta(seconds=30)
"""What a try of a step may take."""

SUMMARY_BYTES = 200
"""Temporal's limit on a summary."""


def short(text: str) -> str:
    """A summary that fits Temporal's limit, cut between letters and not inside one."""
    return text.encode()[:SUMMARY_BYTES].decode(errors="ignore")


async def do(step: Step[Takes, Gives], arg: Takes, summary: str, *, within: timedelta = SOON) -> Gives:
    """Run one step. ``summary`` is the Dutch sentence an operator reads; it names nobody."""
    return await workflow.execute_activity(  # type: ignore[no-any-return]
        step.name,
        arg,
        result_type=step.gives,
        start_to_close_timeout=within,
        retry_policy=PATIENT,
        summary=short(summary),
    )


def timer(span: timedelta, summary: str) -> "asyncio.Task[None]":
    """A moment to wait for beside something else.

    Nobody need cancel it when the workflow ends by what came: it ends with it, without an event of its own.
    """
    return asyncio.create_task(workflow.sleep(max(span, timedelta(0)), summary=short(summary)))


def refuse(refusal: Refusal) -> NoReturn:
    """Say no in Dutch: an update fails with this, the workflow goes on."""
    raise ApplicationError(SENTENCES[refusal], type=refusal.value, non_retryable=True)


def refuse_if(refusal: Refusal | None) -> None:
    """Say no, if there is a reason to."""
    if refusal is not None:
        refuse(refusal)


def attributes(
    municipality: str, phase: str, wijk: str | None = None, *, due: datetime | None = None
) -> TypedSearchAttributes:
    """The search attributes a workflow starts with; what is known then needs no event of its own."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(MUNICIPALITY, municipality),
        SearchAttributePair(PHASE, phase),
    ]
    if wijk is not None:
        pairs.append(SearchAttributePair(WIJK, wijk))
    if due is not None:
        pairs.append(SearchAttributePair(DUE, due))
    return TypedSearchAttributes(pairs)


def show_phase(phase: str) -> None:
    """Put the phase where the operator's lists can filter on it."""
    workflow.upsert_search_attributes([PHASE.value_set(phase)])


def show_due(phase: str, due: datetime) -> None:
    """Put phase and next date where the operator's lists can filter and sort on them."""
    workflow.upsert_search_attributes([PHASE.value_set(phase), DUE.value_set(due)])


def show(rows: dict[str, str], desk: str | None = None) -> None:
    """The Markdown an operator reads at the top of a workflow."""
    lines = [f"**{name}:** {value}" for name, value in rows.items()]
    if desk:
        lines.append(f"[Open op het bureau]({desk})")
    workflow.set_current_details("\n\n".join(lines))


def at_desk(desk_url: str, path: str) -> str | None:
    """The address of a page of the desk; None for a run that began before it was told where the desk is."""
    return f"{desk_url}/{path}" if desk_url else None


def new_run_wanted() -> bool:
    """Whether a new run is better: the history is long, or another build of ours is to go on from here."""
    info = workflow.info()
    return info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()


def next_run(start: BaseModel) -> NoReturn:
    """The next run, on the build that is current by then; what is pinned would stay on its own else."""
    workflow.continue_as_new(
        start, initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
    )


def next_revision(last: int) -> int:
    """A revision that rises within a run and across runs: microseconds of workflow time."""
    return max(last + 1, int(workflow.now().timestamp() * 1_000_000))


def once() -> str:
    """A word for the name of what can happen again.

    Not the time: what is decided again after its worker died is the same, and bears the same word. What
    somebody asked for bears the id of their asking: whatever else is decided then is another thing.
    """
    asked = workflow.current_update_info()
    return asked.id if asked else str(workflow.random().getrandbits(48))
