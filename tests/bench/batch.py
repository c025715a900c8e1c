"""The file of a payment batch: from frozen rows and sealed accounts to kept bytes, beside its bytes alone."""

from hashlib import sha256
from uuid import uuid4

from schemas.payment import PayoutOrder
from store import payment_files, payments
from tests.bench.ground import BY, CITY, DAY, YEAR, Ground
from tests.bench.table import Line, measure, seconds
from tests.store.payout_rows import accounts, approved, version

MOST_SECONDS = 1.0


async def written(ground: Ground, amount: int, rounds: int) -> Line:
    """Read, open, write, hash, seal, mark; the ceiling joins and hashes lines that are there already."""
    batch = await frozen(ground, amount)
    content = await rebuilt(ground, batch)
    lines = content.decode("ascii").split("\n")

    async def ours() -> float:
        # A file is written once; so everything is written, and none of it is kept.
        async with ground.db.connection() as conn:
            transaction = conn.transaction()
            await transaction.start()
            taken = await seconds(lambda: payment_files.attach(conn, ground.vault, payments.as_order(batch)))
            await transaction.rollback()
        return taken

    async def bare() -> float:
        async def work() -> None:
            assert sha256("\n".join(lines).encode("ascii")).digest() == sha256(content).digest()

        return await seconds(work)

    line = Line("batch file of payments", "its bytes joined and hashed", amount, most_seconds=MOST_SECONDS)
    return await measure(line, rounds, ours, bare)


async def frozen(ground: Ground, amount: int) -> PayoutOrder:
    """A batch of that many payments, each to a street with an account."""
    streets = [f"laan-{number}" for number in range(amount)]
    order = PayoutOrder(
        batch=uuid4(), municipality=CITY, year=YEAR, by=BY, execution_date=DAY, desk_url="http://desk.test"
    )
    async with ground.db.transaction() as conn:
        await approved(conn, streets)
        await accounts(conn, ground.vault, streets)
        held = await payments.freeze(conn, order, await version(conn))
    assert held.payments == amount
    return order


async def rebuilt(ground: Ground, order: PayoutOrder) -> bytes:
    """The bytes of its file."""
    async with ground.db.connection() as conn:
        return await payment_files.rebuilt(conn, ground.vault, CITY, order.batch)
