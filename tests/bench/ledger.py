"""The ledger: one transfer a transaction, and a thousand a call."""

from functools import partial
from uuid import uuid4

from schemas.ledger import Leg
from store import ledger
from tests.bench.ground import BANK, BUDGET, BY, CALL, CITY, DAY, FUNDS, YEAR, Ground, book, prepared
from tests.bench.table import Line, measure, seconds

BARE_TRANSFER = "select * from ledger.transfer($1::text::jsonb, $2, $3, $4)"
BARE_POST = "select bench.post($1::text::jsonb, $2, $3, $4, $5, $6)"


async def singles(ground: Ground, amount: int, rounds: int) -> Line:
    """One leg in a transaction of its own; ours and bare in turns, so that the disk is the same for both."""
    line = Line("one transfer a transaction", "the SQL function, called bare", amount, least_ratio=0.9)
    for number in range(rounds + 1):
        await book(
            ground.app, [Leg(id=uuid4(), debit=FUNDS, credit=BUDGET, cents=2 * amount, reason="grant")]
        )
        ours = bare = 0.0
        for _ in range(amount):
            ours += await seconds(partial(_single, ground, _leg()))
            bare += await seconds(partial(_bare_single, ground, ledger.LEGS.dump_json([_leg()]).decode()))
        if number > 0:
            line.ours.append(ours)
            line.bare.append(bare)
    return line


def _leg() -> Leg:
    return Leg(id=uuid4(), debit=BUDGET, credit=BANK, cents=1, reason="bench")


async def _single(ground: Ground, leg: Leg) -> None:
    async with ground.app.transaction():
        await ledger.transfer(ground.app, [leg], actor=BY, group_id=uuid4(), booked_on=DAY)


async def _bare_single(ground: Ground, leg: str) -> None:
    async with ground.app.transaction():
        await ground.app.fetch(BARE_TRANSFER, leg, BY, uuid4(), DAY)


async def batched(ground: Ground, amount: int, rounds: int) -> Line:
    """A thousand legs a call: the SQL function of the ledger beside rows, chain and sums alone."""

    async def ours() -> float:
        return await posted(ground, amount)

    async def bare() -> float:
        calls = prepared(await ground.reserved(amount))

        async def work() -> None:
            for call in calls:
                await ground.admin.execute(BARE_POST, call, CITY, YEAR, BY, uuid4(), DAY)

        return await seconds(work)

    line = Line("1,000 transfers a call", "rows, chain and sums in plain SQL", amount, least_ratio=0.5)
    return await measure(line, rounds, ours, bare)


async def posted(ground: Ground, amount: int) -> float:
    """Seconds to post reservations with the SQL function, a thousand prepared legs a call."""
    calls = prepared(await ground.reserved(amount))

    async def work() -> None:
        for call in calls:
            await ground.app.fetchval(CALL, call, BY, uuid4(), DAY)

    return await seconds(work)
