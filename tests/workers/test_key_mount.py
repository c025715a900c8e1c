"""Which ways of handing over the key file are followed when it is replaced: tried with real mounts."""

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from store.database import Database
from store.keys import KEY_BYTES, Keyring
from tests.conftest import Urls
from tests.workers.inside import Inside
from tests.workers.test_cli import key_file
from workers.key_mount import STAYS, stays

__all__ = ["key_file"]

HANDED = {
    "file": "mount --bind {host}/master_key {inside}/master_key",
    "folder": "mount --bind {host} {inside}",
}
LOOKS = """
import os, sys, time
from pathlib import Path
from store import keys
from workers.key_mount import stays

keys.LOOK_AGAIN = 0.0
path, new, where = map(Path, sys.argv[1:])
ring = keys.Keyring.read(path)
os.replace(new, where)
time.sleep(0.01)
print(stays(path), sorted(ring.keys))
"""
"""A process of ours, while its file is replaced where the operator has it."""


HOLDS = """
import asyncio, sys
from pathlib import Path
from store.database import Database
from store.keys import Keyring
from workers.keeping_keys import hold

async def main():
    await hold(Database(sys.argv[1]), Keyring.read(Path(sys.argv[2])), "web")

asyncio.run(main())
"""


def in_a_mount(mount: str, *words: str) -> list[str]:
    """Python, with mounts of its own."""
    shell = ["unshare", "--map-root-user", "--mount", "sh", "-ec", f'{mount}; exec "$@"', "sh"]
    return [*shell, sys.executable, *words]


def line(key_id: int) -> str:
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"


@pytest.mark.parametrize(("way", "told"), [("file", "True [1]\n"), ("folder", "False [1, 2]\n")])
def test_a_mounted_folder_is_followed_and_a_mounted_file_is_not(
    tmp_path: Path, key_file: Path, way: str, told: str
) -> None:
    host, inside = tmp_path / "the host", tmp_path / "inside"
    host.mkdir()
    inside.mkdir()
    now = host / "master_key"
    key_file.rename(now)
    (inside / "master_key").touch()
    new = tmp_path / "the host" / "new"
    new.write_text(now.read_text() + line(2))
    mount = HANDED[way].format(host=str(host).replace(" ", "\\ "), inside=inside)
    words = in_a_mount(mount, "-c", LOOKS, str(inside / "master_key"), str(new), str(now))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (told, "")


def test_the_links_of_kubernetes_are_followed(
    tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret is a link to a link to a folder; another version is another folder."""
    monkeypatch.setattr("store.keys.LOOK_AGAIN", 0.0)
    for name, text in (("..1", key_file.read_text()), ("..2", key_file.read_text() + line(2))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "master_key").write_text(text)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "master_key").symlink_to("..data/master_key")
    ring = Keyring.read(tmp_path / "master_key")
    (tmp_path / "..next").symlink_to("..2")
    (tmp_path / "..next").replace(tmp_path / "..data")
    assert (stays(tmp_path / "master_key"), sorted(ring.keys)) == (False, [1, 2])


async def test_who_cannot_follow_says_so_and_is_named_when_the_key_changes(
    database: Urls, db: Database, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A web process as Compose starts one with a secret of one file, while its operator wants another key."""
    monkeypatch.setattr("workers.commands.keys.PATIENCE", 0.0)
    inside = tmp_path / "inside"
    inside.touch()
    words = in_a_mount(f"mount --bind {key_file} {inside}", "-c", HOLDS, database.app_url, str(inside))
    web = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.DEVNULL)
    names = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    needed = {"DATABASE_URL": database.app_url, "STRAAT_MASTER_KEY_FILE": str(key_file)}
    shell = Inside(needed | dict.fromkeys(names, "http://some.test"))
    try:
        async with db.connection() as conn, asyncio.timeout(60):
            while not await conn.fetchval("select count(*) from vault.holder"):
                await asyncio.sleep(0.02)
        assert STAYS in " ".join((await shell.run("keys", "status")).out.split())
        assert (await shell.run("keys", "add")).code == 0
        refused = await shell.run("keys", "rotate")
        assert refused.code == 1
        assert f"does not know the new key yet: {STAYS}" in refused.err
    finally:
        web.kill()
        await web.wait()
