"""News of a bank about a potje that is over, or that somebody withdraws at that moment."""

from datetime import date
from uuid import UUID, uuid4

from activities.bank_news import hear
from activities.context import Tools
from activities.facts import Facts
from schemas.accounts import BudgetLine, bank_account, line_account
from schemas.facts import Booked, Booking
from schemas.ledger import Leg, LegKind
from schemas.payment import PaymentNews, PaymentOutcome
from schemas.policy import PayoutKind
from schemas.potje import PotjeStatus, StreetPotje
from schemas.potje_letters import PotjeStands, potje_fact
from store import inbox, payments
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.store.batch_steps import freeze, ready
from tests.store.payout_rows import CENTS, CITY, TREASURER, YEAR, Books, accounts, approved, order, potje

STREET, OTHER = "lindelaan", "kade"
BY = f"{CITY}:coordinator-1"
BUDGET, BANK = line_account(CITY, BudgetLine.POTJES, YEAR), bank_account(CITY, YEAR)


def _tools(db: Database, keyring: Keyring, vault: Vault) -> Tools:
    return Tools(db, keyring, vault, "http://public.test", "http://desk.test", "noreply@straat.example")


async def _rejected(db: Database, vault: Vault) -> PaymentNews:
    """The bank refused the payments of two streets; the first is still to hear of it."""
    async with db.transaction() as conn:
        await approved(conn, [STREET, OTHER])
        await accounts(conn, vault, [STREET, OTHER])
    asked = order()
    await freeze(db, asked)
    async with db.transaction() as conn:
        await payments._move(conn, asked.batch, TREASURER, LegKind.RELEASE)
        await conn.execute("update money.payment set state = 'rejected', resolved_at = now()")
        payment: UUID = await conn.fetchval("select id from money.payment where potje = $1", potje(STREET))
        news = PaymentNews(workflow_id=potje(STREET), payment=payment, outcome=PaymentOutcome.REJECTED)
        await inbox.receive(conn, inbox.Submission(uuid4(), "payment", CITY, news.model_dump(mode="json")))
    return news


async def _withdraw(tools: Tools) -> Booked:
    """What the workflow of the potje asks when a coordinator withdraws it."""
    whose = StreetPotje(
        workflow_id=potje(STREET),
        municipality=CITY,
        year=YEAR,
        parts=[(PayoutKind.BANK, CENTS)],
        street=STREET,
        street_name="Lindelaan",
        gangmakers=[],
        proposer=BY,
    )
    stands = PotjeStands(PotjeStatus.WITHDRAWN, [PayoutKind.BANK], TREASURER, 1, 0, 1_700_000_000_000_000)
    back = Leg(id=uuid4(), debit=BANK, credit=BUDGET, cents=CENTS, reason="potje.withdrawn")
    booking = Booking(
        fact=potje_fact(whose, "withdrawn", stands, [], BY),
        legs=[back],
        booked_on=date(YEAR, 12, 2),
        group=uuid4(),
        only_from=PotjeStatus.APPROVED,
        only_open=[PayoutKind.BANK],
        unless_paying=True,
    )
    return await Facts(tools).book(booking)


async def test_a_potje_that_was_withdrawn_stays_so_whatever_a_bank_tells(
    db: Database, keyring: Keyring, vault: Vault
) -> None:
    """Else the next batch would pay it from what is set apart for other streets."""
    tools, news = _tools(db, keyring, vault), await _rejected(db, vault)
    async with db.transaction() as conn:
        await conn.execute("update post.submission set relayed_at = now() where kind = 'payment'")
    assert not (await _withdraw(tools)).late
    for outcome in PaymentOutcome:
        async with db.transaction() as conn:
            assert await hear(conn, tools, news.model_copy(update={"outcome": outcome})) is None
    async with db.connection() as conn:
        status = "select status from registry.potje where workflow_id = $1"
        assert await conn.fetchval(status, potje(STREET)) == "withdrawn"
        assert await conn.fetchval("select count(*) from post.mail") == 0
    assert await ready(db) == [(OTHER, CENTS, True)]
    assert await Books(db).bank() == (CENTS, 0)


async def test_a_withdrawal_waits_for_the_news_that_is_on_its_way(
    db: Database, keyring: Keyring, vault: Vault
) -> None:
    tools, news = _tools(db, keyring, vault), await _rejected(db, vault)
    assert await _withdraw(tools) == Booked(late=True, moved=True)
    async with db.transaction() as conn:
        heard = await hear(conn, tools, news)
        assert heard
        assert (heard.status, heard.open_parts) == (PotjeStatus.APPROVED, [PayoutKind.BANK])
        await conn.execute("update post.submission set relayed_at = now() where kind = 'payment'")
    assert not (await _withdraw(tools)).late


async def test_no_batch_takes_a_potje_whose_money_went_back(
    db: Database, keyring: Keyring, vault: Vault
) -> None:
    """Whatever its row says: the journal knows."""
    tools, _ = _tools(db, keyring, vault), await _rejected(db, vault)
    async with db.transaction() as conn:
        await conn.execute("update post.submission set relayed_at = now() where kind = 'payment'")
    assert not (await _withdraw(tools)).late
    async with db.transaction() as conn:
        await conn.execute("update registry.potje set status = 'approved'")
    assert await ready(db) == [(OTHER, CENTS, True)]
    assert (await freeze(db, order())).payments == 1
    assert await Books(db).bank() == (0, 0)
