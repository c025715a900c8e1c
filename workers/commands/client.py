"""``straat client``: keys for other systems, for who runs the system itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID, uuid4

import typer

from schemas.calendar import dutch_date
from schemas.client import Scope, new_key
from schemas.my_data import OPERATOR
from store import clients, policies
from store.clients import NewClient
from store.database import Connection, Database
from workers.commands.ledger import plainly
from workers.commands.service import database_of

Given = TypeVar("Given")
app = typer.Typer(no_args_is_help=True, help="Keys with which other systems use the API.")

HomeOf = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]
NAME_LENGTH = 60


@app.command("create")
def create(
    municipality: Annotated[str, typer.Option(help="Its slug.")],
    name: Annotated[str, typer.Option(help="The system that gets the key.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; more than once for more.")],
    days: Annotated[int, typer.Option(min=1, max=730, help="How many days the key counts.")] = 365,
    home: HomeOf = Path(".straat"),
) -> None:
    """Make a key. It goes to standard output, this once; only a hash of it is kept."""
    tidy = " ".join(name.split())
    if not (tidy and tidy.isprintable() and len(tidy) <= NAME_LENGTH):
        raise typer.BadParameter(f"1 to {NAME_LENGTH} characters", param_hint="--name")
    key, until = new_key(), dutch_date(datetime.now(UTC)) + timedelta(days=days)
    client = NewClient(uuid4(), municipality, tidy, scope, until)

    async def made(conn: Connection) -> bool:
        if await policies.current(conn, municipality) is None:
            return False
        return await clients.make(conn, client, key, OPERATOR)

    if not _run(home, made):
        typer.echo(f"No municipality is called {municipality}. Nothing was made.", err=True)
        raise typer.Exit(2)
    typer.echo(f"{client.id} may use this key until {until}. It is not shown again:", err=True)
    typer.echo(key)


@app.command("list")
def show(
    municipality: Annotated[str | None, typer.Option(help="Its slug; without it, all of them.")] = None,
    home: HomeOf = Path(".straat"),
) -> None:
    """Every client: its id, what it may do, until when, and when it was last there."""
    for row in _run(home, lambda conn: clients.all_of(conn, municipality)):
        state = f"ended {dutch_date(row['ended_at'])}" if row["ended_at"] else f"until {row['expires_on']}"
        used = f"used {row['last_used_on']}" if row["last_used_on"] else "never used"
        scopes = ",".join(row["scopes"])
        told = (str(row["id"]), row["municipality"], row["hint"], scopes, state, used, row["name"])
        typer.echo("  ".join(told))


@app.command("revoke")
def revoke(
    client: Annotated[UUID, typer.Argument(help="Its id, as list shows it.")], home: HomeOf = Path(".straat")
) -> None:
    """End a client: its key opens nothing from now on."""
    if not _run(home, lambda conn: clients.end(conn, client, OPERATOR)):
        typer.echo("No client with that id has a key that counts.", err=True)
        raise typer.Exit(2)
    typer.echo("Ended.")


def _run(home: Path, do: Callable[[Connection], Awaitable[Given]]) -> Given:
    async def inside() -> Given:
        db = Database(database_of(home))
        try:
            async with db.transaction() as conn:
                return await do(conn)
        finally:
            await db.close()

    with plainly():
        return asyncio.run(inside())
