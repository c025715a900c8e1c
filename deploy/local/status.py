"""How the stack in a home is doing."""

from pathlib import Path

from deploy.local.addresses import HEALTH_PATH, READY_PATH, watches
from deploy.local.errors import StackError
from deploy.local.health import Health, answers, look
from deploy.local.home import Home
from deploy.local.ports import Ports
from deploy.local.processes import birth_of


async def status(home: Path) -> list[Health]:
    """Every URL of the stack in this home, and whether its worker works; `StackError` when none runs."""
    state = Home(home).read_state()
    if state is None or birth_of(state["pid"]) != state["birth"]:
        raise StackError(f"No stack runs in {home}: start it with `make up` or `straat up`.")
    urls: dict[str, str] = state["urls"]
    found = await look(urls, {name: urls[name] + HEALTH_PATH for name in ("public", "desk")})
    return [*found, await _worker(Ports(**state["ports"]), state["services"].get("worker"))]


async def _worker(ports: Ports, started: dict[str, str | int] | None) -> Health:
    """A process that runs may still be of no use: it is asked whether it can do its work now."""
    if started is None or birth_of(int(started["pid"])) != started["birth"]:
        return Health("worker", "does not run", healthy=False)
    url = watches(ports)["worker"] + READY_PATH
    return Health("worker", url, healthy=await answers(url))
