"""From every street and every case there is a link to its workflow in the Temporal UI."""

import re
from urllib.parse import unquote
from uuid import uuid4

import asyncpg

from schemas.concern import concern_id
from schemas.refs import renewal_id, street_id
from schemas.scouting import RoundOrder, scouting_id
from store.database import Database
from store.vault import Vault
from tests.today import this_year
from tests.web.desk.conftest import Seat
from tests.web.desk.test_concern_pages import put as concern
from tests.web.desk.test_renewals_pages import asked
from workers.worker import WORKFLOWS

BATCH = """
    insert into money.batch (id, municipality, fiscal_year, number, workflow_id, state, payments, cents,
        execution_date, frozen_by, frozen_at)
    values ($1, 'den-haag', $2, 1, $3, 'frozen', 1, 100, '2026-11-23', 'den-haag:treasurer-1', now())
"""
PAYEE = """
    insert into money.payee (ref, municipality, street, given_by, state)
    values ($1, 'den-haag', $2, $3, 'asked')
"""
SIGNUP = """
    insert into registry.signup (submission, municipality, street, status, revision)
    values ($1, 'den-haag', $2, 'confirmed', 1)
"""
STREET = "fuchsiastraat"


async def test_every_case_leads_to_its_workflow(
    seat: Seat, rows: Database, vault: Vault, found: RoundOrder, owner_conn: asyncpg.Connection
) -> None:
    signup, payee, batch = uuid4(), uuid4(), uuid4()
    await owner_conn.execute(SIGNUP, signup, STREET)
    await owner_conn.execute(PAYEE, payee, STREET, uuid4())
    await owner_conn.execute(BATCH, batch, this_year(), f"payout-den-haag-{batch}")
    await asked(rows, STREET, "to_call")
    worry = await concern(rows, vault)
    street = f"straten/{STREET}"
    renewal = renewal_id("den-haag", STREET, this_year())
    wanted = {
        "StreetWorkflow": (street, street_id("den-haag", STREET)),
        "IntakeWorkflow": (street, f"intake-den-haag-{STREET}-1"),
        "PotjeWorkflow": (street, f"potje-den-haag-{STREET}-{this_year()}"),
        "SignupWorkflow": (street, f"signup-{signup}"),
        "PayeeWorkflow": (street, f"payee-{payee}"),
        "RenewalWorkflow": (f"vernieuwing/{renewal}", renewal),
        "RenewalRoundWorkflow": ("vernieuwing", 'WorkflowType="RenewalRoundWorkflow"'),
        "ApprovalsWorkflow": ("goedkeuren", 'WorkflowType="ApprovalsWorkflow"'),
        "PayoutWorkflow": (f"betalen/{batch}", f"payout-den-haag-{batch}"),
        "ScoutingWorkflow": (f"talentenjacht/{found.round}", scouting_id("den-haag", found.round)),
        "EscalationWorkflow": (f"zorgen/{worry}", concern_id(worry)),
        "PublishHeadsWorkflow": ("beheer", "/schedules"),
        "RetentionWorkflow": ("beheer", "/schedules"),
    }
    assert set(wanted) == {each.__name__ for each in WORKFLOWS}
    seats = {"beheer": await seat("operator-1")}
    coordinator = await seat()
    for kind, (page, leads_to) in wanted.items():
        answer = await seats.get(page, coordinator).get(f"/den-haag/{page}")
        assert answer.status_code == 200, page
        links = [unquote(each) for each in re.findall(r'href="(http://127.0.0.1:8602/[^"]*)"', answer.text)]
        assert any(leads_to in link for link in links), (kind, page, links)
