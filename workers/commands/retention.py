"""``straat retention``: what is older than its term, removed now, or only told."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table

from schemas.calendar import dutch_date
from schemas.my_data import OPERATOR
from schemas.policy import Policy
from schemas.retention import Removal, Removed, Waiting
from store import policies, retention
from store.database import Database
from store.keys import KeyFileError, Keyring
from store.vault import Vault
from workers.commands.keys import key_path
from workers.commands.ledger import plainly
from workers.commands.service import database_of

Given = TypeVar("Given")
app = typer.Typer(no_args_is_help=True, help="Retention: what is too old, told or removed now.")
HomeOf = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]
Only = Annotated[str | None, typer.Option("--municipality", help="Its slug; without it, all of them.")]
HERE = Path(".straat")


@app.command("show")
def show(municipality: Only = None, home: HomeOf = HERE) -> None:
    """What would go now, of each class, and when the next is due; changes nothing."""
    told = _done(home, lambda db: _waiting(db, municipality))
    table = Table("municipality", "class", "term", "due now", "next")
    for slug, waiting in told.items():
        for each in waiting:
            following = str(dutch_date(each.next)) if each.next else "nothing there"
            table.add_row(slug, each.key, _term(each), str(each.due), "now" if each.due else following)
    Console(width=110).print(table)


@app.command("run")
def run(municipality: Only = None, home: HomeOf = HERE) -> None:
    """Remove what is due, as the nightly schedule does; the report on the desk counts it."""
    for gone in _done(home, lambda db: _remove(db, home, municipality)):
        words = ", ".join(f"{key} {count}" for key, count in gone.counts.items()) or "nothing was too old"
        typer.echo(f"{gone.municipality}: {words}")


def _keyring(home: Path) -> Keyring:
    path = key_path(home)
    try:
        return Keyring.read(path)
    except KeyFileError as error:
        typer.echo(f"{path}: {error}.", err=True)
        raise typer.Exit(2) from None


def _term(waiting: Waiting) -> str:
    if isinstance(waiting.term, timedelta):
        return "1 day" if waiting.term.days == 1 else f"{waiting.term.days} days"
    return f"{waiting.term} years after the fiscal year"


async def _policies(db: Database, only: str | None) -> list[Policy]:
    async with db.connection() as conn:
        found = await policies.all_current(conn)
    chosen = [policy for policy in found if only in (None, policy.slug)]
    if not chosen:
        typer.echo(f"No municipality is called {only}.", err=True)
        raise typer.Exit(2)
    return chosen


async def _waiting(db: Database, only: str | None) -> dict[str, list[Waiting]]:
    chosen = await _policies(db, only)
    async with db.connection() as conn:
        return {policy.slug: await retention.waiting(conn, policy) for policy in chosen}


async def _remove(db: Database, home: Path, only: str | None) -> list[Removed]:
    vault = Vault(_keyring(home))
    day, key = dutch_date(datetime.now(UTC)).isoformat(), str(uuid4())
    return [
        await retention.remove(db, vault, Removal(municipality=policy.slug, day=day, run=key, actor=OPERATOR))
        for policy in await _policies(db, only)
    ]


def _done(home: Path, ask: Callable[[Database], Awaitable[Given]]) -> Given:
    async def done() -> Given:
        db = Database(database_of(home))
        try:
            return await ask(db)
        finally:
            await db.close()

    with plainly():
        return asyncio.run(done())
