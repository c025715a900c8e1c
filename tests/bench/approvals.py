"""Bulk approval of potjes, beside nothing but posting their reservations."""

from uuid import uuid4

from schemas.ledger import Leg, LegKind
from schemas.payment import approvals_id
from schemas.potje import ApprovalChunk, PotjeMoney, resolve_legs
from store import approvals
from tests.bench.ground import BY, CENTS, CITY, YEAR, Ground, book, chunks
from tests.bench.table import Line, measure, seconds

WAITING = """
insert into registry.potje
    (workflow_id, municipality, street, year, status, cents, parts, open_parts, proposer, revision)
select id, $1, 'straat', $2, 'to_approve', $4, $5, '{bank}', $3, 1 from unnest($6::text[]) id
"""


async def approved(ground: Ground, amount: int, rounds: int) -> Line:
    """Chunk by chunk, as the workflow's activity does: journal, registry, ledger and news."""

    async def ours() -> float:
        await waiting(ground, await ground.reserved(amount))
        return await seconds(lambda: approve(ground, amount))

    async def bare() -> float:
        potjes = await ground.reserved(amount)
        calls = chunks([leg for potje in potjes for leg in resolve_legs(potje, 0, LegKind.POST)])
        return await seconds(lambda: post(ground, calls))

    line = Line("bulk approval of potjes", "nothing but their posts, 1,000 a call", amount, least_ratio=0.5)
    return await measure(line, rounds, ours, bare)


async def post(ground: Ground, calls: list[list[Leg]]) -> None:
    """Book legs that are ready, a transaction a call."""
    for legs in calls:
        async with ground.db.transaction() as conn:
            await book(conn, legs)


async def waiting(ground: Ground, potjes: list[PotjeMoney]) -> None:
    """What the registry knows of potjes that wait for an approval; those of earlier rounds are gone."""
    await ground.admin.execute("truncate registry.potje")
    parts = potjes[0].model_dump(mode="json")["parts"]
    async with ground.db.transaction() as conn:
        ids = [potje.workflow_id for potje in potjes]
        await conn.execute(WAITING, CITY, YEAR, f"{CITY}:coordinator-1", CENTS, parts, ids)


async def approve(ground: Ground, amount: int) -> None:
    """Approve all that wait, as ``ApprovalsWorkflow`` has it done."""
    workflow_id, begun, number, total = approvals_id(CITY, uuid4()), None, 0, 0
    while True:
        number += 1
        chunk = ApprovalChunk(
            workflow_id=workflow_id, number=number, municipality=CITY, year=YEAR, by=BY, begun=begun
        )
        async with ground.db.transaction() as conn:
            done = await approvals.approve_chunk(conn, chunk)
        total, begun = total + done.potjes, done.begun
        if done.potjes == 0:
            break
    assert total == amount
