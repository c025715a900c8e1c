"""The journeys of concerns: who picks up, hands on, stays silent, closes, and who still worries."""

from datetime import timedelta

from schemas.concern import ActKind
from schemas.facts import LinkPurpose
from tests.replay.journeys import keeps
from tests.replay.journeys_streets import JOURNEYS
from tests.workflow.concerns import REPORTER, does, reporter_of, row, tells, until_asked, until_status
from tests.workflow.town import Town

__all__ = ["JOURNEYS"]

HOLDERS = ["", "wijkteam", "wijkteam", "welzijn", "welzijn", "coordinator", "coordinator", "lead"]
"""Who is asked the n-th time."""


@keeps("escalation")
async def reopened_and_forgotten(town: Town) -> None:
    """Picked up, followed up, handed on, not for them, closed; still worried; closed for good."""
    case = await tells(town, **REPORTER)
    await does(town, case, ActKind.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
    await town.later(case, days=14, minutes=1)
    await does(town, case, ActKind.HAND_ON, "wijkteam", to="ggd")
    await until_asked(town, case, "ggd", 2)
    await does(town, case, ActKind.NOT_OURS, "ggd")
    await until_asked(town, case, "welzijn", 3)
    await does(town, case, ActKind.CLOSE, "welzijn")
    await until_status(town, case, "closed")
    await town.answers(case.id, await reporter_of(town, case), LinkPurpose.REOPEN_CONCERN)
    await town.relay.work()
    await until_asked(town, case, "welzijn", 4)
    await does(town, case, ActKind.CLOSE, "welzijn")
    await until_status(town, case, "closed")
    await town.later(case, days=28, minutes=1)
    await case.result()


@keeps("escalation")
async def silence_up_to_the_lead(town: Town) -> None:
    """Nobody answers; the office closes it in the end."""
    case = await tells(town)
    for number in range(2, 8):
        due = (await row(town, case))["due_at"]
        await town.later_until(case, due + timedelta(minutes=1))
        await until_asked(town, case, HOLDERS[number], number)
    await does(town, case, ActKind.CLOSE, "lead")
    await until_status(town, case, "closed")
