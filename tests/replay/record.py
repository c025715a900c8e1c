"""Record histories, by hand: ``python -m tests.replay.record NAME ...`` plays these journeys anew.

With ``--all`` every journey, which is for before a first release only: the old ones are what streets live by.
All that is in them is made up. The files bear the same names each time.
"""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from temporalio.client import WorkflowHistory
from temporalio.testing import TimeSkipper

from deploy.local.postgres import Postgres
from schemas.policy import read_policy
from store import policies
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.migrate import migrate
from tests.conftest import MUNICIPALITIES, TODAY, free_port
from tests.replay.journeys import Journey
from tests.replay.journeys_builds import JOURNEYS
from tests.replay.strict import HISTORIES
from tests.workflow.servers import SkippingTemporal, skipper_of
from tests.workflow.town import Town, town_on

IDENTITY = "recorder"
"""Instead of the name of the machine on which it was recorded."""


async def record(journeys: Sequence[Journey]) -> None:
    """Play these journeys and write what they keep."""
    home = Path(tempfile.mkdtemp(prefix="straat-record-"))
    home.chmod(0o755)
    try:
        async with Postgres(home, free_port()) as postgres, SkippingTemporal(home, free_port()) as temporal:
            await migrate(postgres.admin_url)
            skipper = await skipper_of(temporal, identity=IDENTITY)
            for journey in journeys:
                async with _town(postgres, skipper) as town:
                    await journey.play(town)
                    await _keep(town, journey)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@asynccontextmanager
async def _town(postgres: Postgres, skipper: TimeSkipper) -> AsyncIterator[Town]:
    name = f"t_{uuid4().hex}"
    admin = await asyncpg.connect(postgres.admin_url)
    await admin.execute(f"create database {name}")
    await admin.close()
    admin_url, app_url = (f"{u.rpartition('/')[0]}/{name}" for u in (postgres.admin_url, postgres.app_url))
    await migrate(admin_url)
    db = Database(app_url)
    async with db.transaction() as conn:
        for path in MUNICIPALITIES:
            await policies.apply(conn, read_policy(path), "engine", TODAY)
    async with town_on(db, Keyring({1: os.urandom(KEY_BYTES)}), skipper, uuid4().hex[:8]) as town:
        yield town
    await db.close()


async def _keep(town: Town, journey: Journey) -> None:
    """Write the histories of this journey; further ones of a kind are numbered in the order they began."""
    for workflow_id in await town.workflow_ids():
        await town.at_rest(town.client.get_workflow_handle(workflow_id))
    written: list[str] = []
    histories = (await town.histories()).values()
    for history in sorted(histories, key=lambda each: each.events[0].event_time.ToNanoseconds()):
        kind = next((each for each in journey.keeps if history.workflow_id.startswith(f"{each}-")), None)
        if kind is not None:
            again = sum(name.startswith(f"{kind}-") for name in written)
            written.append(f"{kind}-{journey.name}" + (f"-{again + 1}" if again else ""))
            _write(HISTORIES / f"{written[-1]}.json", history)
    print(journey.name, *written)  # noqa: T201


def _write(path: Path, history: WorkflowHistory) -> None:
    """One event a line, so that a difference can be read."""
    events = ",\n".join(
        json.dumps(_traceless(event), separators=(",", ":")) for event in history.to_json_dict()["events"]
    )
    path.write_text(f'{{"events": [\n{events}\n]}}\n')


def _traceless(told: Any) -> Any:
    """The same without the traces of errors: those name folders of the machine."""
    if isinstance(told, dict):
        return {key: _traceless(value) for key, value in told.items() if key != "stackTrace"}
    return [_traceless(each) for each in told] if isinstance(told, list) else told


def chosen(names: Sequence[str]) -> list[Journey]:
    """The journeys of these names; an unknown one is a mistake."""
    by_name = {journey.name: journey for journey in JOURNEYS}
    if unknown := [name for name in names if name != "--all" and name not in by_name]:
        raise SystemExit(f"no journey is called {', '.join(unknown)}; there are: {', '.join(by_name)}")
    return JOURNEYS if "--all" in names else [by_name[name] for name in names]


def forget(journeys: Sequence[Journey]) -> None:
    """Remove what these journeys left before; further ones of a kind are numbered."""
    for journey in journeys:
        for kind in journey.keeps:
            for old in HISTORIES.glob(f"{kind}-{journey.name}*.json"):
                if re.fullmatch(rf"{kind}-{journey.name}(-\d+)?", old.stem):
                    old.unlink()


if __name__ == "__main__":
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    found = chosen(sys.argv[1:])
    forget(found)
    asyncio.run(record(found))
    sys.stdout.flush()
    os._exit(0)  # Temporal's core sometimes crashes while Python takes itself apart
