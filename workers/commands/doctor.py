"""``straat doctor``: is everything as it should be, and what to do where it is not."""

import asyncio
import json
import shutil
import sys
import textwrap
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

import typer

from workers.doctor.findings import Finding, State
from workers.doctor.groups import Group
from workers.doctor.known import environment, look_around
from workers.doctor.rounds import Told, go_round, worst

TITLES = {
    Group.SETTINGS: "Settings",
    Group.DATABASE: "Database",
    Group.TEMPORAL: "Temporal",
    Group.KEYS: "Master keys",
    Group.MAIL: "Mail",
    Group.WORK: "What waits",
    Group.CLOCK: "Clock",
    Group.BACKUPS: "Backups, and what has to survive them",
    Group.PAGES: "Pages and processes",
    Group.MACHINE: "This machine",
}
SHOWN = {
    State.GOOD: "good",
    State.ATTENTION: "ATTENTION",
    State.BROKEN: "BROKEN",
    State.NOT_CHECKED: "not checked",
}
COLOURS = {State.GOOD: "green", State.ATTENTION: "yellow", State.BROKEN: "red", State.NOT_CHECKED: "cyan"}
NARROW = 40
WIDTH = max(map(len, SHOWN.values())) + 2


def doctor(home: Path, only: list[Group], watch: list[str], backups: Path | None, *, as_json: bool) -> None:
    """Look at everything and change nothing; exit code 1 when something is broken, or nothing was seen."""
    with environment(home) as ours:
        told = asyncio.run(go_round(look_around(ours, watch, backups), only))
    if as_json:
        typer.echo(json.dumps(_json(told), indent=2))
    else:
        _show(told)
    if worst(told) in (State.BROKEN, State.NOT_CHECKED):
        raise typer.Exit(1)


def _json(told: list[Told]) -> dict[str, Any]:
    return {
        "state": worst(told),
        "findings": [
            {
                "group": group,
                "state": each.state,
                "told": each.told,
                "do": each.do,
                "paste": list(each.paste),
            }
            for group, each in told
        ],
    }


def _show(told: list[Told]) -> None:
    for group, some in groupby(told, key=lambda each: each[0]):
        typer.echo(TITLES[group])
        for _, each in some:
            _line(each)
        typer.echo()
    typer.echo(summary(told))


def _line(each: Finding) -> None:
    head = typer.style(SHOWN[each.state].ljust(WIDTH), fg=COLOURS[each.state])
    typer.echo(f"  {head}{_folded(each.told)}")
    if each.do:
        typer.echo(f"  {'':{WIDTH}}-> {each.do}")
    for line in each.paste:
        typer.echo(f"  {'':{WIDTH}}   {line}")


def _folded(told: str) -> str:
    """A sentence within the width of a terminal, if there is one. What can be copied is never cut."""
    if not sys.stdout.isatty():
        return told
    width = max(shutil.get_terminal_size().columns - WIDTH - 2, NARROW)
    return f"\n  {'':{WIDTH}}".join(
        textwrap.wrap(told, width, break_long_words=False, break_on_hyphens=False)
    )


def summary(told: list[Told]) -> str:
    """How many of each, and what that means."""
    count = Counter(each.state for _, each in told)
    numbers = ", ".join(
        f"{count[state]} {words}"
        for state, words in (
            (State.GOOD, "good"),
            (State.ATTENTION, "to look at"),
            (State.BROKEN, "broken"),
            (State.NOT_CHECKED, "not checked"),
        )
        if count[state] or state is State.GOOD
    )
    return {
        State.GOOD: f"All is well: {numbers}.",
        State.ATTENTION: f"It works; somebody should look: {numbers}.",
        State.BROKEN: f"Something is broken: {numbers}.",
        State.NOT_CHECKED: f"Nothing could be looked at: {numbers}.",
    }[worst(told)]
