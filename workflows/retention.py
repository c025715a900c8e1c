"""Each night what was kept longer than its term goes, in every municipality; the report says how much."""

from datetime import timedelta

from temporalio import workflow

from workflows.engine import at_desk, do, show

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.retention import Removal, Removed, RemovedToday

A_LONG_NIGHT = timedelta(hours=2)
"""The first round of a municipality that has kept everything for years."""


@workflow.defn
class RetentionWorkflow:
    """Started by the schedule ``retention``; an operator may start it again, and nothing goes twice."""

    @workflow.run
    async def run(self) -> RemovedToday:
        """One municipality after the other: nobody is in a hurry at night."""
        day = dutch_date(workflow.now()).isoformat()
        found = await do(steps.LIST_MUNICIPALITIES, day, "Welke gemeenten zijn er?")
        gone: list[Removed] = []
        for municipality in found.municipalities:
            order = Removal(municipality=municipality, day=day, run=workflow.info().run_id)
            gone.append(await _remove(order))
            show({each.municipality: _linked(each, found.desk_url) for each in gone})
        return RemovedToday(removed=gone)


async def _remove(order: Removal) -> Removed:
    summary = f"Wis in {order.municipality} wat langer dan zijn termijn is bewaard"
    return await do(steps.REMOVE_OLD, order, summary, within=A_LONG_NIGHT)


def _linked(gone: Removed, desk_url: str) -> str:
    """With a link to the report on the desk."""
    words = f"{gone.total} gewist"
    page = at_desk(desk_url, f"{gone.municipality}/bewaren")
    return f"[{words}]({page})" if page else words
