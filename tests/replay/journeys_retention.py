"""The nightly round of what was kept long enough."""

from datetime import timedelta

from schemas.retention import RETENTION
from schemas.steps import QUEUE
from tests.replay.journeys import keeps
from tests.replay.journeys_year import JOURNEYS
from tests.workflow.town import Town
from workflows.retention import RetentionWorkflow

__all__ = ["JOURNEYS"]

TOO_LONG = timedelta(days=800)


@keeps("retention")
async def some_goes(town: Town) -> None:
    """What a sign-up of long ago left behind."""
    order = await town.sign_up()
    await town.confirm(order, yes=False)
    await town.signup(order).result()
    await town.db_execute(f"update post.submission set relayed_at = now() - interval '{TOO_LONG.days} days'")
    await town.db_execute(f"update post.link set answered_at = now() - interval '{TOO_LONG.days} days'")
    town.started.append(f"{RETENTION}-{town.suffix}")
    await town.client.execute_workflow(
        RetentionWorkflow.run, id=town.started[-1], task_queue=f"{QUEUE}-{town.suffix}"
    )
