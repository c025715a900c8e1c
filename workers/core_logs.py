"""What the core of Temporal's SDK logs, as lines of ours: by itself it writes plain text past every rule."""

import logging

from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter


def core_logging() -> LoggingConfig:
    """Its warnings, without their fields: those hold whatever a server said."""
    return LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(
            logging.getLogger("temporalio"),
            append_target_to_name=False,
            prepend_target_on_message=False,
            append_log_fields_to_message=False,
        ),
    )


def forward() -> None:
    """Before anything connects; a runtime that somebody made before is left as it is."""
    try:
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=core_logging())))
    except RuntimeError:
        return
