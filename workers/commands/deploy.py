"""``straat deploy``: which build the streets go on with, and bringing them there."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from deploy.local.addresses import LOCAL, NAMESPACE
from deploy.local.home import Home
from workers.builds import Build, Builds, Found, Role
from workers.poking import Poker
from workers.settings import Settings
from workers.temporal import Temporal

app = typer.Typer(no_args_is_help=True, help="Builds of the workers: look, promote, bring the streets along.")

Given = TypeVar("Given")
HomeOf = Annotated[
    Path, typer.Option("--home", help="The local stack, where the environment names no other.")
]
OURS = ("TEMPORAL_ADDRESS", "TEMPORAL_CONFIG_FILE", "TEMPORAL_PROFILE", "DATABASE_URL")
NOBODY = (
    "No worker with a build id was ever here: workers without one know no versions, and need no promoting.\n"
    "STRAAT_BUILD_ID gives a worker its build."
)
TABLE_WIDTH = 100


@app.command()
def status(
    home: HomeOf = Path(".straat"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Builds, their workers, and the streets that stay on each; exit code 1 when something stands still."""
    found = _with(home, lambda builds: builds.look())
    if found is None:
        typer.echo(json.dumps({"builds": []}) if as_json else NOBODY)
        return
    wrong = standing_still(found)
    if as_json:
        typer.echo(json.dumps(_told(found), indent=2))
    else:
        _show(found)
        typer.echo("\n".join([*wrong, *hints(found)]) or "All streets are on the current build.")
    if wrong:
        raise typer.Exit(1)


@app.command()
def promote(
    build: Annotated[str, typer.Argument(help="Its build id, as `straat deploy status` shows it.")],
    home: HomeOf = Path(".straat"),
    *,
    ramp: Annotated[
        int | None, typer.Option("--ramp", min=1, max=99, help="Only this percentage, to see how it does.")
    ] = None,
) -> None:
    """Make a build current, or give it a part. The former build, by the same command, is the way back."""
    typer.echo(_with(home, lambda builds: _promoted(builds, build, ramp)))


@app.command()
def poke(
    home: HomeOf = Path(".straat"),
    *,
    rate: Annotated[int, typer.Option("--rate", min=1, max=1000, help="Streets a second.")] = 50,
    wait: Annotated[int, typer.Option("--wait", min=0, help="Seconds until all of them must be over.")] = 60,
) -> None:
    """Wake the streets that are on another build, so that they go on with the current one."""

    async def poked(builds: Builds, client: Client) -> int:
        found = await builds.look()
        if found is None:
            typer.echo(NOBODY)
            return 0
        if not any(each.workers for each in found.builds if each.role is Role.CURRENT):
            raise Refused("The streets would find nobody: there is no worker of a current build.")
        return await Poker(builds, client, rate, typer.echo).poke(found.routing, wait)

    if _with_client(home, poked):
        raise typer.Exit(1)


class Refused(Exception):
    """Nothing was done, and this is why."""


async def _promoted(builds: Builds, name: str, ramp: int | None) -> str:
    found = await builds.look()
    if found is None:
        raise Refused(NOBODY)
    routing = found.routing
    build = next((each for each in found.builds if each.name == name), None)
    if build is None:
        raise Refused(f"There is no build {name}. Known: {', '.join(sorted(routing.builds))}.")
    if not build.workers:
        raise Refused(f"No worker of build {name} asked for work lately: start one first. Nothing changed.")
    if ramp is not None:
        if routing.current == name:
            raise Refused(f"Build {name} is current already: a part can go to another. Nothing changed.")
        await builds.ramp(name, ramp, token=routing.token)
        return f"Build {name} gets {ramp} % now. All of it: straat deploy promote {name}"
    if routing.current != name:
        await builds.promote(name, token=routing.token)
        now = await builds.routing()
        return "\n".join(_after(name, routing.current, await builds.count(now) if now else 0))
    if routing.ramping:
        await builds.ramp("", 0, token=routing.token)
        return f"Build {name} gets everything again; {routing.ramping} gets no part any more."
    return f"Build {name} is current already."


