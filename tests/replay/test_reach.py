"""Whatever a workflow can do is in a recorded history, or said to be in none, and why."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

from tests.replay.mutants import ROOT
from tests.replay.reach import Seen, unreached

LIST = Path(__file__).with_name("unreached.txt")
ADD = """
No recorded history reaches this, so a change of it would break streets unseen. Add a journey that does
(docs/changing-workflows.md), or, where none can, a line with its reason in tests/replay/unreached.txt.
"""
REMOVE = (
    "\nA history reaches this now, or it is not there any more: take it out of tests/replay/unreached.txt.\n"
)


def listed() -> Counter[str]:
    lines = LIST.read_text("utf-8").splitlines()
    return Counter(line for line in lines if line and not line.startswith("#"))


async def test_what_no_history_reaches_is_known() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.replay.reach"), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    found = Counter(json.loads(told.splitlines()[-1]))
    assert not found - listed(), "\n".join([*(found - listed()), ADD])
    assert not listed() - found, "\n".join([*(listed() - found), REMOVE])


def test_each_line_of_the_list_has_a_reason() -> None:
    groups = LIST.read_text("utf-8").strip().split("\n\n")
    assert len(groups) > 1
    assert all(group.startswith("# ") and "\n" in group for group in groups)


def test_nothing_would_be_hidden() -> None:
    """Where no history is replayed, every workflow says so."""
    found = Counter(each.partition(".")[0] for each in unreached(Seen()))
    assert {"street", "street_intake", "intake", "potje", "signup", "escalation", "heads"} <= found.keys()
    assert found.total() > 5 * listed().total()
