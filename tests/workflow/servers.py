"""Temporal's dev server, with clients that skip a workflow's time only when told to."""

from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from deploy.local.temporal import Temporal

EAGER_TIMERS = 'history.timerProcessorMaxTimeShift="10ms"'
"""Every skip ends with a timer, which the server would otherwise look at a second late."""


class SkippingTemporal(Temporal):
    """The dev server of the local stack, with time skipping and without its second of patience."""

    def __init__(self, home: Path, port: int) -> None:
        super().__init__(home, port, time_skipping=True)
        self._dynamic = (*self._dynamic, EAGER_TIMERS)


async def skipper_of(server: Temporal, *, identity: str | None = None) -> TimeSkipper:
    """Off until a test fast-forwards: by default every workflow would rush to its own end."""
    client = await Client.connect(server.address, data_converter=pydantic_data_converter, identity=identity)
    return TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
