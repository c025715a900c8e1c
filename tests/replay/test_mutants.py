"""That strict replay sees what it is for: workflows with something changed, in copies of our code."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.replay.mutants import ROOT, Change, built
from tests.workflow.rehearsing import CHANGED

CANCELS = 'did = await do(steps.CANCEL_BATCH, self._step(act.by), "Geannuleerd: geef de potjes weer vrij")\n'
RELEASES = 'await do(steps.RELEASE_BATCH, self._step(act.by), "Eerst iets anders")\n'
AT = " " * 12
ANOTHER_STEP = Change("workflows/payout.py", AT + CANCELS, AT + RELEASES + AT + CANCELS)
PATCHED = Change(
    "workflows/payout.py",
    AT + CANCELS,
    f'{AT}if workflow.patched("release before it is cancelled"):\n    {AT}{RELEASES}{AT}{CANCELS}',
)
ANOTHER_ARGUMENT = Change(
    "workflows/payout.py",
    "municipality=order.municipality, by=by,",
    'municipality=f"{order.municipality}-west", by=by,',
)
EACH = "for person in people]"
A_SET = Change(
    "workflows/street_base.py",
    f"values=values) {EACH}",
    "values=values) for person in map(VaultRef, set(map(str, people)))]",
)


async def replayed(folder: Path, *patterns: str, seed: str = "0") -> tuple[list[str], str]:
    """What strict replay finds with the code of a folder, and what it tells a developer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.replay.strict", *patterns),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONHASHSEED": seed},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    words, _, found = told.decode().rstrip().rpartition("\n")
    return list(json.loads(found)), words


async def test_another_step_is_told_with_what_to_do(tmp_path: Path) -> None:
    found, words = await replayed(built(tmp_path, ANOTHER_STEP), "payout-cancelled*")
    assert [each for each in found if "release_batch" in each and each.startswith("payout-cancelled.json")]
    for way in ("workflow.patched", "new\n  build", "tests.replay.record", "docs/changing-workflows.md"):
        assert way in words


async def test_the_way_that_it_teaches_is_right(tmp_path: Path) -> None:
    assert await replayed(built(tmp_path, PATCHED), "payout-*") == ([], "")


async def test_another_argument_is_told_with_both(tmp_path: Path) -> None:
    found, _ = await replayed(built(tmp_path, ANOTHER_ARGUMENT), "payout-cancelled")
    assert 'step cancel_batch: argument.0.municipality was "rotterdam", is "rotterdam-west"' in found[-1]


async def test_a_set_is_told_by_one_hash_seed_or_another(tmp_path: Path) -> None:
    folder = built(tmp_path, A_SET)
    seeds = ("0", "1", "4711")
    found = await asyncio.gather(
        *(replayed(folder, "street-c*", "street-by-hand*", seed=seed) for seed in seeds)
    )
    told = [wrong for wrong, _ in found]
    assert any(".letters." in each for wrong in told for each in wrong)
    assert len({json.dumps(wrong) for wrong in told}) > 1, "another seed, another order"


async def test_the_build_of_the_rehearsal_could_not_go_on_with_a_run_of_before(tmp_path: Path) -> None:
    """Which is why a street stays on the build that it began on."""
    found, _ = await replayed(built(tmp_path, *CHANGED), "street-paused-and-resumed")
    assert found


@pytest.mark.parametrize("change", [ANOTHER_STEP, PATCHED, ANOTHER_ARGUMENT, A_SET, *CHANGED], ids=range(6))
def test_what_is_changed_stands_there_once(change: Change) -> None:
    assert (ROOT / change.path).read_text("utf-8").count(change.old) == 1, change
