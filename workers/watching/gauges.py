"""Our own measures: what stands in the database, how this process is, and which build it is.

Every worker and every web process tells the whole of the database, so that one that still runs is enough.
They say the same, so one takes the largest of them and never adds them up.
"""

import asyncio
import platform
import time
from collections.abc import Iterator
from importlib.metadata import version

import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from store import watching
from store.database import LOST, Database
from store.watching import Measured
from workers.watching.health import Health
from workers.watching.pulse import Pulse

log = structlog.get_logger("gauges")

KEEP = 5.0
"""Seconds that a look at the database counts, however many ask."""

TOWNS = {
    "inbox_waiting": "Submissions that have not reached their workflow.",
    "inbox_oldest_seconds": "How long the oldest of them has waited.",
    "inbox_refused": "Submissions that will never reach one until somebody acts.",
    "mail_waiting": "Mails that have not left.",
    "mail_oldest_seconds": "How long the oldest of them has waited.",
    "mail_failed": "Mails that the mail server refused for good.",
    "concerns_open": "Concerns that are not closed.",
    "concerns_overdue": "Concerns that nobody picked up in time.",
    "concerns_overdue_seconds": "How late the latest of them is.",
    "potjes_waiting": "Potjes that wait for approval, payment or a confirmation.",
    "potjes_overdue": "Those that have waited two weeks or more at one step.",
    "payments_waiting": "Payments in a file of which no bank statement has told yet.",
    "deliveries_waiting": "Events on their way to a webhook.",
    "deliveries_oldest_seconds": "How long the oldest of them has been on its way.",
    "deliveries_dead": "Events that a webhook was given up on.",
    "chain_verified_timestamp_seconds": "When the books were last recomputed.",
    "chain_sound": "Whether they were sound then.",
}
"""Each gauge by municipality: its name in ``watching.sql`` and here, and what it says."""


class Gauges(Collector):
    """What Prometheus is given. ``look`` comes first, since collecting cannot wait for a database."""

    def __init__(self, process: str, db: Database, health: Health, pulse: Pulse) -> None:
        self._process = process
        self._db = db
        self._health = health
        self._pulse = pulse
        self._measured: Measured | None = None
        self._looked = 0.0
        self._lock = asyncio.Lock()

    async def look(self) -> None:
        """Look at the database, unless somebody just did. While it is away nothing of it is told."""
        await self._health.ready()
        async with self._lock:
            if time.monotonic() - self._looked < KEEP:
                return
            try:
                async with self._db.transaction() as conn:
                    self._measured = await watching.measure(conn)
            except Exception as error:
                self._measured = None
                if not isinstance(error, LOST):
                    log.exception("the database cannot be measured")
            self._looked = time.monotonic()

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: what there is depends on what is there."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All of it."""
        yield self._build()
        yield from self._ways()
        if self._measured:
            yield from _of(self._measured)

    def _build(self) -> Metric:
        told = {
            "process": self._process,
            "version": version("lief-en-leedstraten"),
            "temporalio": version("temporalio"),
            "python": platform.python_version(),
            "migration": watching.newest(),
        }
        return InfoMetricFamily("straat_build", "What runs here.", value=told)

    def _ways(self) -> Iterator[Metric]:
        part = GaugeMetricFamily(
            "straat_part_up", "What the process needs: 1 where it is there.", labels=["part"]
        )
        for name, well in self._health.parts.items():
            part.add_metric([name], float(well))
        yield part
        beat = GaugeMetricFamily(
            "straat_loop_beat_timestamp_seconds", "When a loop last went round.", labels=["loop"]
        )
        for name, at in self._pulse.beats.items():
            beat.add_metric([name], at)
        yield beat
        stuck = GaugeMetricFamily("straat_loops_stuck", "Loops that only a new start can help.")
        stuck.add_metric([], len(self._health.stuck()))
        yield stuck


def _of(measured: Measured) -> Iterator[Metric]:
    for name, told in TOWNS.items():
        gauge = GaugeMetricFamily(f"straat_{name}", told, labels=["municipality"])
        for town, values in measured.towns.items():
            if (value := values[name]) is not None:
                gauge.add_metric([town], value)
        yield gauge
    links = CounterMetricFamily(
        "straat_ledger_links", "Transfers and marks in the chains of the ledger.", labels=["municipality"]
    )
    for town, values in measured.towns.items():
        links.add_metric([town], values["ledger_links"] or 0)
    yield links
    for name, told, rows in (
        ("straat_streets", "Streets by the phase they are in.", measured.streets),
        ("straat_potjes", "Potjes by where they stand.", measured.potjes),
    ):
        label = "phase" if name == "straat_streets" else "status"
        gauge = GaugeMetricFamily(name, told, labels=["municipality", label])
        for town, part, number in rows:
            gauge.add_metric([town, part], number)
        yield gauge
    if measured.backup is not None:
        backup = GaugeMetricFamily(
            "straat_backup_timestamp_seconds", "When the latest whole backup was made."
        )
        backup.add_metric([], measured.backup)
        yield backup
