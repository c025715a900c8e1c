"""``straat chaos``, or ``python -m tests.chaos``: a storm over a stack of its own, then the audit.

Exit code 1 when the auditor found anything, 2 when the stack could not be started.
"""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from deploy.local.errors import StackError
from tests.chaos.auditor import audit
from tests.chaos.evidence import gather
from tests.chaos.house import House
from tests.chaos.plan import Plan, plan
from tests.chaos.report import again, told
from tests.chaos.run import run
from workers.core_logs import forward

PORTS = 9100


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    """What somebody asked for."""
    parser = argparse.ArgumentParser(prog="straat chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what repeats a run")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long faults go on")
    parser.add_argument("--streets", type=int, help="how many streets (default: three for each two minutes)")
    parser.add_argument("--ports", type=int, default=PORTS, help="the first of fourteen ports in a row")
    parser.add_argument("--home", type=Path, help="an empty folder; what is there stays")
    parser.add_argument("--plan", action="store_true", help="only tell what the seed stands for")
    return parser.parse_args()


def tell(planned: Plan) -> None:
    """What will happen, a line each."""
    for life in planned.lives:
        say(f"{life.begins:7.1f} s  {life.street}: {life.story.name}{', sent twice' if life.twice else ''}")
    for fault in planned.faults:
        say(f"{fault.at:7.1f} s  {fault}")


async def chaos(given: argparse.Namespace, folder: Path) -> int:
    """Up, storm, audit, down."""
    planned = plan(given.seed, given.minutes, given.streets)
    say(f"Seed {given.seed}: {len(planned.lives)} streets, {len(planned.faults)} faults.")
    if given.plan:
        tell(planned)
        return 0
    house = House(folder, given.ports, say)
    this = asyncio.current_task()
    assert this
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    try:
        await house.up()
        ran = await run(planned, house, say)
        held = await gather(ran)
    finally:
        await house.down()
    findings = audit(held)
    say(told(ran, held, findings))
    if findings:
        say(f"Repeat it: {again(planned, given.ports)}")
        say(f"Look at it: straat up --home {folder} --ports {given.ports}")
    return 1 if findings else 0


def play(given: argparse.Namespace, folder: Path) -> int:
    """The exit code, whatever ends it."""
    try:
        return asyncio.run(chaos(given, folder))
    except StackError as error:
        say(str(error))
    except asyncio.CancelledError:
        say("Stopped before its end.")
    return 2


def main() -> int:
    """With a folder of its own unless one was named; it goes when nothing was found."""
    given = arguments()
    given.streets = given.streets or max(13, round(given.minutes * 1.5))
    forward()
    logging.getLogger("temporalio").setLevel(logging.ERROR)
    if given.home:
        return play(given, given.home)
    outer = Path(tempfile.mkdtemp(prefix="straat-chaos-"))
    outer.chmod(0o755)
    code = play(given, outer / "home")
    if code != 1:
        shutil.rmtree(outer, ignore_errors=True)
    return code


if __name__ == "__main__":
    ended = main()
    sys.stdout.flush()
    # Temporal's client sometimes ends a short-lived process by a signal.
    os._exit(ended)
