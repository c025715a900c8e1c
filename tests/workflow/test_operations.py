"""What operators read in Temporal, what it costs, and what must never be readable there."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta

import asyncpg
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory, WorkflowUpdateFailedError

from schemas.calendar import start_of
from schemas.facts import LinkPurpose
from schemas.intake import Outcome
from schemas.person import Person, Place
from schemas.signup import SignupOrder
from tests.workflow import town as people
from tests.workflow.town import BO, COORDINATOR, Town, second_of
from workflows.engine import DUE, MUNICIPALITY, SUMMARY_BYTES, WIJK
from workflows.potje import PotjeWorkflow

EVENTS_A_YEAR = 150
BYTES_A_YEAR = 60_000
"""Of a street with one gangmaker, a potje by bank and no reminders: what a server must keep of it."""

ONLY_IN_TESTS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
}


def _of(name: str, histories: dict[str, WorkflowHistory]) -> WorkflowHistory:
    (found,) = (history for key, history in histories.items() if key.startswith(name) and "/" not in key)
    return found


def _summaries(history: WorkflowHistory) -> list[str]:
    """What stands beside each step and each timer."""
    waits = (EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, EventType.EVENT_TYPE_TIMER_STARTED)
    told = [event.user_metadata.summary.data for event in history.events if event.event_type in waits]
    assert all(len(each) <= SUMMARY_BYTES for each in told)
    return [each.decode().strip('"') for each in told]


async def _first_year(town: Town) -> SignupOrder:
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    await town.settles(order)
    return order


async def test_every_step_and_wait_has_a_dutch_sentence(town: Town) -> None:
    order = await _first_year(town)
    await town.at_rest(town.street(order))
    histories = await town.histories()
    assert _summaries(_of("signup", histories)) == [
        "Vraag om bevestiging per mail",
        "Wacht op bevestiging, daarna: herinnering 1",
        "Bevestigd: sluit aan bij Rozenlaan",
    ]
    assert _summaries(_of("street", histories)) == [
        "Eerste gangmaker: open de straat, en begin de intake",
        "Besluit na de intake: straat is actief",
        "Het jaar van de straat, tot de volgende datum",
    ]
    assert _summaries(_of("intake", histories)) == [
        "Tot de coördinator hoort dat er nog niets gepland is",
        "Gesprek gepland: stuur de uitnodiging",
        "Tot de herinnering aan het gesprek",
        "Uitkomst: geaccepteerd",
    ]
    assert _summaries(_of("potje", histories)) == [
        "Potje goedgekeurd",
        "Tot de herinnering om het rekeningnummer",
        "Tot de bank niets meer terugstuurt",
    ]


async def test_every_workflow_says_what_it_is(town: Town) -> None:
    order = await town.accepted("den-haag", second=BO)
    told = {
        town.signup(order).id: "Aanmelding voor Rozenlaan",
        town.street(order).id: "Rozenlaan, Den Haag",
        town.intake(order).id: "Intake van Rozenlaan",
        town.potje(order).id: f"Potje {town.year} van Rozenlaan",
    }
    for workflow_id, summary in told.items():
        described = await town.client.get_workflow_handle(workflow_id).describe()
        assert await described.static_summary() == summary
        attributes = described.typed_search_attributes
        assert (attributes[MUNICIPALITY], attributes[WIJK]) == ("den-haag", "Centrum")


async def test_the_phases_of_a_street_and_its_children(town: Town) -> None:
    order = await town.begins()
    street, intake = town.street(order), town.intake(order)
    assert (await town.phase(street), await town.phase(intake)) == ("intake", "intake_open")
    plan = await town.plan(order)
    assert await town.phase(intake) == "intake_planned"
    assert (await intake.describe()).typed_search_attributes[DUE] == plan.at
    await town.record(order)
    await town.until_phase(street, "active")
    await town.until_phase(town.potje(order), "potje_to_approve")
    assert await town.phase(intake) == "intake_accepted"
    query = f'Municipality="rotterdam" and Phase="active" and WorkflowId="{street.id}"'
    async with asyncio.timeout(60):
        while [run.id async for run in town.client.list_workflows(query)] != [street.id]:
            await asyncio.sleep(0.02)


async def test_details_of_a_street_are_read_at_a_glance(town: Town) -> None:
    order = await _first_year(town)
    await town.at_rest(town.street(order))
    turn = await town.value("select next_date from registry.street")
    assert await town.details(town.street(order)) == "\n\n".join(
        [
            "**Straat:** Rozenlaan, Rotterdam",
            "**Fase:** actief",
            "**Gangmakers:** 1 (minimaal 1)",
            f"**Potje:** `{town.potje(order).id}`",
            f"**Volgende datum:** {turn}",
            f"[Open op het bureau](http://desk.test/rotterdam/straten/{order.street})",
        ]
    )
    assert "**Aanmelding:** bevestigd" in await town.details(town.signup(order))
    assert "**Gangmakers:** 1 (minimaal 1)" in await town.details(town.intake(order))


async def test_a_first_year_stays_within_its_budget(
    town: Town, record_property: Callable[[str, object], None]
) -> None:
    order = await _first_year(town)
    street = town.street(order)
    await town.at_rest(street)
    turn = await town.value("select next_date from registry.street")
    await town.later_until(street, start_of(turn) + timedelta(minutes=1))
    await town.until("select exists (select from registry.fact where name = 'street.year')")
    histories = await town.histories()
    del histories[street.id]  # the second year has begun
    year = [event for history in histories.values() for event in history.events]
    own = [event for event in year if event.event_type not in ONLY_IN_TESTS]
    events, size = len(own), sum(event.ByteSize() for event in own)
    record_property("events", events)
    record_property("bytes", size)
    print(f"a street's first year: {events} events, {size} bytes")  # noqa: T201
    assert events < EVENTS_A_YEAR
    assert size < BYTES_A_YEAR


CANARIES = [
    "Zwanenhilde",
    "Kwartelaar",
    "Pimpelmees",
    "0698765432",
    "698765432",
    "98 76 54 32",
    "Tochtdeurpad",
]
WILMA = Person(name="Zwanenhilde Quist", email="zwanenhilde@kwartelaar.example", phone="+31 6 98 76 54 32")
NEIGHBOUR = Person(name="Pimpelmees Quist", email="pimpelmees@kwartelaar.example")
HOME = Place(text="bij Zwanenhilde thuis, Tochtdeurpad 7")


def _found(texts: Iterable[str]) -> list[str]:
    everything = " ".join(texts).casefold()
    return [canary for canary in CANARIES if canary.casefold() in everything]


async def _all_there_is(town: Town, monkeypatch: pytest.MonkeyPatch) -> SignupOrder:
    """A journey with everybody asked, reminded, refused and paid; and a street that is declined."""
    monkeypatch.setattr(people, "PLACE", HOME)
    order = await town.sign_up("den-haag", first=WILMA, second=NEIGHBOUR)
    await town.later(town.signup(order), days=3)
    await town.confirm(order)
    await town.second_confirms(order)
    await town.until_there(town.intake(order).id)
    await town.plan(order)
    await town.later(town.intake(order), days=2, minutes=1)
    await town.record(order, Outcome.WAITING)
    await town.record(order)
    await town.until_phase(town.potje(order), "potje_to_approve")
    with pytest.raises(WorkflowUpdateFailedError):
        await town.act(order, PotjeWorkflow.approve, by=COORDINATOR)
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.later(town.potje(order), days=6)
    await town.answers(town.potje(order).id, second_of(order), LinkPurpose.CONFIRM_RECEIPT)
    await town.relay.work()
    await town.settles(order)
    return order


async def test_nobody_is_named_outside_the_vault(
    town: Town,
    owner_conn: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    order = await _all_there_is(town, monkeypatch)
    lapsed = await town.sign_up(first=WILMA, street="lindelaan")
    await town.later(town.signup(lapsed), days=20)
    histories = await town.histories()
    assert {key.split("-")[0] for key in histories} == {"signup", "street", "intake", "potje"}
    told = [
        event.SerializeToString().decode(errors="ignore") for h in histories.values() for event in h.events
    ]
    described = [
        str((await town.client.get_workflow_handle(key.split("/")[0]).describe()).raw_description)
        for key in histories
    ]
    tables = await owner_conn.fetch(
        "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
        " where table_schema in ('vault', 'post', 'registry', 'ledger') and table_type = 'BASE TABLE'"
    )
    rows = [
        row["text"]
        for table in tables
        for row in await owner_conn.fetch(f"select t::text as text from {table['name']} t")
    ]
    for texts in (histories, told, described, rows, [caplog.text]):
        assert _found(texts) == []
    for texts in (told, described, rows):
        assert any(order.street in text for text in texts), "the search would find what is there"
    async with town.db.connection() as conn:
        kept = await town.vault.people(conn, [order.gangmaker, second_of(order)])
    assert _found(person.model_dump_json() for person in kept.values()), "the canaries are in the vault"
