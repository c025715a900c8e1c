"""Several workers keep one log of erasures: it is whole at every moment, and never tells less than before."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from store import erasure_log
from store.database import Database
from tests.conftest import Urls

WRITERS = 3
LINES = 100
"""Of before, so that a file takes a while to write."""

WORKER = """
import asyncio, sys
from pathlib import Path
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from workers.promises import keep_log
from store import erasure_log

async def work():
    db, vault, path = Database(sys.argv[1]), Vault(Keyring({1: bytes(32)})), Path(sys.argv[2])
    print("here", flush=True)
    while True:
        with erasure_log.alone(path) as mine:
            if mine:
                await keep_log(db, vault, path)
        await asyncio.sleep(0.005)

asyncio.run(work())
"""


class Writers:
    """Worker processes that keep the log as often as they can; each that is killed is followed by another."""

    def __init__(self, url: str, path: Path) -> None:
        self.words = (sys.executable, "-c", WORKER, url, str(path))
        self.running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        """One more, at work."""
        one = await asyncio.create_subprocess_exec(*self.words, stdout=asyncio.subprocess.PIPE)
        assert one.stdout is not None
        assert await one.stdout.readline() == b"here\n"
        self.running.append(one)

    async def kill(self) -> None:
        """The eldest, wherever it is."""
        one = self.running.pop(0)
        one.kill()
        await one.wait()


def told(path: Path) -> set[UUID]:
    """Who the file says is erased; a broken one raises."""
    return {ref for ref, _, _ in erasure_log.read(path.read_text()).erased} if path.exists() else set()


async def erase(db: Database, *refs: UUID) -> None:
    async with db.transaction() as conn:
        await conn.execute(
            "insert into vault.erasure (ref, reason) select unnest($1::uuid[]), 'person.erased'", list(refs)
        )


async def test_three_workers_and_some_that_are_killed(database: Urls, db: Database, tmp_path: Path) -> None:
    path, known = tmp_path / "erasures.jsonl", [uuid4() for _ in range(LINES)]
    await erase(db, *known)
    writers, seen = Writers(database.app_url, path), set[UUID]()
    await asyncio.gather(*(writers.start() for _ in range(WRITERS)))
    try:
        for number in range(6):
            known.append(uuid4())
            await erase(db, known[-1])
            for _ in range(5):
                now = told(path)
                assert seen <= now, "what was told once is told from then on"
                seen = now
                await asyncio.sleep(0.005)
            if number % 3 == 2:
                await writers.kill()
                await writers.start()
        async with asyncio.timeout(60):
            while told(path) != set(known):
                await asyncio.sleep(0.05)
    finally:
        for one in writers.running:
            one.kill()
            await one.wait()
    assert path.stat().st_mode & 0o777 == 0o600


async def test_killed_in_the_middle_of_a_line(tmp_path: Path) -> None:
    """Half of the next file is there, and nobody's: the one of before stays, and the next writer goes on."""
    path = tmp_path / "erasures.jsonl"
    erasure_log.write_private(path, b'{"ref": "%b", "reason": "r", "erased_at": "2026-11-26"}\n' % _ref())
    stopped = (
        "import os, sys; from pathlib import Path; from store import erasure_log\n"
        "path = Path(sys.argv[1])\n"
        "with erasure_log.alone(path):\n"
        "    os.fsync = lambda _: os.kill(os.getpid(), 9)\n"
        "    erasure_log.write_private(path, b'{\"ref\": ')"
    )
    one = await asyncio.create_subprocess_exec(sys.executable, "-c", stopped, str(path))
    assert await one.wait() == -9
    assert (tmp_path / f".{path.name}.half").read_bytes() == b'{"ref": '
    assert len(told(path)) == 1
    with erasure_log.alone(path) as mine:
        assert mine, "the lock went with its process"
        erasure_log.write_private(path, path.read_bytes() * 2)
    assert len(path.read_text().splitlines()) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == [".erasures.jsonl.lock", "erasures.jsonl"]


async def test_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    with erasure_log.alone(path) as mine, erasure_log.alone(path) as theirs:
        assert (mine, theirs) == (True, False)
    with pytest.raises(OSError, match="No such file"), erasure_log.alone(tmp_path / "nowhere" / "log"):
        pass


def _ref() -> bytes:
    return str(uuid4()).encode()
