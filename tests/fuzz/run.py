"""The run: a server of its own, and so many inputs of every kind, a town for each so many."""

import base64
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.postgres import Postgres
from schemas.policy import read_policy
from store import policies
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.migrate import migrate
from store.proofs import prove
from store.reports import chains
from store.vault import Vault
from tests.conftest import MUNICIPALITIES, TODAY, free_port, quick_place
from tests.fuzz.asking import Asking, calls, questions
from tests.fuzz.commands import Commanding, lines
from tests.fuzz.explore import explore
from tests.fuzz.forms import Posting, made
from tests.fuzz.judge import Findings
from tests.fuzz.mailing import Mailing, replies
from tests.fuzz.reading_files import KINDS, Reading
from tests.fuzz.town import DESK, PUBLIC, Town, town
from tests.fuzz.watching import Log, listening
from tests.web.api.test_schemathesis import serving, told

SHARES = {
    "forms": 10,
    "addresses": 14,
    "api": 7,
    "schema": 4,
    "camt": 22,
    "csv": 14,
    "toml": 16,
    "keys": 4,
    "logo": 3,
    "settings": 3,
    "smtp": 2,
    "cli": 1,
}
"""Of a hundred inputs: how many are of which kind."""

IN_ONE_TOWN = 2500
"""Inputs until a town is made anew: what was accepted piles up, and somebody erased themselves."""

AT_ONCE = 250
"""Forms until those that turned up meanwhile join in."""


@dataclass
class Run:
    """Everything that is tried, on one server. The same seed tries the same."""

    postgres: Postgres
    seed: int
    findings: Findings = field(default_factory=Findings)
    keyring: Keyring = field(default_factory=lambda: Keyring({1: os.urandom(KEY_BYTES)}))
    reached: set[tuple[str, str]] = field(default_factory=set)
    accepted: int = 0

    async def of(self, kind: str, inputs: int) -> None:
        """So many inputs of a kind."""
        if kind in KINDS:
            reading = Reading(self.findings)
            await self._often(
                inputs, lambda many, seed: explore(KINDS[kind](), getattr(reading, kind), many, seed)
            )
            return
        doing = {
            "forms": self._forms,
            "addresses": self._addresses,
            "api": self._api,
            "schema": self._schema,
            "smtp": self._smtp,
            "cli": self._cli,
        }[kind]

        async def in_a_town(many: int, seed: int) -> None:
            with listening() as log:
                async with town(self.postgres, self.keyring) as made_:
                    await doing(made_, log, many, seed)
                    await self._books(kind, made_)

        await self._often(inputs, in_a_town)

    async def _often(self, inputs: int, some: Callable[[int, int], Awaitable[None]]) -> None:
        for done in range(0, inputs, IN_ONE_TOWN):
            await some(min(IN_ONE_TOWN, inputs - done), self.seed + done)

    async def _books(self, kind: str, made_: Town) -> None:
        """Whatever was taken in, the books are whole."""
        async with made_.house.db.connection() as conn:
            for chain in await chains(conn):
                proof = await prove(conn, chain, Vault(self.keyring))
                if not proof.sound:
                    self.findings.found_later(kind, "the books are not whole", str(proof))

    async def _forms(self, made_: Town, log: Log, many: int, seed: int) -> None:
        posting = Posting(made_, log, self.findings)
        await posting.find()
        for done in range(0, many, AT_ONCE):
            await explore(made(posting.pool), posting.send, min(AT_ONCE, many - done), seed + done)
        self.reached |= posting.reached
        self.accepted += posting.accepted

    async def _addresses(self, made_: Town, log: Log, many: int, seed: int) -> None:
        log.taken()
        await explore(questions(made_), Asking(made_, log, self.findings).ask, many, seed)

    async def _api(self, made_: Town, log: Log, many: int, seed: int) -> None:
        asking = Asking(made_, log, self.findings)
        await asking.make_key()
        await made_.rows.changed()
        log.taken()
        await explore(calls(), asking.call, many, seed)

    async def _schema(self, made_: Town, log: Log, many: int, seed: int) -> None:
        """Schemathesis counts by itself; about as many as were asked for."""
        asking = Asking(made_, log, self.findings)
        await asking.make_key()
        key = ("--header", f"Authorization: Bearer {asking.key}")
        with tempfile.TemporaryDirectory() as where:
            async with serving(made_.house.db, self.keyring) as address:
                code, said = await told(
                    address, Path(where), "coverage,fuzzing", *key, times=max(15, many // 9), seed=seed
                )
        tried = re.search(r"(\d+) generated", said)
        self.findings.inputs["schema"] += int(tried[1]) if tried else 0
        if code != 0 or tried is None:
            self.findings.found_later("schema", "the API does not do what its document says", said[-6000:])

    async def _smtp(self, made_: Town, log: Log, many: int, seed: int) -> None:
        log.taken()
        async with Mailing(made_.house.db, Vault(self.keyring), log, self.findings).open() as mailing:
            await explore(replies(), mailing.bring, many, seed)

    async def _cli(self, made_: Town, log: Log, many: int, seed: int) -> None:
        with tempfile.TemporaryDirectory() as where:
            folder = Path(where)
            env = await self.environment(made_, folder)
            await made_.rows.changed()
            commanding = Commanding(env, made_.rows, self.findings, folder)
            await explore(lines(folder), commanding.run, many, seed)

    async def environment(self, made_: Town, folder: Path) -> dict[str, str]:
        """What the processes of a town are set up with; Temporal is away."""
        name = await made_.rows.conn.fetchval("select current_database()")
        key = base64.b64encode(self.keyring.keys[1]).decode()
        (folder / "master.key").write_text(f"1:{key}\n")
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"{self.postgres.app_url.rpartition('/')[0]}/{name}",
            "ADMIN_DATABASE_URL": f"{self.postgres.admin_url.rpartition('/')[0]}/{name}",
            "STRAAT_MASTER_KEY_FILE": str(folder / "master.key"),
            "STRAAT_PUBLIC_URL": PUBLIC,
            "STRAAT_DESK_URL": DESK,
            "STRAAT_TEMPORAL_UI_URL": "http://127.0.0.1:8602",
            "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
        }


def spread(inputs: int, kinds: list[str]) -> dict[str, int]:
    """How many of each kind; the first takes what rounding leaves."""
    whole = sum(SHARES[kind] for kind in kinds)
    found = {kind: inputs * SHARES[kind] // whole for kind in kinds}
    found[kinds[0]] += inputs - sum(found.values())
    return found


@asynccontextmanager
async def server() -> AsyncIterator[Postgres]:
    """PostgreSQL with a template that is migrated and has the example municipalities."""
    folder = Path(tempfile.mkdtemp(prefix="straat-fuzz-", dir=quick_place()))
    folder.chmod(0o755)
    try:
        async with Postgres(folder, free_port()) as made_:
            await migrate(made_.admin_url)
            db = Database(made_.app_url)
            async with db.transaction() as conn:
                for path in MUNICIPALITIES:
                    await policies.apply(conn, read_policy(path), "engine", TODAY)
                await conn.execute("update post.submission set relayed_at = now()")
            await db.close()
            yield made_
    finally:
        shutil.rmtree(folder, ignore_errors=True)
