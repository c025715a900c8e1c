"""A workflow with a mistake, alone in its module: the sandbox imports what stands beside a workflow again."""

from datetime import timedelta

from temporalio import workflow


@workflow.defn
class CarelessWorkflow:
    """Ends while an update is under way: who asked for it would never get an answer."""

    def __init__(self) -> None:
        self._asked = False

    @workflow.run
    async def run(self) -> None:
        """Until somebody asks."""
        await workflow.wait_condition(lambda: self._asked)

    @workflow.update
    async def ask(self) -> None:
        """Takes an hour."""
        self._asked = True
        await workflow.sleep(timedelta(hours=1))
