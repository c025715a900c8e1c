"""The settings as far as they are right: one that is wrong must not hide the others."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.addresses import child_environment, watches
from deploy.local.home import Home
from deploy.local.ports import Ports
from deploy.local.postgres import APP_ROLE, DATABASE
from workers.doctor.place import Place
from workers.settings import Settings, SettingsError

STAND_IN: Mapping[str, str] = {
    "DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "STRAAT_MASTER_KEY_FILE": "/nowhere",
    "STRAAT_PUBLIC_URL": "http://127.0.0.1:1",
    "STRAAT_DESK_URL": "http://127.0.0.1:1",
    "STRAAT_TEMPORAL_UI_URL": "http://127.0.0.1:1",
}
"""Of what has to be there and is wrong; nobody looks there."""

FIELDS = {str(each.validation_alias or name).upper(): name for name, each in Settings.model_fields.items()}
ELSEWHERE = ("STRAAT_SECRETS", "STRAAT_MASTER_KEY_FILE", "STRAAT_PUBLIC_URL", "STRAAT_DESK_URL")
"""Whoever sets one of these means another installation than the local stack."""


@contextmanager
def environment(home: Path) -> Iterator[Path | None]:
    """As a process of it has it: that of the local stack in ``home`` where nothing names another one."""
    state = Home(home).read_state()
    if state is None or any(name in os.environ for name in ELSEWHERE):
        yield None
        return
    ports, place = Ports(**state["ports"]), Home(home)
    url = os.environ.get("DATABASE_URL") or f"postgresql://{APP_ROLE}@127.0.0.1:{ports.postgres}/{DATABASE}"
    before = dict(os.environ)
    theirs = child_environment(ports, url, str(place.master_key))
    theirs.setdefault("STRAAT_ERASURE_LOG", str(place.erasures))
    try:
        _become(theirs)
        yield place.folder
    finally:
        _become(before)


def _become(environ: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environ)


def look_around(home: Path | None, more: list[str], backups: Path | None) -> Place:
    """The place that the environment tells of; ``more``: addresses of other processes that are watched."""
    settings, sentences = read()
    wrong = frozenset(line.partition(" ")[0] for line in sentences) & frozenset(FIELDS)
    return Place(
        settings=settings,
        wrong=wrong,
        sentences=sentences,
        home=home,
        watches=[*_watched(settings, home), *more],
        backups=backups,
    )


def _watched(settings: Settings, home: Path | None) -> list[str]:
    state = Home(home).read_state() if home else None
    if state:
        return list(watches(Ports(**state["ports"])).values())
    if settings.watch_port is None:
        return []
    host = settings.watch_host
    here = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - listened on, not by us
    return [f"http://{f'[{here}]' if ':' in here else here}:{settings.watch_port}"]


def read() -> tuple[Settings, list[str]]:
    """The settings, and a sentence for each that is missing or wrong and got its default or a stand-in."""
    sentences: list[str] = []
    before = dict(os.environ)
    try:
        while True:
            try:
                return Settings.read(), sentences
            except SettingsError as error:
                new = [line for line in str(error).splitlines() if line not in sentences]
                if not new:
                    raise
                sentences += new
                for line in new:
                    _out_of_the_way(line.partition(" ")[0])
    finally:
        _become(before)


def _out_of_the_way(name: str) -> None:
    if name in STAND_IN:
        os.environ[name] = STAND_IN[name]
    else:
        os.environ.pop(name, None)
