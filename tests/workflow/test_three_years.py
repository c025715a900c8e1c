"""Three years of a street: each year a run of its own, a renewal, a potje, and a small history."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from temporalio.client import WorkflowHistory

from schemas.calendar import start_of
from schemas.programme import Budget
from schemas.renewal import Choice, RenewalOutcome
from tests.workflow.asking import answers, asks
from tests.workflow.test_street_life import settled, until_fact
from tests.workflow.town import BO, Town, second_of

YEARS = 3
EVENTS, BYTES = 70, 20_000
"""The budget of a street's history for each year; Temporal warns at 10,240 events and 10 MB."""

QUESTION_EVENTS, QUESTION_BYTES = 24, 6_000


async def test_three_years_of_a_street(town: Town) -> None:
    years = range(town.year, town.year + YEARS + 1)
    await town.decree(budgets=[Budget(year=year, euros=Decimal(10_000)) for year in years])
    order = await town.accepted(second=BO)
    street, questions = town.street(order), []
    async with asyncio.timeout(60):
        await settled(town, order)
    for passed in range(1, YEARS + 1):
        turn = await town.value("select next_date from registry.street")
        await town.at_rest(street)
        await town.later_until(street, start_of(turn))
        await until_fact(town, "street.year", passed)
        town.year += 1
        assert turn.year == town.year
        asked = await asks(town, order)
        questions.append(asked.id)
        for person in (order.gangmaker, second_of(order)):
            await answers(town, asked.id, person, Choice.GO_ON)
        await town.relay.work()
        async with asyncio.timeout(60):
            assert await asked.result() is RenewalOutcome.GO_ON
        await town.relay.work()
        await until_fact(town, "street.renewed", passed)
        await town.until("select count(*) = $1 from registry.potje", passed + 1)
        await town.until_phase(town.potje(order), "potje_to_approve")
        async with asyncio.timeout(60):
            await settled(town, order)
    found = await town.rows("select year, status, cents from registry.potje order by year")
    assert [tuple(row) for row in found] == [(year, "paid", 150_00) for year in years]
    histories = await town.histories()
    runs = [history for name, history in histories.items() if name.partition("/")[0] == street.id]
    assert len(runs) == YEARS + 1, "one run a year"
    _within(runs, EVENTS, BYTES)
    _within([histories[name] for name in questions], QUESTION_EVENTS, QUESTION_BYTES)


def _within(runs: Sequence[WorkflowHistory], events: int, size: int) -> None:
    for run in runs:
        assert len(run.events) <= events
        assert sum(event.ByteSize() for event in run.events) <= size
