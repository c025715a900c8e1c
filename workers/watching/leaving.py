"""The bound on leaving: whoever is told to stop has stopped by then, whatever hangs."""

import os
import threading

import structlog

from deploy.stopping import BOUND

log = structlog.get_logger("leaving")


def bound(drain: float = 0) -> None:
    """From now on the clock runs, in a thread of its own: a loop that is stuck cannot hold it up."""
    clock = threading.Timer(drain + BOUND, _enough)
    clock.daemon = True
    clock.start()


def _enough() -> None:
    log.error("did not end in time", seconds=BOUND)
    os._exit(1)
