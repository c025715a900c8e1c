"""What a lead does with a colleague: roles, sessions, a new invitation, the end; each in the log."""

from fastapi import FastAPI

from schemas.staff import Role, key_of
from store.database import Database
from store.vault import Vault
from tests.web.desk.colleagues import browser_with, member, session

TEAM = "/den-haag/medewerkers"


async def test_a_lead_looks_after_the_desk(app: FastAPI, rows: Database, vault: Vault) -> None:
    lead = await member(rows, vault, Role.LEAD, name="Lena Vos", email="lena@den-haag.example")
    mila = await member(rows, vault, Role.COORDINATOR)
    here = f"{TEAM}/{key_of(mila.ref)}"
    hers = browser_with(app, await session(rows, mila.ref, Role.COORDINATOR))
    async with browser_with(app, await session(rows, lead.ref, Role.LEAD)) as browser, hers:
        page = await browser.get(here)
        assert "Mila Bakker" in page.text
        assert "mila@den-haag.example" in page.text
        assert (await hers.get("/den-haag/agenda")).status_code == 200
        await browser.post(f"{here}/rol", data={"role": "treasurer"})
        assert (await browser.post(f"{here}/rol", data={"role": "koning"})).status_code == 422
        await browser.post(f"{here}/rol/coordinator/terug", data={"x": ""})
        assert (await hers.get("/den-haag/agenda")).status_code == 303
        own = f"{TEAM}/{key_of(lead.ref)}"
        alone = await browser.post(f"{own}/rol/lead/terug", data={"x": ""})
        assert alone.status_code == 422
        assert "enige programmaleider" in alone.text
        assert (await browser.post(f"{here}/einde", data={"sure": "yes"})).status_code == 303
        assert "Mila Bakker (niet meer hier)" in (await browser.get("/den-haag/logboek")).text
    async with rows.connection() as conn:
        facts = await conn.fetch(
            "select name, actor from registry.fact where name like 'staff.%' order by seq"
        )
        looks = await conn.fetch("select staff, purpose from vault.look")
    done = [row["name"] for row in facts if row["actor"] == lead.ref]
    assert done == ["staff.role_given", "staff.role_ended", "staff.ended"]
    assert ("colleague", lead.ref) in {(row["purpose"], row["staff"]) for row in looks}