def _after(name: str, before: str | None, elsewhere: int) -> list[str]:
    told = [f"Build {name} is current now. What begins, and all but streets, goes on there."]
    if elsewhere:
        told.append(f"{elsewhere} street(s) move when they wake, or at once by: straat deploy poke")
    if before:
        told.append(f"Keep the workers of {before} until straat deploy status calls it drained.")
        told.append(f"The way back: straat deploy promote {before}")
    return told


def rows(found: Found) -> list[Build]:
    """What there is to show: workers and streets without a build only where there are any."""
    nobody = found.unversioned
    return [*found.builds, *([nobody] if nobody.workers or nobody.streets else [])]


def standing_still(found: Found) -> list[str]:
    """What does not move until somebody does something."""
    current = found.routing.current
    told = []
    if current is None:
        told.append("No build is current: nothing begins. straat deploy promote BUILD")
    for each in rows(found):
        if each.workers or not (each.streets or each.name == current):
            continue
        if each.name == current:
            told.append(f"No worker of the current build {each.name}: nothing moves until one works.")
        elif each.name:
            told.append(f"{each.streets} street(s) stand still: start a worker of {each.name}, then poke.")
    return told


def hints(found: Found) -> list[str]:
    """What an operator may do next."""
    there = (found.routing.current, found.routing.ramping)
    elsewhere = sum(each.streets for each in rows(found) if each.name not in there)
    told = [f"{elsewhere} street(s) are elsewhere: straat deploy poke"] if elsewhere and there[0] else []
    return told + [
        f"Build {each.name} is drained: its workers can go."
        for each in found.builds
        if each.role is Role.DRAINED and each.workers and not each.streets
    ]


def _told(found: Found) -> dict[str, Any]:
    routing = found.routing
    return {
        "current": routing.current,
        "ramping": routing.ramping,
        "percent": routing.percent,
        "standing_still": standing_still(found),
        "builds": [asdict(each) for each in rows(found)],
    }


def _show(found: Found) -> None:
    table = Table("build", "is", "workers", "streets")
    for each in rows(found):
        role = f"{each.role} {found.routing.percent:.0f} %" if each.role is Role.RAMPING else str(each.role)
        table.add_row(each.name or "(none)", role if each.name else "-", str(each.workers), str(each.streets))
    Console(width=TABLE_WIDTH).print(table)


def _with(home: Path, do: Callable[[Builds], Awaitable[Given]]) -> Given:
    return _with_client(home, lambda builds, _: do(builds))


def _with_client(home: Path, do: Callable[[Builds, Client], Awaitable[Given]]) -> Given:
    """Do it on the server that the environment names, else on the local stack in this home."""
    name = os.environ.get("STRAAT_DEPLOYMENT") or Settings.model_fields["deployment"].default

    async def done() -> Given:
        client = await _temporal(home)
        return await do(Builds(client, name), client)

    try:
        return asyncio.run(done())
    except Refused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except RPCError as error:
        if error.status is RPCStatusCode.FAILED_PRECONDITION:
            typer.echo(f"Temporal refused: {error.message}. Nothing changed; look again.", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"Temporal cannot be reached ({error.status.name}). Is it running?", err=True)
    except (RuntimeError, OSError) as error:
        typer.echo(f"Temporal cannot be reached ({type(error).__name__}). Is it running?", err=True)
    raise typer.Exit(2)


async def _temporal(home: Path) -> Client:
    state = None if any(name in os.environ for name in OURS) else Home(home).read_state()
    if state is None:
        return await Temporal()()
    server = f"{LOCAL}:{state['ports']['temporal']}"
    return await Client.connect(server, namespace=NAMESPACE, data_converter=pydantic_data_converter)
