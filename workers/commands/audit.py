"""``straat audit``: who did what in a municipality, written out for an auditor."""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from forms.desk.audit.export import Kind, chunks
from schemas.calendar import start_of
from store.database import Database
from store.reports import snapshot
from workers.commands.ledger import plainly
from workers.commands.service import database_of

app = typer.Typer(no_args_is_help=True, help="Who did what: the journal of a municipality.")


@app.callback()
def audit() -> None:
    """Who did what: the journal of a municipality."""


@app.command("export")
def export(
    municipality: Annotated[str, typer.Option(help="Its slug.")],
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; the first there is."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day; until now.")
    ] = None,
    kind: Annotated[Kind, typer.Option("--format", help="What to write.")] = Kind.JSONL,
    output: Annotated[Path | None, typer.Option(help="The file; without it, standard output.")] = None,
    home: Annotated[Path, typer.Option(help="Where the local stack keeps its data.")] = Path(".straat"),
) -> None:
    """Write every line of a period out, each with the digest of all that went before it."""
    since = start_of(first.date()) if first else None
    until = start_of(last.date() + timedelta(days=1)) if last else None
    url = database_of(home)

    async def written(write: Callable[[bytes], object]) -> None:
        db = Database(url)
        try:
            async with snapshot(db) as conn:
                async for chunk in chunks(conn, municipality, kind, since, until):
                    write(chunk)
        finally:
            await db.close()

    if output is None:
        with plainly():
            asyncio.run(written(sys.stdout.buffer.write))
        return
    try:
        with output.open("wb") as file, plainly():
            asyncio.run(written(file.write))
    except OSError as error:
        typer.echo(f"{output} cannot be written ({error.strerror}).", err=True)
        raise typer.Exit(1) from None
