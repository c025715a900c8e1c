"""``straat migrate`` and ``municipality apply``: what prepares the processes."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
import typer

from deploy.local.home import Home
from deploy.local.postgres import APP_ROLE, DATABASE
from schemas.calendar import AMSTERDAM
from schemas.policy import Policy, PolicyError, read_policy
from schemas.refs import ENGINE
from store import ledger, policies
from store.database import LOST, Database
from store.migrate import ChangedMigration
from store.migrate import migrate as migrate_database
from workers.settings import Settings, SettingsError


def settings_or_exit() -> Settings:
    """The settings, or a sentence for each that is missing or wrong."""
    try:
        return Settings.read()
    except SettingsError as error:
        typer.echo(f"These settings are missing or wrong:\n{error}", err=True)
        raise typer.Exit(2) from None


def migrate() -> None:
    """Bring the database to today's shape."""
    settings = settings_or_exit()
    if not settings.admin_database_url:
        typer.echo(
            "ADMIN_DATABASE_URL is needed to migrate: a role that may make roles and schemas.", err=True
        )
        raise typer.Exit(2)
    try:
        applied = asyncio.run(migrate_database(settings.admin_database_url))
    except (*LOST, asyncpg.PostgresError, ChangedMigration) as error:
        typer.echo(f"The database could not be migrated: {error or type(error).__name__}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Migrated: {', '.join(applied) or 'nothing to do'}.")


def database_of(home: Path) -> str:
    """The database that the environment names, else that of the local stack in this home."""
    state = None if "DATABASE_URL" in os.environ else Home(home).read_state()
    if state is None:
        return settings_or_exit().database_url
    return f"postgresql://{APP_ROLE}@127.0.0.1:{state['ports']['postgres']}/{DATABASE}"


def apply(files: list[Path], home: Path) -> None:
    """Check policy files, and apply them all or none."""
    wrong: list[str] = []
    found: list[Policy] = []
    for path in files:
        try:
            found.append(read_policy(path))
        except PolicyError as error:
            wrong.extend(error.lines)
    if wrong:
        typer.echo("Nothing was applied:\n" + "\n".join(wrong), err=True)
        raise typer.Exit(2)
    try:
        lines = asyncio.run(_apply(database_of(home), found))
    except ledger.Overdraft as error:
        typer.echo(
            "Nothing was applied: a budget would go below what is reserved or paid already; "
            f"it can spare {error.available / 100:.2f} euro.",
            err=True,
        )
        raise typer.Exit(1) from None
    except ledger.YearNotOpen:
        typer.echo(
            "Nothing was applied: a file grants something else in a year that is closed, or being closed.",
            err=True,
        )
        raise typer.Exit(1) from None
    except LOST as error:
        typer.echo(f"PostgreSQL cannot be reached ({type(error).__name__}). Is it running?", err=True)
        raise typer.Exit(1) from None
    except asyncpg.PostgresError as error:
        typer.echo(f"PostgreSQL refused ({type(error).__name__}). Is the database migrated?", err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(lines))


async def _apply(url: str, found: Sequence[Policy]) -> list[str]:
    db = Database(url)
    try:
        async with db.transaction() as conn:
            today = datetime.now(AMSTERDAM).date()
            return [
                f"{policy.name}: version {await policies.apply(conn, policy, ENGINE, today)}"
                for policy in found
            ]
    finally:
        await db.close()
