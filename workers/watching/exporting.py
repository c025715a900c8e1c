"""Where traces go: to the collector that the environment names, with nothing in them but what is allowed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from workers.watching import traces

ALLOWED = frozenset(
    (
        *("http.request.method", "http.route", "http.response.status_code"),
        *("temporalWorkflowID", "temporalRunID", "temporalActivityID"),
        *("straat.site", "straat.kind", "straat.submission", "straat.mail", "straat.municipality"),
    )
)
"""Attributes that a span may have."""
TYPE = "exception.type"
"""All that is told of an error: its text may hold anything."""
LAST_SECONDS = 3.0


class Discreet(SpanExporter):
    """Passes spans on with what is allowed of them."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """To whom it is for."""
        return self._inner.export([discreet(span) for span in spans])

    def shutdown(self) -> None:
        """No more."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """What is left."""
        return self._inner.force_flush(timeout_millis)


def discreet(span: ReadableSpan) -> ReadableSpan:
    """The same span, of errors the type only."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={key: value for key, value in (span.attributes or {}).items() if key in ALLOWED},
        events=[_only_type(event) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _only_type(event: Event) -> Event:
    told = {key: value for key, value in (event.attributes or {}).items() if key == TYPE}
    return Event("exception" if told else "event", told, event.timestamp)


def start(process: str) -> TracerProvider:
    """From now on this process tells."""
    ours = {"service.name": f"straat-{process}", "service.version": version("lief-en-leedstraten")}
    provider = TracerProvider(resource=Resource.create(ours))
    provider.add_span_processor(BatchSpanProcessor(Discreet(OTLPSpanExporter())))
    traces.use(provider.get_tracer("straat"))
    return provider


async def end(provider: TracerProvider) -> None:
    """Tell what is left, for a moment: a collector that is away holds nobody up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            await asyncio.to_thread(provider.shutdown)
