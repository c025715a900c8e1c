"""`straat status`: every URL of the local stack and its health."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import typer

from deploy.local.errors import StackError
from deploy.local.health import Health
from deploy.local.status import status as look_at


def status(home: Path, as_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Show where everything runs and whether it answers; exit code 1 when something is down."""
    try:
        parts, why = asyncio.run(look_at(home)), ""
    except StackError as error:
        parts, why = [], str(error)
    typer.echo(_json(parts, why) if as_json else why or _lines(parts))
    if not parts or not all(part.healthy for part in parts):
        raise typer.Exit(1)


def _json(parts: list[Health], why: str) -> str:
    healthy = bool(parts) and all(part.healthy for part in parts)
    told = {"healthy": healthy, "services": [asdict(part) for part in parts]}
    return json.dumps(told | ({"reason": why} if why else {}), indent=2)


def _lines(parts: list[Health]) -> str:
    return "\n".join(f"{'up  ' if part.healthy else 'DOWN'}  {part.name:<12} {part.url}" for part in parts)
