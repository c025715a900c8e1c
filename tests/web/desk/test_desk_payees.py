"""Another account that wants to become a street's: the desk sees that it is there, and can stop it."""

from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from schemas.payee import PayeeAct
from schemas.payment import PayeeOrder, payee_id
from schemas.refusals import SENTENCES, Refusal
from store import payees
from store.database import Database
from store.vault import Vault
from tests.web.desk.bank import IBAN, by_bank
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, Update, refused

STREET = "/den-haag/straten/narcishof"


@pytest_asyncio.fixture
async def other(rows: Database, vault: Vault) -> UUID:
    """Another account of a street that has one."""
    await by_bank(rows, vault)
    refs = {street: uuid4() for street in ("narcishof", "populierstraat")}
    async with rows.transaction() as conn:
        for street, ref in refs.items():
            order = PayeeOrder(ref=ref, municipality="den-haag", street=street, given_by=uuid4())
            await payees.ask(conn, order)
    return refs["narcishof"]


async def test_the_street_tells_of_it_without_showing_it(seat: Seat, other: UUID) -> None:
    browser = await seat()
    page = await browser.get(STREET)
    assert "Er is een ander rekeningnummer doorgegeven." in page.text
    assert f'action="/den-haag/rekeningen/{other}/stop"' in page.text
    assert IBAN not in page.text
    first = await browser.get("/den-haag/straten/populierstraat")
    assert "Er is een ander rekeningnummer doorgegeven." not in first.text


async def test_it_is_stopped(seat: Seat, other: UUID, temporal: FakeTemporal) -> None:
    browser, form = await seat("treasurer-1"), str(uuid4())
    answer = await browser.post(f"/den-haag/rekeningen/{other}/stop", data={"form": form, "sure": "yes"})
    act = PayeeAct(by="den-haag:treasurer-1")
    assert temporal.sent == [Update(payee_id(other), "stop", act, form)]
    assert answer.headers["location"] == f"{STREET}?gedaan=stop-account"
    assert "tegengehouden en gewist" in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused(Refusal.ACCOUNT_DECIDED), SENTENCES[Refusal.ACCOUNT_DECIDED]),
        (RPCError("gone", RPCStatusCode.NOT_FOUND, b""), "Dit is al afgehandeld."),
    ],
)
async def test_too_late_is_told(
    seat: Seat, other: UUID, rows: Database, temporal: FakeTemporal, error: Exception, told: str
) -> None:
    async with rows.connection() as conn:
        await conn.execute("update money.payee set state = 'refused' where ref = $1", other)
    temporal.error = error
    browser = await seat()
    answer = await browser.post(
        f"/den-haag/rekeningen/{other}/stop", data={"form": str(uuid4()), "sure": "yes"}
    )
    assert answer.status_code == 422
    assert told in answer.text
    assert 'href="#rekening"' in answer.text
    assert 'id="rekening"' in answer.text


@pytest.mark.parametrize("later", [False, True])
async def test_an_account_whose_workflow_is_not_there_yet_is_not_told_to_be_dealt_with(
    seat: Seat, other: UUID, rows: Database, temporal: FakeTemporal, *, later: bool
) -> None:
    """It would be paid on, while who wants it stopped believes that it was; a later one ends nothing."""
    if later:
        async with rows.transaction() as conn:
            order = PayeeOrder(ref=uuid4(), municipality="den-haag", street="narcishof", given_by=uuid4())
            await payees.ask(conn, order)
    browser, sent = await seat(), {"form": str(uuid4()), "sure": "yes"}
    temporal.error = RPCError("no such workflow", RPCStatusCode.NOT_FOUND, b"")
    answer = await browser.post(f"/den-haag/rekeningen/{other}/stop", data=sent)
    assert (answer.status_code, sent["form"] in answer.text) == (503, True)


async def test_temporal_away_or_late(seat: Seat, other: UUID, temporal: FakeTemporal) -> None:
    browser, sent = await seat(), {"form": str(uuid4()), "sure": "yes"}
    temporal.error = WorkflowUpdateRPCTimeoutOrCancelledError()
    late = await browser.post(f"/den-haag/rekeningen/{other}/stop", data=sent)
    assert (late.status_code, f'href="{STREET}"' in late.text) == (503, True)
    temporal.reachable = False
    away = await browser.post(f"/den-haag/rekeningen/{other}/stop", data=sent)
    assert (away.status_code, sent["form"] in away.text) == (503, True)


async def test_of_another_municipality_there_is_none(seat: Seat, other: UUID, temporal: FakeTemporal) -> None:
    browser = await seat(municipality="rotterdam")
    for path in (f"/rotterdam/rekeningen/{other}/stop", f"/den-haag/rekeningen/{other}/stop"):
        assert (await browser.post(path, data={"form": str(uuid4())})).status_code == 404
    assert temporal.sent == []
