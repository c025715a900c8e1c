"""``straat ledger``: verify the books, write them out, tell where their chains stand."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg
import typer

from deploy.local.home import Home
from schemas.exports.formats import Format, books_as
from schemas.reports import reports
from store import policies
from store.database import LOST, Connection, Database
from store.keys import KeyFileError, Keyring
from store.proofs import Proof, prove
from store.reports import Chain, NoSuchYear, book, chains, figures, snapshot
from store.vault import Vault
from workers.commands.service import database_of

Given = TypeVar("Given")
NOTHING = "There are no books of that municipality and year."


def verify(municipality: str | None, year: int | None, home: Path) -> None:
    """Recompute everything; exit code 1 when something is broken, 2 when there is nothing to look at."""
    vault = _vault(home)
    proofs = _read(home, lambda conn: _proofs(conn, municipality, year, vault))
    if not proofs:
        typer.echo(NOTHING, err=True)
        raise typer.Exit(2)
    for proof in proofs:
        for line in _told(proof):
            typer.echo(line, err=not proof.sound)
    if not all(proof.sound for proof in proofs):
        raise typer.Exit(1)


def head(municipality: str | None, year: int | None, home: Path) -> None:
    """Where each chain stands, to be compared with what was published."""
    for each in _read(home, lambda conn: chains(conn, municipality, year)):
        typer.echo(f"{_name(each)} {each.state.value} {each.seq} {each.head}")


def export(municipality: str, year: int, kind: Format, output: Path | None, home: Path) -> None:
    """Write the books to a file, or to standard output."""
    if output is None and kind is Format.XLSX and sys.stdout.isatty():
        typer.echo("A spreadsheet needs a file to go to: --output books.xlsx", err=True)
        raise typer.Exit(2)
    try:
        content = _read(home, lambda conn: _written(conn, municipality, year, kind))
    except NoSuchYear:
        typer.echo(NOTHING, err=True)
        raise typer.Exit(2) from None
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        typer.echo(f"{output} cannot be written ({error.strerror}).", err=True)
        raise typer.Exit(1) from None


async def _proofs(
    conn: Connection, municipality: str | None, year: int | None, vault: Vault | None
) -> list[Proof]:
    return [await prove(conn, chain, vault) for chain in await chains(conn, municipality, year)]


async def _written(conn: Connection, municipality: str, year: int, kind: Format) -> bytes:
    found = await policies.current(conn, municipality)
    name = found[0].name if found else municipality
    funders = {funder.key: funder.name for funder in found[0].funders} if found else {}
    written = await book(conn, municipality, year, name)
    return books_as(kind, written, reports(await figures(conn, municipality, year)), funders)


def _told(proof: Proof) -> Iterator[str]:
    name, chain = _name(proof.chain), proof.chain
    if proof.sound:
        yield f"{name}: sound, {chain.seq} in the chain, head {chain.head}"
    for broken in proof.broken:
        yield f"{name}: BROKEN: {broken.where} {broken.why}"


def _name(chain: Chain) -> str:
    return f"{chain.municipality} {chain.fiscal_year}"


def _vault(home: Path) -> Vault | None:
    """The vault, or None and a word about it: the rest can be verified without."""
    local = Home(home).master_key
    path = Path(os.environ["STRAAT_MASTER_KEY_FILE"]) if "STRAAT_MASTER_KEY_FILE" in os.environ else local
    try:
        return Vault(Keyring.read(path))
    except KeyFileError as error:
        typer.echo(
            f"Without the key file ({error}) stored files are not opened; all else is verified.", err=True
        )
        return None


def _read(home: Path, ask: Callable[[Connection], Awaitable[Given]]) -> Given:
    """Ask in one snapshot, and say plainly when PostgreSQL is away."""
    with plainly():
        return asyncio.run(_asked(database_of(home), ask))


async def _asked(url: str, ask: Callable[[Connection], Awaitable[Given]]) -> Given:
    db = Database(url)
    try:
        async with snapshot(db) as conn:
            return await ask(conn)
    finally:
        await db.close()


@contextmanager
def plainly() -> Iterator[None]:
    """A sentence and exit code 1 for a PostgreSQL that is away or not migrated."""
    try:
        yield
    except LOST as error:
        typer.echo(f"PostgreSQL cannot be reached ({type(error).__name__}). Is it running?", err=True)
        raise typer.Exit(1) from None
    except asyncpg.PostgresError as error:
        typer.echo(f"PostgreSQL refused ({type(error).__name__}). Is the database migrated?", err=True)
        raise typer.Exit(1) from None
