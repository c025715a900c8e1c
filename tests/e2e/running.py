"""`straat up` as a person starts it, and ways to take its servers away for a while."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from deploy.local.health import answers
from deploy.local.processes import birth_of

STRAAT = [sys.executable, "-m", "workers.cli"]
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""

ALL_SERVICES = 5


def environment() -> dict[str, str]:
    """Ours, without what would point the stack at somebody else's servers."""
    return {key: value for key, value in os.environ.items() if not key.endswith("DATABASE_URL")}


class Running:
    """A stack in a home of its own; what it says goes to a file beside that home."""

    def __init__(self, outer: Path, base: int) -> None:
        self.home = outer / "home"
        self._said = outer / "up.log"
        self._command = [*STRAAT, "up", "--home", str(self.home), "--ports", str(base)]
        self.start()

    def start(self) -> None:
        """Begin, at first or after everything was cut off."""
        with self._said.open("w") as out:
            self.process = subprocess.Popen(self._command, stdout=out, stderr=out, env=environment())

    def wait(self) -> None:
        """Until it says that it runs."""
        deadline = time.monotonic() + 2 * PATIENCE
        while "Stop: Ctrl-C" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def end(self) -> None:
        """As Ctrl-C does; by force when that does not help, whatever state a test left it in."""
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    @property
    def said(self) -> str:
        """Everything it told the person at the terminal."""
        return self._said.read_text()

    @property
    def state(self) -> Mapping[str, Any]:
        """What `straat status` reads."""
        state: dict[str, Any] = json.loads((self.home / "stack.json").read_text())
        return state

    @property
    def urls(self) -> Mapping[str, str]:
        """Where everything is, by name."""
        return dict(self.state["urls"])

    @property
    def admin_url(self) -> str:
        """The superuser's way in."""
        return f"postgresql://postgres@127.0.0.1:{self.state['ports']['postgres']}/straat"

    def pid(self, service: str) -> int:
        """The process of a service as it runs now."""
        return int(self.state["services"][service]["pid"])

    def kill(self, service: str) -> None:
        """As a crash does: no word of warning."""
        os.kill(self.pid(service), signal.SIGKILL)

    def cut_the_power(self) -> None:
        """Everything is gone at once, supervisor first, so that nothing is restarted or tidied."""
        pids = [service["pid"] for service in self.state["services"].values()]
        self.process.kill()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    @asynccontextmanager
    async def without(self, service: str) -> AsyncIterator[None]:
        """A while without a server: killed, and its supervisor held still so that it stays away."""
        pid, url = self.pid(service), self.urls[{"mail": "smtp"}.get(service, service)]
        self.process.send_signal(signal.SIGSTOP)
        try:
            os.kill(pid, signal.SIGKILL)
            await until(lambda: _is_down(url), f"{service} is gone")
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
        await until(self.is_well, f"{service} is back")

    async def is_well(self) -> bool:
        """Whether everything answers, and worker and web are alive."""
        services = self.state["services"].values()
        if len(services) < ALL_SERVICES or not all(birth_of(s["pid"]) == s["birth"] for s in services):
            return False
        urls = self.urls
        pages = [urls["public"] + "/gezond", urls["desk"] + "/gezond"]
        doors = [urls[name] for name in ("temporal", "postgres", "smtp")]
        return all([await answers(url) for url in (*pages, *doors)])

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """What a query as superuser gives."""
        conn = await asyncpg.connect(self.admin_url)
        try:
            found: list[asyncpg.Record] = await conn.fetch(sql, *values)
        finally:
            await conn.close()
        return found

    async def value(self, sql: str, *values: object) -> Any:
        """The first column of the only row."""
        ((value,),) = await self.rows(sql, *values)
        return value

    async def at_rest(self) -> None:
        """Until inbox and outbox are empty."""
        sql = """select (select count(*) from post.submission where relayed_at is null)
                      + (select count(*) from post.mail where state in ('queued', 'sending', 'unknown'))"""

        async def empty() -> bool:
            return bool(await self.value(sql) == 0)

        await until(empty, "inbox and outbox are empty")

    async def mails(self, to: str) -> list[dict[str, Any]]:
        """The mails that an address got so far, newest first."""
        async with httpx.AsyncClient(base_url=self.urls["mail"], timeout=PATIENCE) as client:
            found: list[dict[str, Any]] = (await client.get("/api/mails", params={"to": to})).json()
        return found

    async def letter(self, to: str, template: str, *, but: Collection[str] = ()) -> dict[str, Any]:
        """The newest mail of a kind that an address got, once it is there; ``but``: ids of older ones."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            nonlocal found
            rows = await self.rows("select message_id from post.mail where template = $1", template)
            ids = {row["message_id"] for row in rows}
            mails = [mail for mail in await self.mails(to) if mail["id"] not in but]
            found = [mail for mail in mails if dict(mail["headers"])["Message-ID"] in ids]
            return bool(found)

        await until(there, f"the mail {template}")
        return found[0]


async def _is_down(url: str) -> bool:
    return not await answers(url)


async def until(true: Any, what: str) -> None:
    """Wait for something; says what it waited for in vain."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await true():
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"waited in vain: {what}") from None
