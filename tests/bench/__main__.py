"""``python -m tests.bench [NAMES] [--streets N] [--rounds N] [--to FOLDER]``: each figure beside its peer.

Without a name: all of them, the long ones at a size that takes minutes. Each writes a table and a chart into
the folder, and the last word is a table of everything. Exit code 1 when a target is missed.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import approvals, batch, desk, ledger
from tests.bench.budget import budget
from tests.bench.charts import chart
from tests.bench.form import form
from tests.bench.ground import Ground, ground
from tests.bench.idle import idle
from tests.bench.lifecycle import PEERS, lifecycle
from tests.bench.replay import replay
from tests.bench.rounds import rounds
from tests.bench.row import Row, markdown
from tests.bench.starting import starting
from tests.bench.table import Line
from tests.bench.units import units

PORTS = 9560
RESULTS = Path(__file__).parents[2] / "bench-results"


@dataclass(frozen=True)
class Size:
    """How much is done, and how often."""

    singles: int = 300
    many: int = 5000
    rounds: int = 7


async def benches(made: Ground, size: Size) -> list[Line]:
    """The money, one after the other."""
    return [
        await ledger.singles(made, size.singles, size.rounds),
        await ledger.batched(made, size.many, size.rounds),
        await approvals.approved(made, size.many, size.rounds),
        await batch.written(made, size.many, size.rounds),
    ]


async def money(many: int, turns: int) -> list[Row]:
    """The ledger and what moves many potjes at once, on a server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="straat-bench-"))
    folder.chmod(0o755)
    try:
        async with ground(folder) as made:
            lines = await benches(made, Size(singles=max(2, many // 17), many=many, rounds=turns))
            return [line.row() for line in lines]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def pages(streets: int, turns: int) -> list[Row]:
    """The lists of the desk."""
    return [each.row() for each in sorted(await desk.desk(streets, turns), key=lambda each: -each.slowest)]


async def years(streets: int, turns: int) -> list[Row]:
    """Whole first years; beside DBOS too, where ``make bench`` has put it."""
    return await lifecycle(streets, turns, with_dbos=PEERS.exists())


async def weighed(_streets: int, _turns: int) -> list[Row]:
    """What a year costs of Temporal."""
    return await budget()


async def starts(_streets: int, turns: int) -> list[Row]:
    """How soon a stack is there."""
    return await starting(PORTS, turns)


@dataclass(frozen=True)
class Bench:
    """What it does, at which size, and how many turns."""

    run: Callable[[int, int], Awaitable[list[Row]]]
    streets: int
    rounds: int
    title: str


BENCHES = {
    "budget": Bench(weighed, 1, 1, "What a street's year costs of Temporal"),
    "lifecycle": Bench(years, 40, 5, "Whole first years"),
    "units": Bench(units, 50, 3, "What one first year costs"),
    "form": Bench(form, 200, 2, "A form that is sent"),
    "round": Bench(rounds, 500, 3, "The renewal round"),
    "idle": Bench(idle, 2000, 20, "Streets that wait"),
    "replay": Bench(replay, 60, 7, "Replay"),
    "start": Bench(starts, 1, 5, "The local stack"),
    "money": Bench(money, 5000, 7, "The ledger, and many potjes at once"),
    "desk": Bench(pages, 10_000, 40, "The desk at 10,000 streets"),
}


def main(arguments: list[str] | None = None) -> int:
    """The tables, and whether every target was reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHES)}")
    parser.add_argument("--streets", type=int, help="how many streets, forms, potjes or times")
    parser.add_argument("--rounds", type=int, help="how many turns each has")
    parser.add_argument("--to", type=Path, default=RESULTS, help="where tables and charts are written")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in BENCHES]:
        parser.error(f"no bench is called {', '.join(unknown)}: choose from {', '.join(BENCHES)}")
    given.to.mkdir(parents=True, exist_ok=True)
    found: list[Row] = []
    for name in given.names or BENCHES:
        found += _one(name, given.streets, given.rounds, given.to)
    (given.to / "all.md").write_text(markdown(found) + "\n", "utf-8")
    return 0 if all(row.reached for row in found) else 1


async def _unless_told(work: Awaitable[list[Row]]) -> list[Row]:
    """The work; told to stop, it stops its servers first."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _one(name: str, streets: int | None, turns: int | None, folder: Path) -> list[Row]:
    """One bench, written down as soon as it is known."""
    bench = BENCHES[name]
    rows = asyncio.run(_unless_told(bench.run(streets or bench.streets, turns or bench.rounds)))
    text = f"## {bench.title}\n\n{markdown(rows)}\n"
    (folder / f"{name}.md").write_text(text, "utf-8")
    (folder / f"{name}.svg").write_text(chart(bench.title, rows), "utf-8")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return rows


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Temporal's core sometimes crashes while Python takes itself apart
