"""Builds: who is alive, what stands still, what an operator is told; and a server that is away."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.deployment.v1 import WorkerDeploymentOptions
from temporalio.api.taskqueue.v1 import PollerInfo
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.workflow import _Definition

from tests.conftest import free_port
from tests.workers.inside import Inside
from workers.builds import ALIVE, Build, Found, Role, Routing, alive
from workers.commands.deploy import hints, standing_still
from workers.versioning import config_of, workflows_of
from workers.worker import WORKFLOWS

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def _poller(build: str, identity: str, ago: timedelta) -> PollerInfo:
    stamp = Timestamp()
    stamp.FromDatetime(NOW - ago)
    return PollerInfo(
        identity=identity,
        last_access_time=stamp,
        deployment_options=WorkerDeploymentOptions(build_id=build),
    )


def test_who_asked_for_work_not_long_ago_is_alive() -> None:
    lately, long_ago = ALIVE - timedelta(seconds=1), ALIVE + timedelta(seconds=1)
    pollers = [
        _poller("1", "a", lately),
        _poller("1", "a", lately),
        _poller("1", "b", lately),
        _poller("2", "c", long_ago),
        _poller("", "d", lately),
    ]
    assert alive(pollers, NOW) == {"1": 2, "": 1}


def _found(
    current: str | None, *builds: Build, ramping: str | None = None, nobody: Build | None = None
) -> Found:
    routing = Routing(
        {each.name: each.role for each in builds}, current, ramping, 20, b"", touched=current is not None
    )
    return Found(routing, list(builds), nobody or Build("", Role.DRAINING, 0, 0))


def test_nothing_stands_still_while_each_build_with_streets_has_workers() -> None:
    found = _found("2", Build("1", Role.DRAINING, 1, 3), Build("2", Role.CURRENT, 1, 4))
    assert standing_still(found) == []
    assert hints(found) == ["3 street(s) are elsewhere: straat deploy poke"]


def test_what_stands_still_is_told_with_what_to_do() -> None:
    assert standing_still(_found(None, Build("1", Role.NEW, 1, 0))) == [
        "No build is current: nothing begins. straat deploy promote BUILD"
    ]
    found = _found("2", Build("1", Role.DRAINING, 0, 3), Build("2", Role.CURRENT, 0, 0))
    assert standing_still(found) == [
        "3 street(s) stand still: start a worker of 1, then poke.",
        "No worker of the current build 2: nothing moves until one works.",
    ]


def test_a_drained_build_may_go_and_a_ramping_one_is_not_elsewhere() -> None:
    found = _found(
        "2",
        Build("1", Role.DRAINED, 1, 0),
        Build("2", Role.CURRENT, 1, 3),
        Build("3", Role.RAMPING, 1, 1),
        ramping="3",
        nobody=Build("", Role.DRAINING, 0, 2),
    )
    assert hints(found) == [
        "2 street(s) are elsewhere: straat deploy poke",
        "Build 1 is drained: its workers can go.",
    ]


def test_only_the_street_is_pinned_and_only_where_builds_are_known() -> None:
    """Whatever is added moves with its next task, and strict replay holds it to that."""
    version = WorkerDeploymentVersion("straat", "1")
    config = config_of(version)
    assert config is not None
    assert config.default_versioning_behavior is VersioningBehavior.AUTO_UPGRADE
    behaviours = {
        found.name: found.versioning_behavior
        for each in workflows_of(WORKFLOWS, version)
        if (found := _Definition.must_from_class(each))
    }
    pinned = [name for name, behaviour in behaviours.items() if behaviour is VersioningBehavior.PINNED]
    assert pinned == ["StreetWorkflow"]
    assert len(behaviours) == len(WORKFLOWS)
    assert workflows_of(WORKFLOWS, None) == list(WORKFLOWS)
    assert config_of(None) is None


async def test_a_server_that_is_away_is_told_in_a_sentence() -> None:
    shell = Inside({"TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"})
    for words in (("status",), ("promote", "2"), ("poke",)):
        ended = await shell.run("deploy", *words)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == "Temporal cannot be reached (RuntimeError). Is it running?\n"
