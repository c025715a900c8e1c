"""What Temporal's SDK measures of itself. Its own small server tells our door, which tells others."""

import socket

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from workers.core_logs import core_logging

TRIES = 5
"""Another process may take a port between our finding and our using it."""


def measured() -> str:
    """Make this process's runtime one that measures, before anything connects; host and port that tell it."""
    for left in reversed(range(TRIES)):
        place = f"127.0.0.1:{_free_port()}"
        config = PrometheusConfig(
            bind_address=place, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
        )
        try:
            telemetry = TelemetryConfig(logging=core_logging(), metrics=config, attach_service_name=False)
            runtime = Runtime(telemetry=telemetry)
        except ValueError:
            if not left:
                raise
            continue
        Runtime.set_default(runtime)
        return place
    raise AssertionError


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
