"""`straat up`: the whole stack on this machine, until Ctrl-C."""

import asyncio
from pathlib import Path

import typer

from deploy.local.stack import run
from store.prepared import shape


def up(home: Path, ports: int, fresh: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Run PostgreSQL, Temporal, the mail catcher, the worker and the web pages until Ctrl-C."""
    raise typer.Exit(asyncio.run(run(home, ports, fresh=fresh, shape=shape)))
