"""The ledger: one transfer a transaction, and a thousand a call."""

from uuid import uuid4

from schemas.ledger import Leg
from store import ledger
from tests.bench.ground import BANK, BUDGET, BY, CALL, CITY, DAY, FUNDS, YEAR, Ground, book, prepared
from tests.bench.table import Line, measure, seconds

BARE_POST = "select bench.post($1::text::jsonb, $2, $3, $4, $5, $6)"


async def singles(ground: Ground, amount: int, rounds: int) -> Line:
    """One leg in a transaction of its own, again and again."""

    async def legs() -> list[Leg]:
        await book(ground.app, [Leg(id=uuid4(), debit=FUNDS, credit=BUDGET, cents=amount, reason="grant")])
        return [Leg(id=uuid4(), debit=BUDGET, credit=BANK, cents=1, reason="bench") for _ in range(amount)]

    async def ours() -> float:
        made = await legs()

        async def work() -> None:
            for leg in made:
                async with ground.app.transaction():
                    await book(ground.app, [leg])

        return await seconds(work)

    async def bare() -> float:
        made = [ledger.LEGS.dump_json([leg]).decode() for leg in await legs()]

        async def work() -> None:
            for leg in made:
                async with ground.app.transaction():
                    await ground.app.fetchval(CALL, leg, BY, uuid4(), DAY)

        return await seconds(work)

    line = Line("one transfer a transaction", "the SQL function, called bare", amount, least_ratio=0.9)
    return await measure(line, rounds, ours, bare)


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
