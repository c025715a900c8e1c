"""Paying by bank: where the payment of a street is, and what the bank could not pay."""

import pytest_asyncio

from schemas.payment import PaymentState
from store.database import Database
from store.vault import Vault
from tests.web.desk.bank import by_bank, frozen, released, told, with_account
from tests.web.desk.conftest import Seat
from tests.web.desk.test_desk_batches import ROOM, plain
from tests.web.desk.test_desk_pages import text_of


@pytest_asyncio.fixture
async def bank(rows: Database, vault: Vault) -> Database:
    """The database with streets that are paid by bank."""
    await by_bank(rows, vault)
    return rows


async def test_what_failed_says_why_and_what_next(seat: Seat, bank: Database, vault: Vault) -> None:
    batch = await released(bank, vault)
    await told(bank, batch, "narcishof", PaymentState.REJECTED, "AC04")
    await told(bank, batch, "olmenlaan", PaymentState.RETURNED, "ZZ99")
    for path in (ROOM, f"{ROOM}/{batch}"):
        page = await plain(seat, "treasurer-1", path)
        assert "2 betalingen lukten niet" in page
        assert "Deze rekening is opgeheven. (AC04) De gangmakers kregen een mail" in page
        assert "De bank gaf een code die we niet kennen. (ZZ99)" in page
    street = await plain(seat, "coordinator-1", "/den-haag/straten/narcishof")
    assert "De vorige betaling lukte niet. Deze rekening is opgeheven." in street
    assert (
        "Het potje gaat pas weer mee als zij een ander nummer doorgeven, of dit nummer nog een keer."
        in street
    )
    assert "Dit potje gaat mee in het volgende betaalbestand." not in street
    assert "We wachten op een rekeningnummer van de gangmakers." in street
    paying = await plain(seat, "treasurer-1", ROOM)
    assert "3 potjes wachten op een rekeningnummer" in paying
    async with bank.transaction() as conn:
        await conn.execute("update money.payee set state = 'replaced' where street = 'narcishof'")
        await with_account(conn, vault, "den-haag", "narcishof")
    street = await plain(seat, "coordinator-1", "/den-haag/straten/narcishof")
    assert "Deze rekening is opgeheven. Dit potje gaat mee in het volgende betaalbestand." in street
    paying = await plain(seat, "treasurer-1", ROOM)
    assert "2 potjes staan klaar" in paying
    assert "De straat gaf daarna een rekeningnummer door." in paying


async def test_the_street_tells_where_its_payment_is(seat: Seat, bank: Database, vault: Vault) -> None:
    before = await plain(seat, "coordinator-1", "/den-haag/straten/narcishof")
    assert "Dit potje gaat mee in het volgende betaalbestand." in before
    assert "Trek het potje in" in before
    waiting = await plain(seat, "coordinator-1", "/den-haag/straten/populierstraat")
    assert "We wachten op een rekeningnummer van de gangmakers." in waiting
    batch = await frozen(bank, vault)
    page = await (await seat()).get("/den-haag/straten/narcishof")
    assert "De betaling staat in een betaalbestand." in page.text
    assert f'href="{ROOM}/{batch}"' in page.text
    assert "Trek het potje in" not in page.text
    assert "Onderweg naar de straat € 150" in text_of(page).replace("\u00a0", " ")
