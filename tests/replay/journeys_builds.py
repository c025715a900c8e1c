"""The journeys of streets that go on with another build, and of what is ready, answered or ended late."""

from schemas.intake import Outcome
from schemas.payment import payout_id
from schemas.renewal import Choice, RenewalOutcome
from schemas.street import StreetAct
from tests.replay import journeys_borrowed
from tests.replay.journeys import Journey
from tests.store.payout_rows import order
from tests.workflow.asking import answers, asks
from tests.workflow.batches import begin, handle
from tests.workflow.builds import moves, promoted, working
from tests.workflow.payee_street import street_of
from tests.workflow.test_street_life import decides, leaves, until_fact
from tests.workflow.town import ANS, BO, COORDINATOR, Town, staff
from workflows.street import StreetWorkflow


async def nothing_ready(town: Town) -> None:
    """No potje waits for the bank."""
    asked = order()
    town.started.append(payout_id(asked.municipality, asked.batch))
    await begin(town, asked)
    await handle(town, asked).result()


async def answered_after_the_reminder(town: Town) -> None:
    """The second mail finds them at home."""
    street, ans, bo = await street_of(town, ANS, BO)
    await street.ending(await street.gives(1, ans))
    given, change = await street.changes(2, bo)
    await town.later(change, days=8)
    await street.says(given, ans, yes=True)
    await town.until_phase(change, "payee_confirmed")
    await town.later(change, days=1, minutes=1)
    await street.ending(given)


async def answered_before_the_call(town: Town) -> None:
    """After the last reminder, before a coordinator has to call."""
    accepted = await town.accepted()
    asked = await asks(town, accepted)
    await town.later(asked, days=20)
    await answers(town, asked.id, accepted.gangmaker, Choice.GO_ON)
    await town.relay.work()
    await asked.result()


async def asleep_and_ended(town: Town) -> None:
    """What sleeps has no potje any more that could be taken back."""
    accepted = await town.accepted()
    await decides(town, accepted, RenewalOutcome.SILENT)
    await town.until_phase(town.street(accepted), "sleeping")
    await until_fact(town, "potje.withdrawn")
    await town.at_rest(town.street(accepted))
    act = StreetAct(by=staff(accepted, COORDINATOR))
    await town.street(accepted).execute_update(StreetWorkflow.end, act)


async def on_another_build(town: Town) -> None:
    """Streets of every phase go on as new: once as who began the intake, once more as who follows it."""
    async with working(town, "1"), working(town, "2"):
        await promoted(town, "1")
        held = await town.begins(street="anjerhof")
        paused = await town.accepted(street="berkenlaan", second=BO)
        await leaves(town, paused, paused.gangmaker)
        asleep = await town.accepted(street="elzenhof")
        await decides(town, asleep, RenewalOutcome.SILENT)
        nobody = await town.begins(street="fresiapad")
        await town.plan(nobody)
        await town.record(nobody, Outcome.DECLINED)
        await town.until_phase(town.street(nobody), "ended")
        await town.later(town.street(nobody), days=29)
        await until_fact(town, "street.forgotten")
        for build in ("2", "1"):
            await promoted(town, build)
            for order in (held, paused, asleep, nobody):
                await moves(town, order, build)
        await town.plan(held)
        await town.record(held)
        await town.until_phase(town.potje(held), "potje_to_approve")
        await town.at_rest(town.street(held))


JOURNEYS = [
    *journeys_borrowed.JOURNEYS,
    Journey("nothing-ready", ("payout",), nothing_ready),
    Journey("answered-after-the-reminder", ("payee",), answered_after_the_reminder),
    Journey("answered-before-the-call", ("renewal",), answered_before_the_call),
    Journey("asleep-and-ended", ("street",), asleep_and_ended),
    Journey("on-another-build", ("street", "intake"), on_another_build),
]
