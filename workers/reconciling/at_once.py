"""Steps that were done where the workflow is: what Temporal keeps of them is a marker in the history."""

import json
from dataclasses import dataclass
from typing import Self

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

MARKER = "core_local_activity"


@dataclass(frozen=True)
class AtOnce:
    """The name of a step, and the payload that holds what it was asked and what it gave."""

    name: str
    kept: Payload

    @classmethod
    def of(cls, event: HistoryEvent) -> Self | None:
        """What an event tells of such a step; None for any other, and for one that did not get there."""
        marker = event.marker_recorded_event_attributes
        if event.event_type != EventType.EVENT_TYPE_MARKER_RECORDED or marker.marker_name != MARKER:
            return None
        if "result" not in marker.details:
            return None
        told = json.loads(marker.details["data"].payloads[0].data)
        return cls(told["activity_type"], marker.details["result"].payloads[0])

    @property
    def asked(self) -> Payload:
        """What it was asked, as the step would have been sent it over the queue."""
        asked = json.dumps(json.loads(self.kept.data)["asked"]).encode()
        return Payload(metadata=self.kept.metadata, data=asked)
