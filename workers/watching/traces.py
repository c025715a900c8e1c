"""Traces from form to mail, where OTEL_EXPORTER_OTLP_ENDPOINT says where to. Without it nothing is done here.

One trace goes the way of a form: the request, the row in the inbox, the relay, the workflow and its
activities, the row in the outbox, the mail. It is carried in those rows and in Temporal's headers, never in
anything that a reader sees.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from store.origin import PARENT

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
UNTOLD = ("/static/", "/gezond")
"""What is asked all the time and says nothing."""
FAILED = 500

_PROPAGATOR = TraceContextTextMapPropagator()
_tracers: list[Tracer] = []


def use(tracer: Tracer) -> None:
    """From now on this process tells: we alone, not every library that could tell something too."""
    _tracers[:] = [tracer]


def tracer() -> Tracer:
    """Ours; one that does nothing where nobody collects."""
    return _tracers[0] if _tracers else NoOpTracer()


def wanted() -> bool:
    """Whether somebody collects traces."""
    return any(os.environ.get(name) for name in ENDPOINTS)


class Ended(Protocol):
    """A request's part of the trace, to be told how it went."""

    def ended(self, method: str, route: str, status: int) -> None:
        """Name and status are known at the end only."""


class _Untraced:
    def ended(self, method: str, route: str, status: int) -> None:
        """Nobody listens."""


class _Traced:
    def __init__(self, span: Span) -> None:
        self._span = span

    def ended(self, method: str, route: str, status: int) -> None:
        """By the template of the address: the address itself may open a door."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attributes(
            {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        )
        if status >= FAILED:
            self._span.set_status(Status(StatusCode.ERROR))


UNTRACED = _Untraced()


def request(site: str, scope: Scope) -> AbstractContextManager[Ended]:
    """A trace begins with a request; one that a reader sends along is not believed."""
    if not wanted() or scope["path"].startswith(UNTOLD):
        return nullcontext(UNTRACED)
    return _request(site)


@contextmanager
def _request(site: str) -> Iterator[Ended]:
    with tracer().start_as_current_span(
        "request",
        context=Context(),
        kind=SpanKind.SERVER,
        attributes={"straat.site": site},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield _Traced(span)


def carried(name: str, traceparent: str | None, **attributes: str) -> AbstractContextManager[object]:
    """What goes on with a trace that a row carried here."""
    if traceparent is None or not wanted():
        return nullcontext()
    return tracer().start_as_current_span(
        name,
        context=_PROPAGATOR.extract({PARENT: traceparent}, context=Context()),
        kind=SpanKind.CONSUMER,
        attributes={f"straat.{key}": value for key, value in attributes.items()},
        record_exception=False,
    )
