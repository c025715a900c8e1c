"""Where something written comes from: the workflow that wrote it, the trace it belongs to, what came in.

Both are for operators, in logs and traces; nothing is decided by them.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
PARENT = "traceparent"


@dataclass(frozen=True)
class Taken:
    """A submission that was taken in."""

    submission: UUID
    kind: str
    municipality: str
    receipt: str


@dataclass
class Origin:
    """What runs now: an activity of a workflow, or a request that may take submissions in."""

    workflow_id: str | None = None
    taken: list[Taken] = field(default_factory=list)


CURRENT: ContextVar[Origin | None] = ContextVar("origin", default=None)


def workflow_id() -> str | None:
    """The workflow whose activity runs now."""
    origin = CURRENT.get()
    return origin.workflow_id if origin else None


def traceparent() -> str | None:
    """The trace that runs now, as W3C writes it; None without traces."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(PARENT)


def took(taken: Taken) -> None:
    """Tell whoever answers the request what it brought."""
    if origin := CURRENT.get():
        origin.taken.append(taken)
