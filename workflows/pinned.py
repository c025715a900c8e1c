"""The street as a versioned worker runs it: each run stays on the build that it began on."""

from temporalio import workflow
from temporalio.common import VersioningBehavior

from workflows.street import StreetWorkflow

with workflow.unsafe.imports_passed_through():
    from schemas.street import StreetStart


@workflow.defn(name="StreetWorkflow", versioning_behavior=VersioningBehavior.PINNED)
class PinnedStreetWorkflow(StreetWorkflow):
    """The same workflow to everybody; an unversioned worker may not say *pinned*, so it stands apart."""

    @workflow.init
    def __init__(self, start: StreetStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: StreetStart) -> None:
        """As the street does."""
        await super().run(start)
