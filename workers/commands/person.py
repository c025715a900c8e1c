"""``straat person``: what is kept of somebody, written out or erased, for who asks by letter or telephone."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from deploy.local.home import Home
from schemas.facts import Fact
from schemas.my_data import OPERATOR
from schemas.refs import VaultRef
from store import erasing, erasure_log, policies, registry, revoking
from store.database import Connection, Database
from store.erasing import SUBJECT
from store.held import held
from store.keys import KeyFileError, Keyring
from store.vault import Vault
from workers.commands.ledger import plainly
from workers.commands.service import database_of
from workers.promises import index

Given = TypeVar("Given")
app = typer.Typer(no_args_is_help=True, help="What is kept of one person: write it out, erase it.")

Mail = Annotated[str, typer.Option("--mail", help="The mail address that they gave.")]
Where = Annotated[str | None, typer.Option("--municipality", help="Its slug; without it, all of them.")]
HomeOf = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]
NOBODY = "Nobody is known by that address."


@app.command("export")
def export(
    mail: Mail,
    municipality: Where = None,
    output: Annotated[
        str, typer.Option(help="The file, made readable for you only; - for standard output.")
    ] = "person.json",
    home: HomeOf = Path(".straat"),
) -> None:
    """Write out all that is kept of who is known by an address, as JSON."""
    found = run(home, lambda conn, vault: _held(conn, vault, mail, municipality))
    if not found:
        typer.echo(NOBODY, err=True)
        raise typer.Exit(2)
    content = ("[" + ",\n".join(found) + "]\n").encode()
    if output == "-":
        sys.stdout.buffer.write(content)
        return
    _put(Path(output), content)
    typer.echo(f"Written to {output}.", err=True)


@app.command("erase")
def erase(
    mail: Mail,
    municipality: Where = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOf = Path(".straat"),
) -> None:
    """Destroy the data keys of who is known by an address. For good; the ledger stays, without a name."""
    found = run(home, lambda conn, vault: _refs(conn, vault, mail, municipality))
    count = sum(len(refs) for refs in found.values())
    if not count:
        typer.echo(NOBODY, err=True)
        raise typer.Exit(2)
    if not yes:
        where = ", ".join(sorted(found))
        typer.confirm(f"Erase {count} record(s) in {where}? Nobody can undo it.", abort=True, err=True)
    erased = run(home, lambda conn, vault: _erase(conn, vault, mail, municipality))
    typer.echo(f"Erased: {erased} record(s).")


@app.command("erasures")
def erasures(
    output: Annotated[Path, typer.Option(help="The file, to be kept apart from the backups.")],
    home: HomeOf = Path(".straat"),
) -> None:
    """Write the log of erasures out: references, reasons and moments, nothing about anybody.

    Also what took access away, since a backup of before gives that back too.
    """

    async def told(conn: Connection, vault: Vault) -> str:
        return erasure_log.written(await vault.erasures(conn), await revoking.told(conn))

    _put(output, run(home, told).encode())


@app.command("replay-erasures")
def replay_erasures(
    file: Annotated[Path, typer.Argument(help="The log that was kept apart.")],
    home: HomeOf = Path(".straat"),
) -> None:
    """After a restore, before anybody is let in: erase, and take away, again what the log says."""
    try:
        known = erasure_log.read(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        typer.echo(f"{file} cannot be read.", err=True)
        raise typer.Exit(2) from None
    except erasure_log.BrokenLog as error:
        typer.echo(f"{file}: {error}. Nothing was erased.", err=True)
        raise typer.Exit(2) from None

    async def again(conn: Connection, vault: Vault) -> tuple[int, int]:
        erased = await erasing.replay(conn, vault, known.erased)
        return erased, await revoking.replay(conn, known.revoked)

    back, given = run(home, again)
    typer.echo(f"{len(known.erased)} erasures in the log; {back} had come back and are erased again.")
    if known.revoked:
        took = len(known.revoked)
        typer.echo(f"Access was taken away {took} times; {given} had come back and are gone again.")


@app.command("index")
def make_index(home: HomeOf = Path(".straat")) -> None:
    """Make everybody findable by address, also who was sealed before; the worker does it by itself."""
    _with(home, index)
    typer.echo("Everybody is findable by the address they gave.")


async def _refs(conn: Connection, vault: Vault, mail: str, only: str | None) -> dict[str, list[VaultRef]]:
    slugs = [only] if only else [policy.slug for policy in await policies.all_current(conn)]
    found = {slug: await vault.of_address(conn, slug, mail) for slug in slugs}
    return {slug: refs for slug, refs in found.items() if refs}


async def _held(conn: Connection, vault: Vault, mail: str, only: str | None) -> list[str]:
    """Each municipality's part; the look is logged, since somebody of the office reads it."""
    told = []
    for slug, refs in (await _refs(conn, vault, mail, only)).items():
        await vault.look(conn, refs, OPERATOR, "export")
        told.append((await held(conn, vault, slug, refs)).model_dump_json(indent=2))
        key = f"person-exported/{os.urandom(8).hex()}"
        fact = Fact(key=key, name="person.exported", municipality=slug, subject=SUBJECT, actor=OPERATOR)
        await registry.enter(conn, fact)
    return told


async def _erase(conn: Connection, vault: Vault, mail: str, only: str | None) -> int:
    found = await _refs(conn, vault, mail, only)
    return sum([len(await erasing.erase(conn, vault, slug, refs, OPERATOR)) for slug, refs in found.items()])


def _vault(home: Path) -> Vault:
    local = Home(home).master_key
    path = Path(os.environ["STRAAT_MASTER_KEY_FILE"]) if "STRAAT_MASTER_KEY_FILE" in os.environ else local
    try:
        return Vault(Keyring.read(path))
    except KeyFileError as error:
        typer.echo(f"Nothing can be found or read without the master key: {error}.", err=True)
        raise typer.Exit(2) from None


def _put(path: Path, content: bytes) -> None:
    try:
        erasure_log.write_private(path, content)
    except OSError as error:
        typer.echo(f"{path} cannot be written ({error.strerror}).", err=True)
        raise typer.Exit(1) from None


def run(home: Path, do: Callable[[Connection, Vault], Awaitable[Given]]) -> Given:
    """In one transaction on the database of this home, with the vault open."""

    async def inside(db: Database, vault: Vault) -> Given:
        async with db.transaction() as conn:
            return await do(conn, vault)

    return _with(home, inside)


def _with(home: Path, do: Callable[[Database, Vault], Awaitable[Given]]) -> Given:
    vault = _vault(home)

    async def done() -> Given:
        db = Database(database_of(home))
        try:
            return await do(db, vault)
        finally:
            await db.close()

    with plainly():
        return asyncio.run(done())
