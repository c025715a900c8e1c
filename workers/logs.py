"""Structured logs: one JSON object a line, with an allow-list of keys, so that nothing personal slips in."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    (
        *("event", "level", "timestamp", "logger", "exception_type", "process"),
        *("workflow_id", "workflow_type", "run_id", "activity_type", "task_queue", "attempt"),
        *("fact", "kind", "state", "code", "status", "count", "seconds", "version"),
        *("municipality", "submission", "mail", "method", "path", "port"),
    )
)
"""Keys a log line may have."""


def only_allowed(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key nobody allowed; of an exception only its type is told."""
    if error := event.get("exc_info"):
        kind = error[0] if isinstance(error, tuple) else sys.exc_info()[0]
        event["exception_type"] = getattr(kind, "__name__", "unknown")
    return {key: value for key, value in event.items() if key in ALLOWED}


def set_up(process: str) -> None:
    """Send the standard library's logging, and so everybody's, through structlog."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                only_allowed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("uvicorn.access", "asyncio", "aiosmtplib", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.get_logger(process).info("starts")
