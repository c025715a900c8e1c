"""What the money rooms do to one potje, without their workflows: a batch of one payment, and a statement."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from schemas.ledger import Leg, LegKind, transfer_id
from schemas.payment import PaymentOutcome, PayoutOrder
from schemas.payout import PaymentMoney, resolve_leg
from schemas.person import Account
from store import inbox, ledger, payees, payments

if TYPE_CHECKING:
    from schemas.signup import SignupOrder
    from tests.workflow.town import Town

ACCOUNT = Account(holder="A. Bakker", iban="NL91ABNA0417164300")


async def has_account(town: Town, order: SignupOrder) -> UUID:
    """The account of the street, in force, as its gangmaker gave it; given again when a bank closed it."""
    where = (order.municipality, order.street)
    async with town.db.transaction() as conn:
        if found := await payees.in_force(conn, *where):
            if await payees.is_payable(conn, found):
                return found
            await conn.execute("update money.payee set state = 'replaced' where ref = $1", found)
        ref = await town.vault.put(conn, order.municipality, ACCOUNT)
        await conn.execute(
            "insert into money.payee (ref, municipality, street, given_by, state)"
            " values ($1, $2, $3, $4, 'in_force')",
            ref,
            order.municipality,
            order.street,
            order.gangmaker,
        )
    return ref


async def put_in_batch(town: Town, order: SignupOrder) -> UUID:
    """The payment of the potje; its money is reserved for the street."""
    potje, municipality = town.potje(order).id, order.municipality
    await has_account(town, order)
    async with town.db.transaction() as conn:
        batch = PayoutOrder(
            batch=uuid4(),
            municipality=municipality,
            year=town.year,
            by=f"{municipality}:treasurer-1",
            execution_date=date(town.year, 1, 1),
            desk_url="http://desk.test",
        )
        assert (await payments.freeze(conn, batch, 1)).payments == 1
        payment: UUID = await conn.fetchval(
            "select id from money.payment where potje = $1 and state = 'open'", potje
        )
    return payment


async def bank_says(town: Town, payment: UUID, outcome: PaymentOutcome, code: str | None) -> None:
    """Money, the payment's state and the news, in one transaction, as a statement's import does it."""
    async with town.db.transaction() as conn:
        row = await conn.fetchrow("select * from money.payment where id = $1 for update", payment)
        money = PaymentMoney(
            id=payment,
            municipality=row["municipality"],
            year=row["fiscal_year"],
            street=row["street"],
            cents=row["cents"],
        )
        leg = _leg(money, outcome)
        await ledger.transfer(conn, [leg], actor="engine", group_id=leg.id, booked_on=date(town.year, 1, 1))
        await conn.execute(
            "update money.payment set state = $2, code = $3 where id = $1", payment, outcome, code
        )
        news = {"workflow_id": row["potje"], "payment": str(payment), "outcome": outcome, "code": code}
        await inbox.receive(conn, inbox.Submission(uuid4(), "payment", row["municipality"], news))


def _leg(money: PaymentMoney, outcome: PaymentOutcome) -> Leg:
    if outcome is PaymentOutcome.REJECTED:
        return resolve_leg(money, LegKind.RELEASE)
    post = resolve_leg(money, LegKind.POST)
    if outcome is PaymentOutcome.BOOKED:
        return post
    back = transfer_id("payment", str(money.id), "returned")
    return Leg(
        id=back,
        debit=post.credit,
        credit=post.debit,
        cents=post.cents,
        reverses_id=post.id,
        reason="returned",
    )
