"""Temporal: its version, our namespace with its search attributes, workers, what starts by the clock."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetSystemInfoRequest
from temporalio.client import Client, ScheduleDescription
from temporalio.service import RPCError, RPCStatusCode

from deploy.local.temporal import SEARCH_ATTRIBUTES
from schemas.calendar import AMSTERDAM
from schemas.sign_in import is_loopback
from schemas.steps import QUEUE
from store import policies
from workers.builds import Builds, alive, polling
from workers.commands.deploy import hints, standing_still
from workers.doctor.database import apart_network, opened, some
from workers.doctor.findings import Check, Finding, attention, broken, good
from workers.doctor.groups import Group
from workers.doctor.place import Part, Place
from workers.schedules import SCHEDULES, Daily, Planned, Yearly, rounds

OLDEST = (1, 28)
"""The oldest server that knows builds of workers as we use them."""
WEEK = timedelta(days=7)
"""How long closed workflows should stay: longer than it takes to notice that a database was lost."""
LATE = timedelta(minutes=10)
AT_ONCE = 8
NAMESPACE_SH = "deploy/helm/straat/files/namespace.sh makes what is missing"


def connected(place: Place) -> Client:
    """The client, for a check that said it needs it."""
    assert place.temporal is not None  # noqa: S101
    return place.temporal


async def server(place: Place) -> list[Finding]:
    """Which server it is, and whether the way to it is encrypted."""
    info = await connected(place).workflow_service.get_system_info(GetSystemInfoRequest())
    version = info.server_version
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    told = f"server {version or 'of no version that it tells'}"
    old = bool(numbers) and numbers < OLDEST
    found = [attention(f"{told} is too old for builds of workers", "docs/deploys.md") if old else good(told)]
    return [*found, _way(place)]


def _way(place: Place) -> Finding:
    config = place.temporal_config
    host = str(config["target_host"]).rpartition(":")[0]
    if config.get("tls") or config.get("api_key"):
        return good("the way to it is encrypted")
    if is_loopback(host):
        return good("it is on this machine, so the way to it needs no TLS")
    if apart_network(host):
        return good("the way to it has no TLS, by a name that only a network of its own knows")
    return attention("the way to it is not encrypted", "set TEMPORAL_TLS, or a certificate: docs/settings.md")


async def namespace(place: Place) -> list[Finding]:
    """It is there, and keeps what is closed for long enough."""
    client = connected(place)
    try:
        told = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return [broken(f"there is no namespace {client.namespace}", NAMESPACE_SH)]
    kept = told.config.workflow_execution_retention_ttl.ToTimedelta()
    said = f"namespace {client.namespace} keeps closed workflows for {_days(kept)}"
    if kept >= WEEK or place.here:
        return [good(said)]
    why = "after a loss of the database, what is gone from here cannot be made again"
    return [attention(f"{said}: {why}", "raise it to a week or more: temporal operator namespace update")]


def _days(span: timedelta) -> str:
    return f"{span.days} day(s)" if span.days else f"{span.seconds // 3600} hour(s)"


async def attributes(place: Place) -> list[Finding]:
    """The search attributes that our workflows set, each of its kind."""
    client = connected(place)
    told = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    kinds = {name: _kind(kind) for name, kind in told.custom_attributes.items()}
    lacking = [name for name in SEARCH_ATTRIBUTES if name not in kinds]
    other = [name for name, kind in SEARCH_ATTRIBUTES.items() if kinds.get(name, kind) != kind]
    found = []
    if lacking:
        told_them = f"search attribute(s) missing: {', '.join(lacking)}; no workflow of ours can begin"
        found.append(broken(told_them, NAMESPACE_SH))
    found += [
        broken(
            f"search attribute {name} is of kind {kinds[name]}, and has to be {SEARCH_ATTRIBUTES[name]}",
            "take a namespace of our own: a kind cannot be changed",
        )
        for name in other
    ]
    return found or [good(f"all {len(SEARCH_ATTRIBUTES)} search attributes are there, each of its kind")]


def _kind(number: IndexedValueType.ValueType) -> str:
    return IndexedValueType.Name(number).removeprefix("INDEXED_VALUE_TYPE_").title()


async def workers(place: Place) -> list[Finding]:
    """Somebody asks for work, and the streets are on builds that do."""
    client = connected(place)
    found = await Builds(client, place.settings.deployment).look()
    living = sum(alive(await polling(client, QUEUE), datetime.now(UTC)).values())
    if not living:
        return [broken("no worker asks for work: nothing moves", "start straat worker, and read its log")]
    if found is None:
        return [good(f"{living} worker(s) ask for work; they know no builds")]
    told = [broken(each, "docs/deploys.md") for each in standing_still(found)]
    told += [attention(each, "straat deploy status") for each in hints(found)]
    current = found.routing.current
    return told or [good(f"{living} worker(s) ask for work; build {current} is current, and all streets are")]


async def daily(place: Place) -> list[Finding]:
    """What starts every day."""
    return await _schedules(place, SCHEDULES, "daily schedule(s)")


async def yearly(place: Place) -> list[Finding]:
    """The round of each municipality."""
    async with opened(place).connection() as conn:
        wanted = rounds(await policies.all_current(conn))
    if not wanted:
        return [attention("no municipality takes part yet", "straat municipality apply FILE")]
    return await _schedules(place, wanted, "yearly round(s)")


async def _schedules(place: Place, wanted: Sequence[Planned], what: str) -> list[Finding]:
    """Only those that are not as they should be; else one sentence for all of them."""
    client, turns = connected(place), asyncio.Semaphore(AT_ONCE)

    async def look(one: Planned) -> ScheduleDescription | None:
        async with turns:
            try:
                return await client.get_schedule_handle(one.id).describe()
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None
                raise

    told = dict(zip(wanted, await asyncio.gather(*map(look, wanted)), strict=True))
    now = datetime.now(UTC)
    missing = [one.id for one, found in told.items() if found is None]
    wrong = [finding for one, found in told.items() if found for finding in judged(one, found, now)]
    if missing:
        told_them = f"schedule(s) missing: {some(missing)}"
        wrong.append(broken(told_them, "start a worker: it makes its schedules"))
    return wrong or [good(f"{len(told)} {what}: there, not paused, the next on {_first(told.values())}")]


def judged(one: Planned, found: ScheduleDescription, now: datetime) -> list[Finding]:
    """What is wrong with one of them."""
    if found.schedule.state.paused:
        told = f"schedule {one.id} is paused: it will not start by itself"
        return [attention(told, f"temporal schedule toggle --unpause --schedule-id {one.id} --reason ...")]
    runs = found.info.next_action_times
    if not runs:
        return [broken(f"schedule {one.id} has no next time", "start a worker anew: it mends its schedules")]
    told = f"schedule {one.id} starts next at {runs[0].astimezone(AMSTERDAM):%Y-%m-%d %H:%M}"
    if runs[0] < now - LATE:
        return [
            attention(f"{told}, which is over: Temporal's scheduler is behind", "docs/alerts.md, WorkWaits")
        ]
    if not on_its_time(one, runs[0]):
        return [attention(f"{told}, which is not its time", "start a worker anew: it mends its schedules")]
    return []


def on_its_time(one: Planned, run: datetime) -> bool:
    """Whether a run is on the day and at the hour that are meant, by the Dutch clock."""
    at = run.astimezone(AMSTERDAM)
    if isinstance(one, Daily):
        return (at.hour, at.minute) == (one.hour, 0)
    if isinstance(one, Yearly):
        return (at.month, at.day, at.hour, at.minute) == (one.month, one.day, 9, 0)
    return True


def _first(found: Iterable[ScheduleDescription | None]) -> str:
    first = min(each.info.next_action_times[0] for each in found if each is not None)
    return f"{first.astimezone(AMSTERDAM):%Y-%m-%d at %H:%M}"


CHECKS = [
    Check(Group.TEMPORAL, "its version and the way to it", server, (Part.TEMPORAL,)),
    Check(Group.TEMPORAL, "our namespace", namespace, (Part.TEMPORAL,)),
    Check(Group.TEMPORAL, "search attributes", attributes, (Part.TEMPORAL,)),
    Check(Group.TEMPORAL, "workers", workers, (Part.TEMPORAL,)),
    Check(Group.TEMPORAL, "daily schedules", daily, (Part.TEMPORAL,)),
    Check(Group.TEMPORAL, "yearly rounds", yearly, (Part.TEMPORAL, Part.DATABASE)),
]
