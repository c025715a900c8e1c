"""``straat ledger``: what its commands take."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.exports.formats import Format
from workers.commands import ledger

app = typer.Typer(no_args_is_help=True, help="The books: verify them, write them out.")
Home = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]
Municipality = Annotated[str | None, typer.Option(help="Its slug; without it, all of them.")]
Year = Annotated[int | None, typer.Option(help="The fiscal year; without it, all of them.")]


@app.command("verify")
def verify(municipality: Municipality = None, year: Year = None, home: Home = Path(".straat")) -> None:
    """Recompute balances and chain, check every file and reason; exit code 1 where something is broken."""
    ledger.verify(municipality, year, home)


@app.command("head")
def head(municipality: Municipality = None, year: Year = None, home: Home = Path(".straat")) -> None:
    """Municipality, year, state, length and head of every chain."""
    ledger.head(municipality, year, home)


@app.command("export")
def export(
    municipality: Annotated[str, typer.Option(help="Its slug.")],
    year: Annotated[int, typer.Option(help="The fiscal year.")],
    kind: Annotated[Format, typer.Option("--format", help="What to write.")],
    output: Annotated[Path | None, typer.Option(help="The file; without it, standard output.")] = None,
    home: Home = Path(".straat"),
) -> None:
    """Write the books of a year out, every transfer of them."""
    ledger.export(municipality, year, kind, output, home)
