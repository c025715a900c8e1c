"""``python -m tests.bench``: the money beside its ceilings; ``python -m tests.bench desk``: the desk's lists.

Exit code 1 when a target is missed.
"""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench import approvals, batch, desk, ledger
from tests.bench.ground import Ground, ground
from tests.bench.table import Line, table


@dataclass(frozen=True)
class Size:
    """How much is done, and how often."""

    singles: int = 300
    many: int = 5000
    rounds: int = 7


async def benches(made: Ground, size: Size) -> list[Line]:
    """All of them, one after the other."""
    return [
        await ledger.singles(made, size.singles, size.rounds),
        await ledger.batched(made, size.many, size.rounds),
        await approvals.approved(made, size.many, size.rounds),
        await batch.written(made, size.many, size.rounds),
    ]


async def run(size: Size) -> list[Line]:
    """On a server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="straat-bench-"))
    folder.chmod(0o755)
    try:
        async with ground(folder) as made:
            return await benches(made, size)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """The table, and whether every target was reached."""
    if sys.argv[1:] == ["desk"]:
        found = asyncio.run(desk.desk())
        sys.stdout.write(desk.desk_table(found) + "\n")
        return 0 if all(each.reached for each in found) else 1
    lines = asyncio.run(run(Size()))
    sys.stdout.write(table(lines) + "\n")
    return 0 if all(line.reached for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
