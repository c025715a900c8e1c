"""One person with two seats is one pair of eyes: what they proposed, a colleague approves."""

import re
from uuid import uuid4

import httpx
from fastapi import FastAPI
from temporalio.client import Client

from forms.desk.app import desk_app
from schemas.refs import intake_id
from schemas.refusals import SENTENCES, Refusal
from schemas.staff import Role
from tests.web.desk.colleagues import browser_with, member, session
from tests.web.desk.conftest import settings
from tests.workflow.town import Town

HERE = "/rotterdam"


def desk_of(town: Town) -> FastAPI:
    """The desk, with the real Temporal behind it."""

    async def connected() -> Client:
        return town.client

    return desk_app(town.db, town.tools.keyring, connected, settings(local=False))


async def posted(browser: httpx.AsyncClient, page: str, **fields: object) -> httpx.Response:
    """A form of the desk."""
    return await browser.post(HERE + page, data={"form": str(uuid4()), **fields})


async def test_a_coordinator_who_is_treasurer_too_does_not_approve_their_own(town: Town) -> None:
    app, order = desk_of(town), await town.begins()
    await town.plan(order)
    vault = town.vault
    noor = await member(town.db, vault, Role.COORDINATOR, Role.TREASURER, municipality="rotterdam")
    tess = await member(
        town.db, vault, Role.TREASURER, municipality="rotterdam", name="Tess", email="tess@rotterdam.example"
    )
    token = await session(town.db, noor.ref, Role.COORDINATOR)
    potje = f"/potjes/{town.potje(order).id}/approve"
    async with browser_with(app, token) as browser:
        people = [str(order.gangmaker)]
        intake = f"/intakes/{intake_id('rotterdam', order.street, 1)}/record"
        answer = await posted(browser, intake, outcome="accepted", agreed=people, approach="", referral="")
        assert answer.status_code == 303, answer.text
        await town.until_phase(town.potje(order), "potje_to_approve", "potje_waiting_for_budget")

        answer = await posted(browser, "/mijn-aanmelding/plek", seat="rotterdam/treasurer")
        assert answer.headers["location"] == "/rotterdam/vandaag"
        answer = await posted(browser, potje)
        assert answer.status_code == 422
        told = SENTENCES[Refusal.PROPOSER_MAY_NOT_APPROVE]
        assert re.sub(r"\s+", " ", told) in re.sub(r"\s+", " ", answer.text.replace("&#39;", "'"))
    async with browser_with(app, await session(town.db, tess.ref, Role.TREASURER)) as browser:
        assert (await posted(browser, potje)).status_code == 303
    [row] = await town.rows("select proposer, approver from registry.potje")
    assert tuple(row) == (noor.ref, tess.ref)
