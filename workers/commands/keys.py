"""``straat keys``: another master key while everything goes on.

add ── every process knows it ── rotate ── it seals, all is wrapped anew ── retire ── the old one is gone
"""

import asyncio
import os
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from deploy.local.home import Home
from store import erasure_log, rotation
from store.database import Connection, Database
from store.keys import KEY_BYTES, KeyFileError, Keys, fingerprint, read_file
from workers.commands.ledger import plainly
from workers.commands.service import database_of

Given = TypeVar("Given")
app = typer.Typer(no_args_is_help=True, help="Master keys: add one, seal with it, retire the old one.")
HomeOf = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]
HERE = Path(".straat")
PATIENCE = 20.0
"""Seconds that processes get to follow the file."""


@app.command("add")
def add(home: HomeOf = HERE) -> None:
    """Make a new key and put it in the file: it opens, and does not seal yet."""
    path = key_path(home)
    keys = _keys(path)
    if keys.waiting:
        typer.echo(f"Key {max(keys.waiting)} waits already: go on with `straat keys rotate`.", err=True)
        raise typer.Exit(1)
    new = max(keys.all) + 1
    made = os.urandom(KEY_BYTES)
    _put(path, Keys({**keys.all, new: made}, frozenset({new})))
    typer.echo(f"Key {new} ({fingerprint(made)}) is in {path}; it opens, and seals nothing yet.")
    typer.echo("Next: keep a copy of the file apart, bring it to every machine, then `straat keys rotate`.")


@app.command("rotate")
def rotate(home: HomeOf = HERE) -> None:
    """Seal with the key that waits, once every process knows it; the worker wraps the rest anew."""
    path = key_path(home)
    keys = _keys(path)
    if not keys.waiting and not _unnoted(home, keys):
        typer.echo("No key waits: begin with `straat keys add`.", err=True)
        raise typer.Exit(1)
    after = Keys(keys.all)
    _wait(home, lambda holder: _knows(holder, after), "does not know the new key yet")
    _put(path, after)
    _wait(home, lambda holder: holder["sealing"] == after.active, "seals with the old key still")
    _ask(home, lambda conn: rotation.seals_now(conn, after))
    typer.echo(f"Key {after.active} seals from now on; the worker wraps everything anew by itself.")
    typer.echo("Next: see it end with `straat keys status`, then `straat keys retire`.")


@app.command("status")
def status(home: HomeOf = HERE) -> None:
    """Each key, what is under it, and which processes know it."""
    keys = _keys(key_path(home))
    known, living, under = _ask(home, lambda conn: _state(conn, keys))
    table = Table("key", "fingerprint", "does", "seals since", "wraps", "makes findable")
    for key_id, name in sorted(keys.fingerprints.items()):
        row = known.get(key_id)
        since = f"{row['sealing_since']:%Y-%m-%d %H:%M}" if row and key_id not in keys.waiting else ""
        wraps = sum(left.items for left in under[key_id] if not left.what.endswith("found_key"))
        finds = sum(left.items for left in under[key_id] if left.what.endswith("found_key"))
        table.add_row(str(key_id), name, _does(keys, key_id), since, str(wraps), str(finds))
    Console(width=110).print(table)
    if not living:
        typer.echo("No process holds keys now.")
    for holder in living:
        same = "knows them all" if _knows(holder, keys) else "DOES NOT KNOW THEM ALL"
        trouble = f"; {holder['trouble']}" if holder["trouble"] else ""
        typer.echo(f"{holder['process']}: {same}, seals with key {holder['sealing']}{trouble}")


@app.command("retire")
def retire(
    key: Annotated[int, typer.Argument(help="The number of the key.")],
    home: HomeOf = HERE,
) -> None:
    """Take an old key out of the file; refused while anything still needs it."""
    path = key_path(home)
    keys = _keys(path)
    if key not in keys.all:
        typer.echo(f"The file has no key {key}.", err=True)
        raise typer.Exit(2)
    if key == keys.active:
        typer.echo(f"Key {key} seals now: `straat keys add` and `straat keys rotate` come first.", err=True)
        raise typer.Exit(1)
    left = [] if key in keys.waiting else _ask(home, lambda conn: rotation.needs(conn, key, keys.active))
    if left:
        typer.echo(f"Key {key} is still needed, and stays:", err=True)
        for each in left:
            typer.echo(f"  {each.what}: {each.items}", err=True)
        raise typer.Exit(1)
    _put(path, Keys({k: v for k, v in keys.all.items() if k != key}, keys.waiting - {key}))
    _ask(home, lambda conn: rotation.retired(conn, key))
    typer.echo(f"Key {key} is out of {path}.")
    typer.echo("Backups of before need it: keep the copy that lies with them as long as you keep those.")


def key_path(home: Path) -> Path:
    """The file of the environment, else that of the local stack."""
    if "STRAAT_MASTER_KEY_FILE" in os.environ:
        return Path(os.environ["STRAAT_MASTER_KEY_FILE"])
    return Home(home).master_key


def _keys(path: Path) -> Keys:
    try:
        return read_file(path)
    except KeyFileError as error:
        typer.echo(f"{path}: {error}.", err=True)
        raise typer.Exit(2) from None


def _put(path: Path, keys: Keys) -> None:
    """Replace the file as a whole, for whoever owns and reads it."""
    try:
        owner = path.stat()
        erasure_log.write_private(path, keys.written().encode())
        path.chmod(stat.S_IMODE(owner.st_mode))
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)
    except OSError as error:
        typer.echo(f"{path} cannot be written ({error.strerror}): nothing changed.", err=True)
        raise typer.Exit(1) from None


def _does(keys: Keys, key_id: int) -> str:
    if key_id == keys.active:
        return "seals and opens"
    return "opens, waits to seal" if key_id in keys.waiting else "opens"


def _knows(holder: asyncpg.Record, keys: Keys) -> bool:
    told: dict[str, str] = holder["keys"]
    return all(told.get(str(key_id)) == name for key_id, name in keys.fingerprints.items())


def _unnoted(home: Path, keys: Keys) -> bool:
    """Whether a rotation was broken off between the file and the note of when it began."""
    known, _, _ = _ask(home, lambda conn: _state(conn, keys))
    return len(keys.all) > 1 and keys.active not in known


def _wait(home: Path, fine: Callable[[asyncpg.Record], bool], otherwise: str) -> None:
    """Until every living process is so far; says which is not."""
    until = time.monotonic() + PATIENCE
    while late := [each for each in _ask(home, rotation.holders) if not fine(each)]:
        if time.monotonic() > until:
            for holder in late:
                why = holder["trouble"] or "does it read the same file?"
                typer.echo(f"{holder['process']} {otherwise}: {why}", err=True)
            raise typer.Exit(1)
        time.sleep(0.5)


async def _state(
    conn: Connection, keys: Keys
) -> tuple[dict[int, asyncpg.Record], list[asyncpg.Record], dict[int, list[rotation.Left]]]:
    known = {row["id"]: row for row in await rotation.known(conn)}
    under = {key_id: await rotation.under(conn, key_id) for key_id in keys.all}
    return known, await rotation.holders(conn), under


def _ask(home: Path, ask: Callable[[Connection], Awaitable[Given]]) -> Given:
    async def done() -> Given:
        db = Database(database_of(home))
        try:
            async with db.transaction() as conn:
                return await ask(conn)
        finally:
            await db.close()

    with plainly():
        return asyncio.run(done())
