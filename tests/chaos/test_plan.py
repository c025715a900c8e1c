"""A seed stands for a plan: the same everywhere, different for another seed, and nothing left out."""

import os
import subprocess
import sys
from hashlib import sha256

import pytest

from tests.chaos.plan import CALM_AT_FIRST, LASTING, SERVICES, STORIES, TARGETS, WIRES, Kind, Plan, plan

TELL = "import sys; from tests.chaos.plan import plan; print(plan(7, 3, 20))"
PAIRS = {(kind, target) for kind, targets in TARGETS.items() for target in targets}


def test_the_same_seed_is_the_same_plan_under_any_hash_seed() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", TELL],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2026")
    }
    assert told == {f"{plan(7, 3, 20)}\n".encode()}


def test_another_seed_is_another_plan() -> None:
    plans = {sha256(str(plan(seed, 3, 20)).encode()).digest() for seed in range(50)}
    assert len(plans) == 50


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_fault_comes_before_any_comes_twice(seed: int) -> None:
    kinds = [fault.kind for fault in plan(seed, 2, 13).faults]
    assert set(kinds[: len(Kind)]) == set(Kind)


@pytest.mark.parametrize("seed", range(5))
def test_a_long_run_does_everything_to_everybody(seed: int) -> None:
    done = {(fault.kind, fault.target) for fault in plan(seed, 5, 13).faults}
    assert done == PAIRS


def test_faults_are_in_time_and_those_that_last_do() -> None:
    faults = plan(3, 10, 13).faults
    moments = [fault.at for fault in faults]
    assert moments == sorted(moments)
    assert CALM_AT_FIRST <= moments[0] <= moments[-1] <= 600
    assert all((fault.seconds > 0) == (fault.kind in LASTING) for fault in faults)
    assert {target for _, target in PAIRS} == {*SERVICES, *WIRES, "all"}


def test_after_a_power_cut_services_come_back_in_every_kind_of_order() -> None:
    orders = {
        fault.word for seed in range(20) for fault in plan(seed, 5, 13).faults if fault.kind is Kind.POWER
    }
    assert all(sorted(order.split()) == sorted(SERVICES) for order in orders)
    assert {order.split()[0] for order in orders} == set(SERVICES)


@pytest.mark.parametrize("streets", [1, 13, 45])
def test_every_story_is_told_before_any_is_told_twice(streets: int) -> None:
    made: Plan = plan(5, 30, streets)
    told = [life.story.name for life in made.lives]
    assert len(made.lives) == streets == len({life.street for life in made.lives})
    assert len(set(told)) == min(streets, len(STORIES))
    begins = [life.begins for life in made.lives]
    assert begins == sorted(begins)
    assert begins[-1] < 30 * 60
