"""How the stack in a home is doing."""

from pathlib import Path

from deploy.local.addresses import HEALTH_PATH
from deploy.local.errors import StackError
from deploy.local.health import Health, look
from deploy.local.home import Home
from deploy.local.processes import birth_of

WITHOUT_DOOR = ("worker",)


async def status(home: Path) -> list[Health]:
    """Every URL and process of the stack in this home; `StackError` when none runs."""
    state = Home(home).read_state()
    if state is None or birth_of(state["pid"]) != state["birth"]:
        raise StackError(f"No stack runs in {home}: start it with `make up` or `straat up`.")
    urls: dict[str, str] = state["urls"]
    found = await look(urls, {name: urls[name] + HEALTH_PATH for name in ("public", "desk")})
    return found + [_process(name, state["services"].get(name)) for name in WITHOUT_DOOR]


def _process(name: str, started: dict[str, str | int] | None) -> Health:
    if started is None:
        return Health(name, "not started", healthy=False)
    pid = int(started["pid"])
    return Health(name, f"process {pid}", healthy=birth_of(pid) == started["birth"])
