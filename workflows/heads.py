"""Each day the auditors hear where the chains of the ledger stand: who changes one contradicts a mail."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.engine import PATIENT, at_desk, do, short, show

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.heads import HeadOrder, HeadPublished, HeadsPublished

A_LONG_LOOK = timedelta(minutes=20)
"""A year of some hundred thousand transfers is recomputed from its first."""


@workflow.defn
class PublishHeadsWorkflow:
    """Started by the schedule ``ledger-heads``; an operator may start it again, and nobody is told twice."""

    @workflow.run
    async def run(self) -> HeadsPublished:
        """Every municipality by itself, so that one that fails keeps nobody waiting."""
        now = workflow.now()
        audited = await do(
            steps.LIST_AUDITED, dutch_date(now).isoformat(), "Welke gemeenten hebben een controleur?"
        )
        told = await asyncio.gather(*(_publish(each, now) for each in audited.municipalities))
        show({each.municipality: _linked(each, audited.desk_url) for each in told})
        return HeadsPublished(told=list(told))


async def _publish(municipality: str, now: datetime) -> HeadPublished:
    order = HeadOrder(municipality=municipality, day=dutch_date(now).isoformat(), at=now)
    return await workflow.execute_activity(  # type: ignore[no-any-return]
        steps.PUBLISH_HEAD.name,
        order,
        result_type=HeadPublished,
        start_to_close_timeout=A_LONG_LOOK,
        retry_policy=PATIENT,
        summary=short(f"Kijk de boeken van {municipality} na en mail de controleur"),
    )


def _linked(told: HeadPublished, desk_url: str) -> str:
    """With a link to the municipality's page for who runs it, which tells of its books."""
    page = at_desk(desk_url, f"{told.municipality}/beheer#boeken")
    return f"[{_words(told)}]({page})" if page else _words(told)


def _words(told: HeadPublished) -> str:
    return (
        f"{told.broken} van {told.years} jaren kloppen niet" if told.broken else f"{told.years} jaren kloppen"
    )
