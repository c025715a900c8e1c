"""The doctor's round: the doors and what needs none, then all else at once, each with its own time."""

import asyncio
from collections.abc import Collection, Sequence

import asyncpg
from temporalio.service import RPCError

from store.database import LOST
from workers.doctor import backups, clock, database, keys, machine, mail, pages, settings, temporal, work
from workers.doctor.doors import BEHIND, open_all
from workers.doctor.findings import Check, Finding, State, broken, not_checked
from workers.doctor.groups import Group
from workers.doctor.place import Place

CHECKS: Sequence[Check] = [
    check
    for group in (settings, database, temporal, keys, mail, work, clock, backups, pages, machine)
    for check in group.CHECKS
]
"""All of them, in the order in which they are told."""

Told = tuple[Group, Finding]


async def go_round(place: Place, only: Collection[Group] = ()) -> list[Told]:
    """Everything that was found, by group. Nothing is changed, and no check can hide another."""
    wanted = [check for check in CHECKS if not only or check.group in only]
    try:
        at_once = [check for check in wanted if not (check.needs or check.later)]
        rest = [check for check in wanted if check not in at_once]
        first, early = await asyncio.gather(open_all(place), _answers(at_once, place))
        late = await _answers(rest, place)
    finally:
        if place.db is not None:
            await place.db.close()
    told = [each for each in first if not only or each[0] in only or _in_the_way(each, wanted)]
    found = dict(zip([*at_once, *rest], [*early, *late], strict=True))
    told += [(check.group, each) for check in wanted for each in found[check]]
    told += _left_out(wanted, place)
    return sorted(told, key=lambda each: list(Group).index(each[0]))


def _in_the_way(door: Told, wanted: Sequence[Check]) -> bool:
    """Whether a door stays shut that somebody who was asked has to go through."""
    group, finding = door
    needed = {part for check in wanted for part in check.needs}
    return finding.state is State.BROKEN and BEHIND[group] in needed


def _why_not(check: Check, place: Place) -> str:
    return next((place.lacking[part] for part in check.needs if part in place.lacking), "")


def _left_out(checks: Sequence[Check], place: Place) -> list[Told]:
    """The questions that nobody could ask: a line for each group and reason."""
    names: dict[tuple[Group, str], list[str]] = {}
    for check in checks:
        if why := _why_not(check, place):
            names.setdefault((check.group, why), []).append(check.name)
    return [(group, not_checked(f"{', '.join(some)}: {why}")) for (group, why), some in names.items()]


async def _answers(checks: Sequence[Check], place: Place) -> list[list[Finding]]:
    return list(await asyncio.gather(*(answer(check, place) for check in checks)))


async def answer(check: Check, place: Place) -> list[Finding]:
    """What a check finds; in its stead, why it could not look. Nothing where its part is not there."""
    if _why_not(check, place):
        return []
    try:
        async with asyncio.timeout(check.seconds):
            return await check.ask(place)
    except TimeoutError:
        told = f"{check.name}: no answer within {check.seconds:.0f} seconds"
        return [broken(told, "ask again; does it last, look at the load of who is asked")]
    except Exception as error:  # noqa: BLE001 - a doctor who stumbles still tells what was found
        return [not_checked(f"{check.name}: {_why(error)}")]


def _why(error: Exception) -> str:
    """In words that repeat nothing of what the error says."""
    kind = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        return f"PostgreSQL refused the question ({kind})"
    if isinstance(error, RPCError):
        return f"Temporal refused the question ({error.status.name})"
    if isinstance(error, LOST):
        return f"the connection broke ({kind})"
    return f"the doctor stumbled over it ({kind}); please report that"


def worst(told: Sequence[Told]) -> State:
    """The state of the whole; what nobody could look at makes it no worse, unless that is everything."""
    states = {finding.state for _, finding in told}
    rising = (State.BROKEN, State.ATTENTION, State.GOOD)
    return next((state for state in rising if state in states), State.NOT_CHECKED)
