"""``straat backup`` and ``straat restore``: one command each, the keys apart from the database."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer

from deploy.local.errors import StackError
from deploy.local.home import Home
from deploy.local.postgres import DATABASE, Postgres
from store import erasure_log
from store.database import LOST
from store.keys import KeyFileError, Keys, read_file
from store.migrate import ChangedMigration
from workers.commands.keys import key_path
from workers.key_mount import stays
from workers.safekeeping.backup import Made, back_up, check_apart
from workers.safekeeping.manifest import BackupError
from workers.safekeeping.nightly import each_night, forget
from workers.safekeeping.restore import Order, check, restore
from workers.settings import SettingsError, alone

Given = TypeVar("Given")
HomeOf = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]
HERE = Path(".straat")


def backup(
    output: Annotated[Path, typer.Option(help="The folder that the database's half goes into.")],
    keys: Annotated[Path, typer.Option(help="Another place, for the keys that open it.")],
    keep_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Then remove both halves of older ones.")
    ] = None,
    nightly: Annotated[
        int | None, typer.Option(min=0, max=23, help="Stay, and make one each night from this hour (UTC) on.")
    ] = None,
    home: HomeOf = HERE,
) -> None:
    """Write the database and, somewhere else, its keys: of one moment, whole or not at all."""

    def make() -> bool:
        with _plainly():
            check_apart(output, keys)
            _tell(asyncio.run(_with_database(home, lambda url: back_up(url, key_path(home), output, keys))))
            if keep_days:
                _tell_gone(forget(output, keys, keep_days, datetime.now(UTC)))
        return True

    def made() -> bool:
        with suppress(typer.Exit):
            return make()
        return False

    if nightly is None:
        make()
    else:
        each_night(nightly, output, made, typer.echo)


def restore_backup(
    folder: Annotated[Path, typer.Argument(help="The folder of the backup, as `straat backup` told it.")],
    keys: Annotated[Path, typer.Option(help="The folder of its keys.")],
    erasures: Annotated[Path | None, typer.Option(help="The log of erasures that was kept apart.")] = None,
    *,
    no_erasures: Annotated[
        bool, typer.Option("--no-erasures", help="There is no such log: nobody was erased since.")
    ] = False,
    replace: Annotated[str | None, typer.Option(help="The name of a full database to put aside.")] = None,
    home: HomeOf = HERE,
) -> None:
    """Put a backup in the place of the database: checked, migrated, erased again, verified; then swapped."""
    log = erasures or _own_log(home)
    if log is None and not no_erasures:
        typer.echo(
            "Who was erased since this backup would be back. Name the log of erasures that was kept apart "
            "with --erasures, or say --no-erasures when there is none.",
            err=True,
        )
        raise typer.Exit(2)
    with _plainly():
        manifest, kept = check(folder, keys)
        together = _fitting(key_path(home), kept)
        _check_place(key_path(home), together)
        gone = None if no_erasures else log

        async def do(url: str) -> None:
            await restore(Order(folder, url, gone, replace), manifest, kept, typer.echo)

        asyncio.run(_alone(home, do))
        _put_keys(key_path(home), together)
    typer.echo("Next: start worker and web, then `straat reconcile`, and `straat reconcile --repair`.")


def _own_database() -> str | None:
    """The administrator's way to a database of the user's own; None for that of the local stack."""
    admin = alone("ADMIN_DATABASE_URL")
    if admin is None and alone("DATABASE_URL") is not None:
        raise BackupError("ADMIN_DATABASE_URL is needed: a role that may read everything and make databases.")
    return admin


async def _with_database(home: Path, do: Callable[[str], Awaitable[Given]]) -> Given:
    """The database of the environment, or of the local stack, which may run or stand still."""
    if url := _own_database():
        return await do(url)
    if state := Home(home).read_state():
        return await do(f"postgresql://postgres@127.0.0.1:{state['ports']['postgres']}/{DATABASE}")
    return await _alone(home, do)


async def _alone(home: Path, do: Callable[[str], Awaitable[Given]]) -> Given:
    """The same while nobody else is in; a local stack must stand still, and its PostgreSQL runs for us."""
    if url := _own_database():
        return await do(url)
    place = Home(home)
    with place.claimed():
        async with Postgres(place.folder, _free_port()) as server:
            return await do(server.admin_url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _own_log(home: Path) -> Path | None:
    """The log that the worker keeps, if it is there."""
    path = Path(os.environ.get("STRAAT_ERASURE_LOG") or Home(home).erasures)
    return path if path.exists() else None


def _fitting(path: Path, kept: Keys) -> Keys:
    """The present key file and that of the backup as one. Raises when one number is two keys."""
    try:
        present = read_file(path) if path.exists() else kept
    except KeyFileError as error:
        raise BackupError(f"{path}: {error}.") from None
    for key_id, key in kept.all.items():
        if present.all.get(key_id, key) != key:
            raise BackupError(
                f"Key {key_id} in {path} is another than key {key_id} of the backup: put that file away "
                "first, if nothing that you keep was sealed with it."
            )
    return Keys({**kept.all, **present.all}, present.waiting | (kept.waiting - set(present.all)))


def _check_place(path: Path, keys: Keys) -> None:
    """Before anything is done: the keys of the backup are where the processes look, or can be put there."""
    if path.exists() and read_file(path).all == keys.all:
        return
    folder = next(each for each in path.resolve().parents if each.exists())
    if stays(path) or not os.access(folder, os.W_OK):
        raise BackupError(
            f"The keys of the backup are not in {path}, and it cannot be written from here: put them there "
            "first (STRAAT_MASTER_KEY_FILE), with those that are there already. Nothing was changed."
        )


def _put_keys(path: Path, keys: Keys) -> None:
    """So that the processes open what came back."""
    if path.exists() and read_file(path).all == keys.all:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    erasure_log.write_private(path, keys.written().encode())
    typer.echo(f"The keys of the backup are in {path}.")


def _tell(made: Made) -> None:
    size = made.manifest.bytes / 1_000_000
    typer.echo(f"Database: {made.database} ({size:.1f} MB, SHA-256 {made.manifest.sha256})")
    typer.echo(f"Keys:     {made.keys}")
    typer.echo("Bring them to two different places. Keep the log of erasures apart from both.")


def _tell_gone(names: list[str]) -> None:
    if names:
        typer.echo(f"Removed, being older: {', '.join(names)}.")


@contextmanager
def _plainly() -> Iterator[None]:
    """A sentence and exit code 1 for everything that can be wrong."""
    try:
        yield
    except (BackupError, StackError, KeyFileError, ChangedMigration, SettingsError) as error:
        typer.echo(str(error), err=True)
    except LOST as error:
        if isinstance(error, OSError) and error.filename:
            typer.echo(f"{error.filename} cannot be written or read ({error.strerror}).", err=True)
        else:
            typer.echo(f"PostgreSQL cannot be reached ({type(error).__name__}). Is it running?", err=True)
    except asyncpg.PostgresError as error:
        typer.echo(f"PostgreSQL refused ({type(error).__name__}). May this role do that?", err=True)
    else:
        return
    raise typer.Exit(1)
