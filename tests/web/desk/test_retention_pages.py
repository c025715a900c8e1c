"""What is kept how long, what went and what goes next, as the privacy officer and the lead read it."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from schemas.calendar import dutch_date
from schemas.retention import ROUND, Removal
from schemas.staff import Role, key_of
from store import retention, staff
from store.database import Database
from store.vault import Vault
from tests.store.test_retention import LONG_AGO, MAKERS
from tests.web.desk.colleagues import member
from tests.web.desk.conftest import Seat

PAGE = "/rotterdam/bewaren"


async def kept(db: Database, vault: Vault) -> None:
    """One of each, much too old."""
    async with db.transaction() as conn:
        for make in MAKERS.values():
            await make(conn, vault, LONG_AGO)


async def round_is_done(db: Database, vault: Vault) -> None:
    day = dutch_date(datetime.now(UTC)).isoformat()
    await retention.remove(db, vault, Removal(municipality="rotterdam", day=day, run="1"))


@pytest.mark.parametrize("who", ["privacy-1", "lead-1"])
async def test_the_terms_and_the_report(who: str, seat: Seat, rows: Database, vault: Vault) -> None:
    await kept(rows, vault)
    browser = await seat(who, "rotterdam")
    before = (await browser.get(PAGE)).text
    assert "De eerste ronde is vannacht." in before
    assert before.count('<th scope="row">') == len(ROUND)
    assert "730 dagen" in before
    assert "7 jaar na het boekjaar" in before
    await round_is_done(rows, vault)
    after = (await browser.get(PAGE)).text
    assert "De eerste ronde is vannacht." not in after
    assert "Codes die per mail zijn gestuurd: 1" in after
    assert "Kanarie" not in before + after


async def test_it_is_there_in_english(seat: Seat, rows: Database, vault: Vault) -> None:
    await kept(rows, vault)
    await round_is_done(rows, vault)
    browser = await seat("privacy-1", "rotterdam")
    page = (await browser.get(f"{PAGE}?taal=en", follow_redirects=True)).text
    assert "How long we keep what" in page
    assert "7 years after the fiscal year" in page


async def test_a_colleague_who_is_forgotten_is_a_ref(
    app: FastAPI, seat: Seat, rows: Database, vault: Vault
) -> None:
    who = await member(rows, vault, Role.SCOUT, name="Kanarie Smit", municipality="rotterdam")
    async with rows.transaction() as conn:
        await staff.end(conn, who, "operator")
        await conn.execute("update staff.member set ended_at = now() - interval '366 days'")
    browser = await seat("lead-1", "rotterdam")
    page = f"/rotterdam/medewerkers/{key_of(who.ref)}"
    assert "Kanarie" in (await browser.get(page)).text
    await round_is_done(rows, vault)
    browser = await seat("lead-1", "rotterdam")
    shown = await browser.get(page)
    assert shown.status_code == 200
    assert "Naam en adres zijn gewist." in shown.text
    app.state.desk.names.forget("rotterdam")
    team = (await browser.get("/rotterdam/medewerkers")).text
    assert who.ref in team
    assert "Kanarie" not in shown.text + team
    sure = await browser.post(f"{page}/einde", data={})
    assert "Kanarie" not in sure.text
    assert sure.status_code < 500
