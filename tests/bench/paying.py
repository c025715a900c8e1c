"""The payment batch of a bench, and its bank statement: what the money rooms do between two waves."""

from datetime import date
from uuid import uuid4

from activities.context import Tools
from schemas.ledger import LegKind
from schemas.payment import PaymentOutcome, PayoutOrder
from schemas.payout import PaymentMoney, resolve_leg
from schemas.person import Account
from schemas.signup import SignupOrder
from store import inbox, ledger, payments
from tests.bench.ground import CITY, Ground

ACCOUNT = Account(holder="A. Bakker", iban="NL91ABNA0417164300")
PAYEE = """
insert into money.payee (ref, municipality, street, given_by, state) values ($1, $2, $3, $4, 'in_force')
"""


async def pay(made: Ground, tools: Tools, orders: list[SignupOrder], year: int) -> None:
    """Every street has an account, all potjes are in one batch, and the bank booked all of them."""
    async with made.db.transaction() as conn:
        for order in orders:
            ref = await tools.vault.put(conn, CITY, ACCOUNT)
            await conn.execute(PAYEE, ref, CITY, order.street, order.gangmaker)
        batch = PayoutOrder(
            batch=uuid4(),
            municipality=CITY,
            year=year,
            by=f"{CITY}:treasurer-1",
            execution_date=date(year, 1, 1),
            desk_url="http://desk.test",
        )
        frozen = await payments.freeze(conn, batch, 1)
        assert frozen.payments == len(orders)
        rows = await conn.fetch("select * from money.payment where batch = $1", batch.batch)
        for row in rows:
            money = PaymentMoney(
                id=row["id"],
                municipality=CITY,
                year=row["fiscal_year"],
                street=row["street"],
                cents=row["cents"],
            )
            leg = resolve_leg(money, LegKind.POST)
            await ledger.transfer(conn, [leg], actor="engine", group_id=leg.id, booked_on=date(year, 1, 1))
            booked = PaymentOutcome.BOOKED
            await conn.execute("update money.payment set state = $2 where id = $1", row["id"], booked)
            news = {"workflow_id": row["potje"], "payment": str(row["id"]), "outcome": booked, "code": None}
            await inbox.receive(conn, inbox.Submission(uuid4(), "payment", CITY, news))
