"""A house is made for one run, and says so where it cannot be made."""

import asyncio
import os
import signal
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.local.errors import StackError
from deploy.local.home import MARKER
from tests.chaos.house import ROOM, House, children
from tests.conftest import free_port

BASE = 27_100


def silent(_: str) -> None:
    """Nobody listens."""


async def test_a_home_of_an_earlier_run_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / MARKER).touch()
    (tmp_path / "postgres").mkdir()
    house = House(tmp_path, BASE, silent)
    with pytest.raises(StackError, match="holds an earlier run"):
        await house.up()
    await house.down()
    assert not (tmp_path / "keys").exists()


async def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("van mij")
    house = House(tmp_path, BASE, silent)
    with pytest.raises(StackError, match="choose an empty or new folder"):
        await house.up()
    await house.down()
    assert [path.name for path in tmp_path.iterdir()] == ["brief.txt"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "ADMIN_DATABASE_URL"])
def test_a_database_of_somebody_else_is_never_struck(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"postgresql://postgres@127.0.0.1:{free_port()}/straat")
    with pytest.raises(StackError):
        House(tmp_path, BASE, silent)


def test_worker_and_web_go_over_the_wires_and_every_port_is_somebodys_own(tmp_path: Path) -> None:
    house = House(tmp_path, BASE, silent)
    wires = {name: wire.port for name, wire in house.wires.items()}
    ports = [*asdict(house.ports).values(), *wires.values()]
    assert sorted(ports) == list(range(BASE, BASE + ROOM))
    for service in (house.stack.worker, house.stack.web):
        env = service.environment()
        assert f":{wires['postgres']}/" in env["DATABASE_URL"]
        assert env["TEMPORAL_ADDRESS"].endswith(f":{wires['temporal']}")
        assert env["SMTP_URL"].endswith(f":{wires['smtp']}")


async def test_what_was_frozen_goes_on_although_its_parent_was_killed(tmp_path: Path) -> None:
    """Else PostgreSQL could not start again: an orphan that stands still holds its memory."""
    house = House(tmp_path, BASE, silent)
    parent = await asyncio.create_subprocess_shell("sleep 600 & wait")
    house.services["web"].process = parent
    while not (orphans := children(parent.pid)):
        await asyncio.sleep(0.02)
    house.freeze("web")
    house.signal("web", signal.SIGKILL)
    await parent.wait()
    house.thaw("web")
    (orphan,) = orphans
    stat = Path(f"/proc/{orphan}/stat").read_text()
    os.kill(orphan, signal.SIGKILL)
    assert stat.rpartition(")")[2].split()[0] != "T", "it still stands"
