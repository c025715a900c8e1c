"""The command line with words that nobody meant: a sentence and an exit code, and nothing half done."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import typer
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.fuzz import files
from tests.fuzz.bending import bytes_bent
from tests.fuzz.judge import Findings, Stopwatch
from tests.fuzz.reading_files import _place
from tests.fuzz.values import chance, typed
from tests.fuzz.watching import Rows
from workers.cli import app

SERVE = ("up", "worker", "web", "demo")
"""These begin servers or play on them for minutes: they are asked with a word too many, which they refuse."""

TALK = ("reconcile", "status")
"""These ask other servers, which are away here."""

FILE = "rotterdam.toml"
READS = {
    "municipality apply": files.policies(),
    "person replay-erasures": st.one_of(
        st.binary(max_size=200), bytes_bent(b'{"ref": "00000000-0000-0000-0000-000000000001"}\n')
    ),
}
"""Commands whose first word is a file, and what may stand in it."""

WELL = {
    "municipality": "rotterdam",
    "year": "2026",
    "mail": "jan@voorbeeld.nl",
    "name": "Zaaksysteem",
    "days": "30",
    "role": "lead",
    "scope": "streets:read",
    "kind": "csv",
    "first": "2026-01-01",
    "last": "2026-12-31",
}


def commands() -> dict[str, Any]:
    """Every command, by its words, from the command line itself."""
    return dict(_under(typer.main.get_command(app), ()))


def _under(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from _under(each, (*words, name))
    else:
        yield " ".join(words), command


@dataclass(frozen=True)
class Typed:
    """A line of a terminal."""

    command: str
    words: tuple[str, ...]
    file: bytes = b""
    """What stands in the file that a command reads, where it reads one."""

    def __str__(self) -> str:
        return f"straat {self.command} {list(self.words)!r} with {self.file!r}"


def lines(folder: Path) -> st.SearchStrategy[Typed]:
    """Any command with options that are wrong, missing, twice, or too many."""
    known = commands()

    @st.composite
    def made(draw: Any) -> Typed:
        name = draw(st.sampled_from(sorted(set(known) - set(TALK))))
        words: list[str] = []
        for parameter in known[name].params if name not in SERVE else ():
            words += _words(draw, parameter, folder)
        if name in SERVE:
            words = [f"--x{draw(typed())}"]
        elif chance(draw, 20):
            words += [draw(typed())]
        content = b""
        if name in READS:
            content = draw(READS[name])
            words = [draw(st.sampled_from((str(folder / FILE), *words[:1]))), *words[1:]]
        kept = [word.replace("\0", "") for word in words]
        return Typed(name, tuple(word for word in kept if word not in ("--help", "--version")), content)

    return made()


def _words(draw: Any, parameter: Any, folder: Path) -> list[str]:
    if chance(draw, 25) and not parameter.required:
        return []
    if getattr(parameter, "is_flag", False):
        return [parameter.opts[0]] if chance(draw, 50) else []
    if chance(draw, 6):
        return [parameter.opts[0]]
    value = WELL.get(parameter.name, "x") if chance(draw, 45) else draw(typed())
    if "Path" in str(parameter.type_descriptor.annotation):
        value = _inside(folder, value)
    given = [value] * (2 if chance(draw, 4) else 1)
    if not parameter.opts[0].startswith("-"):
        return given
    return [word for each in given for word in (parameter.opts[0], each)]


def _inside(folder: Path, value: str) -> str:
    """A path that stays in our own folder, however odd."""
    parts = [part for part in value.replace("\0", "").split("/") if part not in ("", ".", "..")]
    return "/".join([str(folder), *(part[:300] for part in parts)])


@dataclass
class Commanding:
    """Runs commands in this process, each as a process of its own would."""

    env: dict[str, str]
    rows: Rows
    findings: Findings
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="straat-fuzz-cli-")))
    reached: set[str] = field(default_factory=set)

    async def run(self, typed_: Typed) -> None:
        """One command."""
        watch = Stopwatch()
        result = await asyncio.to_thread(self._invoke, typed_)
        wrong = list(watch.faults())
        error = result.exception
        if error is not None and not isinstance(error, SystemExit):
            wrong.append(f"raises {_place(error)}")
        elif result.exit_code not in (0, 1, 2):
            wrong.append(f"exit code {result.exit_code}")
        elif result.exit_code and not result.output.strip():
            wrong.append("ends without a word")
        if "Traceback" in result.output:
            wrong.append("shows a traceback")
        changed = await self.rows.changed()
        if result.exit_code:
            wrong += [f"refused and yet changed {name}" for name in changed]
        self.reached.add(typed_.command)
        self.findings.add("cli", [f"{typed_.command}: {each}" for each in wrong], str(typed_))

    def _invoke(self, typed_: Typed) -> Any:
        (self.folder / FILE).write_bytes(typed_.file)
        (self.folder / "rotterdam-logo.svg").write_bytes(files.LOGO)
        with mock.patch.dict(os.environ, self.env, clear=True):
            return CliRunner().invoke(app, [*typed_.command.split(), *typed_.words])
