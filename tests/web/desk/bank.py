"""Rows for the money rooms: streets that are paid by bank, their accounts, and batches of the engine."""

from datetime import timedelta
from uuid import UUID, uuid4

from schemas.payment import PaymentState, PayoutOrder
from schemas.payout import BatchOrder
from schemas.person import Account
from schemas.potje import PotjeStatus
from schemas.street import Phase
from store import payment_files, payments
from store.database import Connection, Database
from store.vault import Vault
from tests.today import this_year, today
from tests.web.desk.rows import ANNA, BANK, Town

GIVE = """
    insert into money.payee (ref, municipality, street, given_by, state) values ($1, $2, $3, $4, 'in_force')
"""
TELL = """
    update money.payment set state = $3, code = $4, resolved_at = now() where batch = $1 and street = $2
"""
IBAN = "NL91ABNA0417164300"
TIES, TESS = "den-haag:treasurer-1", "den-haag:treasurer-2"
PAID_BY_BANK = [("narcishof", "Narcishof"), ("olmenlaan", "Olmenlaan"), ("populierstraat", "Populierstraat")]


async def approved(town: Town, slug: str, name: str, wijk: str = "Segbroek") -> str:
    """A street whose potje is approved and is to be paid by bank."""
    await town.street(
        slug, name, Phase.ACTIVE, wijk=wijk, people=await town.people(ANNA), fact="street.decided"
    )
    workflow_id = await town.potje(slug, PotjeStatus.APPROVED, BANK, name="potje.approved")
    await town.reserve(slug, BANK, approved=True)
    return workflow_id


async def with_account(conn: Connection, vault: Vault, municipality: str, slug: str) -> UUID:
    """An account in force for a street."""
    ref = await vault.put(conn, municipality, Account(holder="A. van der Berg", iban=IBAN))
    await conn.execute(
        GIVE,
        ref,
        municipality,
        slug,
        uuid4(),
    )
    return ref


async def by_bank(db: Database, vault: Vault) -> None:
    """Three streets in The Hague that are paid by bank; the last one has no account yet."""
    async with db.transaction() as conn:
        town = Town(conn, vault, "den-haag")
        for slug, name in PAID_BY_BANK:
            await approved(town, slug, name)
        for slug, _ in PAID_BY_BANK[:2]:
            await with_account(conn, vault, "den-haag", slug)


async def frozen(db: Database, vault: Vault, *, by: str = TIES, file: bool = True) -> UUID:
    """A batch with all that is ready, and its file."""
    order = PayoutOrder(
        batch=uuid4(),
        municipality="den-haag",
        year=this_year(),
        by=by,
        execution_date=today() + timedelta(days=1),
        desk_url="",
    )
    async with db.transaction() as conn:
        made = await payments.freeze(conn, order, 1)
        assert made.payments
        if file:
            await payment_files.attach(conn, vault, payments.as_order(order))
    return order.batch


async def released(db: Database, vault: Vault, *, by: str = TIES, second: str = TESS) -> UUID:
    """The same, released by somebody else."""
    batch = await frozen(db, vault, by=by)
    async with db.transaction() as conn:
        await payments.release(conn, BatchOrder(batch=batch, municipality="den-haag", by=second))
    return batch


async def told(db: Database, batch: UUID, street: str, state: PaymentState, code: str | None = None) -> None:
    """What the bank said of one payment."""
    async with db.connection() as conn:
        done = await conn.execute(
            TELL,
            batch,
            street,
            state,
            code,
        )
    assert done == "UPDATE 1"
