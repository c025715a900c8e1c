"""``straat reconcile``: after a restore, what database and workflows know apart, made one again or told."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from activities.context import Tools
from deploy.local.addresses import LOCAL, NAMESPACE
from deploy.local.home import Home
from schemas.refs import Slug
from store.database import Database
from store.keys import KeyFileError, Keyring
from store.vault import Vault
from workers.commands.keys import key_path
from workers.commands.ledger import plainly
from workers.commands.service import database_of
from workers.reconciling.findings import Finding
from workers.reconciling.mend import Reconciler
from workers.settings import Settings, SettingsError, address, ascii_sender
from workers.temporal import Temporal

Given = TypeVar("Given")


def reconcile(home: Path, *, repair: bool, book: str | None, by_hand: str | None, mail_again: bool) -> None:
    """Compare the database with the workflows; exit code 1 while anything is apart."""
    if why := _with(home, lambda each: each.book(book), mail_again=mail_again) if book else None:
        typer.echo(f"{book}: nothing was booked: {why}.", err=True)
        raise typer.Exit(1)
    if why := _with(home, lambda each: each.by_hand(by_hand), mail_again=mail_again) if by_hand else None:
        typer.echo(f"{by_hand}: {why}.", err=True)
        raise typer.Exit(1)
    if repair and (count := _with(home, lambda each: each.repair(), mail_again=mail_again)):
        typer.echo(f"{count} finding(s) taken in hand; what is left:")
    found, settled = _with(home, _look, mail_again=mail_again)
    for slug in settled:
        typer.echo(f"{slug}: one again since the restore; payments go on.")
    if not found:
        typer.echo("Nothing is apart.")
        return
    show(found)
    raise typer.Exit(1)


async def _look(reconciler: Reconciler) -> tuple[list[Finding], list[Slug]]:
    found = await reconciler.look()
    return found, await reconciler.settle(found)


def show(found: list[Finding]) -> None:
    """A row each; and below, in lines that can be copied, what to do."""
    table = Table("what", "where", "told")
    for each in found:
        table.add_row(each.kind.value, each.subject, each.told)
    Console(width=160).print(table)
    typer.echo("What to do:")
    for do in dict.fromkeys(each.do or "straat reconcile --repair" for each in found):
        typer.echo(f"- {do}")


def _with(home: Path, do: Callable[[Reconciler], Awaitable[Given]], *, mail_again: bool) -> Given:
    async def done() -> Given:
        state = None if "DATABASE_URL" in os.environ else Home(home).read_state()
        db = Database(database_of(home))
        try:
            tools = _tools(home, db, state)
            return await do(Reconciler(tools, await _temporal(state), mail_again=mail_again))
        finally:
            await db.close()

    try:
        with plainly():
            return asyncio.run(done())
    except KeyFileError as error:
        typer.echo(f"The master key is needed: {error}.", err=True)
    except SettingsError as error:
        typer.echo(f"These settings are missing or wrong:\n{error}", err=True)
    except (RPCError, RuntimeError) as error:
        typer.echo(f"Temporal cannot be reached ({type(error).__name__}). Is it running?", err=True)
    raise typer.Exit(2)


def _tools(home: Path, db: Database, state: dict[str, Any] | None) -> Tools:
    """From the environment, else from the local stack that runs in this home."""
    keyring = Keyring.read(key_path(home))
    if state is None:
        settings = Settings.read()
        urls = (address(settings.public_url), address(settings.desk_url), settings.mail_from)
    else:
        given = os.environ.get("STRAAT_MAIL_FROM", Settings.model_fields["mail_from"].default)
        try:
            sender = ascii_sender(given)
        except ValueError as error:
            raise SettingsError(f"STRAAT_MAIL_FROM is wrong: {error}.") from None
        urls = (state["urls"]["public"], state["urls"]["desk"], sender)
    return Tools(db, keyring, Vault(keyring), *urls)


async def _temporal(state: dict[str, Any] | None) -> Client:
    if state is None:
        return await Temporal()()
    server = f"{LOCAL}:{state['ports']['temporal']}"
    return await Client.connect(server, namespace=NAMESPACE, data_converter=pydantic_data_converter)
