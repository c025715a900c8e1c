"""Structured logs: one JSON object a line, with an allow-list of keys, so that nothing personal slips in."""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from opentelemetry import trace

ALLOWED = frozenset(
    (
        *("event", "level", "timestamp", "logger", "exception_type", "place", "process"),
        *("workflow_id", "workflow_type", "run_id", "activity_type", "task_queue", "attempt"),
        *("fact", "kind", "state", "code", "status", "count", "seconds", "version"),
        *("municipality", "submission", "receipt", "mail", "method", "path", "port", "trace"),
    )
)
"""Keys a log line may have."""

MAIL_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")


def only_allowed(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key nobody allowed, mask addresses, and tell only type and place of an exception."""
    error = event.get("exc_info")
    if error and not isinstance(error, BaseException):
        error = error[1] if isinstance(error, tuple) else sys.exc_info()[1]
    if error:
        event["exception_type"] = type(error).__name__
        event["place"] = _place(error)
    return {key: _masked(value) for key, value in event.items() if key in ALLOWED}


def with_trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say which trace a line belongs to, where there is one."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event.setdefault("trace", f"{context.trace_id:032x}")
    return event


def _place(error: BaseException) -> str | None:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None


def _masked(value: object) -> object:
    return MAIL_ADDRESS.sub("***", value) if isinstance(value, str) and "@" in value else value


class Quiet(structlog.stdlib.ProcessorFormatter):
    """Of what others log, the first line as it stands in their code: arguments may hold anything."""

    def format(self, record: logging.LogRecord) -> str:
        """Leave our own events alone; they are a dictionary, and went through the chain."""
        if isinstance(record.msg, dict):
            return super().format(record)
        plain = logging.makeLogRecord(record.__dict__)
        words = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        plain.msg = words.strip().partition("\n")[0]
        return super().format(plain)


def set_up(process: str, level: str = "INFO") -> None:
    """Send the standard library's logging, and so everybody's, through structlog, from this level on."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        with_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        Quiet(
            foreign_pre_chain=shared,
            use_get_message=False,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                only_allowed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "asyncio", "aiosmtplib", "httpx"):
        logging.getLogger(noisy).setLevel(logging.DEBUG if level == "DEBUG" else logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.get_logger(process).info("starts")
