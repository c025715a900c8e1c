"""Commands that are read when they are asked for: `straat up` reads no books, `straat web` no backups."""

from collections import UserDict
from collections.abc import Mapping
from contextlib import nullcontext
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from workers.commands.reading import reading_code

PLACES = {
    "worker": "serving:worker",
    "web": "serving:web",
    "migrate": "service:migrate",
    "backup": "backup:backup",
    "restore": "backup:restore_backup",
    "ledger": "books:app",
    "person": "person:app",
    "audit": "audit:app",
    "client": "client:app",
    "staff": "staff:app",
    "keys": "keys:app",
    "deploy": "deploy:app",
    "retention": "retention:app",
}
"""Each with its module here, and the function or the group in it."""
SERVE = ("worker", "web")


class Straat(TyperGroup):
    """The whole command line."""

    def __init__(self, *, commands: Mapping[str, Any], **more: Any) -> None:  # noqa: ANN401 - whatever Typer gives
        super().__init__(**more)
        self.commands = Commands({**commands, **PLACES})


class Commands(UserDict[str, Any]):
    """By name; a place turns into its command at the first look."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - what Typer makes
        """The command; ``KeyError`` for a name that is none."""
        found = super().__getitem__(name)
        if isinstance(found, str):
            found = self.data[name] = _read(name, found)
        return found


def _read(name: str, place: str) -> Any:  # noqa: ANN401
    module, _, part = place.partition(":")
    with reading_code() if name in SERVE else nullcontext():
        found = getattr(import_module(f"workers.commands.{module}"), part)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)
