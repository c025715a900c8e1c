"""What reads files: each takes a file whole, or says in a sentence why not."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from weakref import finalize

from hypothesis import strategies as st

from schemas.logo import read_logo
from schemas.policy import PolicyError, read_policy
from schemas.sepa import camt
from schemas.social import Unreadable, read_map
from store.keys import KeyFileError, Keyring
from tests.fuzz import files
from tests.fuzz.camt_files import statements
from tests.fuzz.judge import Findings, Stopwatch
from tests.fuzz.values import CANARY, chance, header, typed
from workers.settings import Settings, SettingsError, proxies

TOPICS = {"loneliness": "Eenzaamheid", "conflict": "Ruzie", "care": "Zorg", "other": "Iets anders"}
WIJKEN = ("Noord", "Hillegersberg", "Charlois", "Feijenoord", "IJsselmonde", "Kralingen")
LONGEST_SENTENCE = 12_000


def _place(error: BaseException) -> str:
    step = error.__traceback__
    while step and step.tb_next:
        step = step.tb_next
    return f"{type(error).__name__} at {Path(step.tb_frame.f_code.co_filename).name}" if step else "?"


class Reading:
    """Files, read in this process; what a reader raises must be its own refusal."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.folder = Path(tempfile.mkdtemp(prefix="straat-fuzz-files-"))
        finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def _judged(
        self,
        kind: str,
        read: Callable[[], object],
        refusal: type[Exception],
        said: object,
        secret: tuple[str, ...] = (),
    ) -> None:
        """``secret`` is what no refusal may repeat."""
        watch, wrong = Stopwatch(), []
        try:
            read()
        except refusal as error:
            told = str(error)
            if not told.strip() or len(told) > LONGEST_SENTENCE or "Traceback" in told:
                wrong.append("a refusal without a sentence")
            if error.__cause__ is not None:
                wrong.append("a refusal that carries its cause")
            if any(each in told for each in secret):
                wrong.append("a refusal that repeats a secret")
        except Exception as error:  # noqa: BLE001 - that is what we look for
            wrong.append(f"raises {_place(error)}")
        self.findings.add(kind, [*wrong, *watch.faults()], repr(said))

    def camt(self, content: bytes) -> None:
        """A bank statement."""
        self._judged("camt", lambda: camt.read(content), camt.NotAStatement, content)

    def csv(self, content: bytes) -> None:
        """A social map."""
        self._judged("csv", lambda: read_map(content, TOPICS, WIJKEN), Unreadable, content)

    def toml(self, content: bytes) -> None:
        """A policy file."""
        path = self.folder / "rotterdam.toml"
        path.write_bytes(content)
        (self.folder / "rotterdam-logo.svg").write_bytes(files.LOGO)
        self._judged("toml", lambda: read_policy(path), PolicyError, content)

    def keys(self, content: bytes) -> None:
        """A master key file; its refusal never holds what stood there."""
        path = self.folder / "master.key"
        path.write_bytes(content)
        parts = tuple(part.decode("latin-1") for part in content.split(b":") if len(part) > 8)
        self._judged("keys", lambda: Keyring.read(path), KeyFileError, content, parts)

    def logo(self, made: tuple[str, bytes]) -> None:
        """A logo beside a policy."""
        name, content = made
        (self.folder / "logo.svg").write_bytes(content)
        (self.folder / "logo.png").write_bytes(content)
        self._judged("logo", lambda: read_logo(self.folder, name), ValueError, made)

    def settings(self, made: dict[str, str]) -> None:
        """The environment, and a folder of secrets."""
        plain = {name: value for name, value in made.items() if "\0" not in value}
        secrets = self.folder / "secrets"
        secrets.mkdir(exist_ok=True)
        for name in ("database_url", "smtp_url"):
            (secrets / name).write_bytes(made.get(f"file/{name}", "x").encode("utf-8", "surrogatepass"))
        env = {name: header(value) for name, value in plain.items() if not name.startswith("file/")}
        if "file/database_url" in made:
            env["STRAAT_SECRETS"] = str(secrets)
        with mock.patch.dict(os.environ, env, clear=True):
            self._judged("settings", lambda: proxies(Settings.read()), SettingsError, made, (CANARY,))


GOOD = {
    "DATABASE_URL": "postgresql://u@h/d",
    "STRAAT_MASTER_KEY_FILE": "/k",
    "STRAAT_PUBLIC_URL": "http://127.0.0.1:1",
    "STRAAT_DESK_URL": "http://127.0.0.1:2",
    "STRAAT_TEMPORAL_UI_URL": "http://127.0.0.1:3",
}
OTHERS = tuple(str(each.validation_alias or name).upper() for name, each in Settings.model_fields.items())


def environments() -> st.SearchStrategy[dict[str, str]]:
    """Settings of which some are odd."""

    @st.composite
    def made(draw: Any) -> dict[str, str]:
        found = dict(GOOD)
        for name in draw(st.sets(st.sampled_from((*GOOD, *OTHERS)), min_size=1, max_size=4)):
            found[name] = draw(typed())
        if chance(draw, 20):
            found.pop(draw(st.sampled_from(sorted(GOOD))), None)
        if chance(draw, 25):
            found |= {f"file/{name}": draw(typed()) for name in ("database_url", "smtp_url")}
        return found

    return made()


KINDS: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
    "camt": statements,
    "csv": files.maps,
    "toml": files.policies,
    "keys": files.key_files,
    "logo": files.logos,
    "settings": environments,
}
