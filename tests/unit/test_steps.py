"""The contract between workflows and activities: every step is done by one activity, with the same types."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion

import workflows
from activities.context import Tools
from activities.facts import Facts
from activities.register import activities
from activities.streets import Streets
from schemas import steps
from schemas.steps import Step
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.vault import Vault
from workers.versioning import workflows_of
from workers.worker import WORKFLOWS


@pytest.fixture
def tools() -> Tools:
    """Nothing is connected until it is used."""
    keyring = Keyring({1: bytes(KEY_BYTES)})
    return Tools(
        Database(""), keyring, Vault(keyring), "http://public.test", "http://desk.test", "a@b.example"
    )


async def _nowhere() -> Client:
    raise AssertionError("registering needs no server")


@pytest.fixture
def registered(tools: Tools) -> list[Any]:
    """What a worker registers, as Temporal sees it."""
    return [activity._Definition.must_from_callable(each) for each in activities(tools, _nowhere)]


def _named() -> dict[str, Step[Any, Any]]:
    return {name: value for name, value in vars(steps).items() if isinstance(value, Step)}


def test_every_step_has_exactly_one_activity(registered: list[Any]) -> None:
    assert sorted(each.name for each in registered) == sorted(step.name for step in _named().values())


def test_the_list_of_steps_is_complete() -> None:
    assert sorted(step.name for step in steps.STEPS) == sorted(step.name for step in _named().values())


def test_a_step_is_called_as_its_constant() -> None:
    assert {constant.lower(): step.name for constant, step in _named().items()} == {
        step.name: step.name for step in steps.STEPS
    }


def test_types_agree_with_what_a_worker_registers(registered: list[Any]) -> None:
    by_name = {each.name: each for each in registered}
    for step in steps.STEPS:
        found = by_name[step.name]
        assert (found.arg_types, found.ret_type) == ([step.takes], step.gives), step.name


@pytest.mark.parametrize(
    ("does", "done_by"),
    [
        (Facts.record, steps.FACT_STEPS),
        (Facts.book, steps.BOOKING_STEPS),
        (Facts.lapse, (steps.LAPSE_SIGNUP,)),
        (Streets.read_terms, (steps.READ_TERMS,)),
        (Streets.join_street, (steps.JOIN_STREET,)),
    ],
)
def test_types_agree_with_the_functions_that_do_it(does: Any, done_by: tuple[Step[Any, Any], ...]) -> None:
    _, taken = inspect.signature(does).parameters.values()
    gives = inspect.signature(does).return_annotation or type(None)
    for step in done_by:
        assert (taken.annotation, gives) == (step.takes, step.gives), step.name


def test_every_step_is_taken_by_a_workflow() -> None:
    code = "".join(path.read_text("utf-8") for path in Path(workflows.__path__[0]).glob("*.py"))
    assert {*re.findall(r"steps\.([A-Z_]+)", code)} == set(_named())


def test_every_workflow_is_registered() -> None:
    found = set()
    for module in pkgutil.iter_modules(workflows.__path__):
        members = vars(importlib.import_module(f"workflows.{module.name}")).values()
        found |= {each for each in members if inspect.isclass(each) and workflow._Definition.from_class(each)}
    versioned = workflows_of(WORKFLOWS, WorkerDeploymentVersion("straat", "1"))
    assert found == {*WORKFLOWS, *versioned}
