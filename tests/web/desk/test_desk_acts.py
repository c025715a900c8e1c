"""The buttons: what is sent, what is refused before and after, and what the reader is told."""

from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from schemas.calendar import AMSTERDAM
from schemas.intake import IntakeRecord, Outcome
from schemas.person import Place
from schemas.potje import PotjeAct, handover_code
from schemas.refusals import Refusal
from store.codes import code_of
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.today import this_year, today
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, Update, refused

PLAN = {"clock": "14:30", "place": " Bij  Anna thuis "}
HOME = "Bij Anna thuis"
OPEN = "/den-haag/intakes/intake-den-haag-acacialaan-1"
PLANNED = "/den-haag/intakes/intake-den-haag-beukstraat-1"
POTJE = "/den-haag/potjes/potje-den-haag-fuchsiastraat-{year}"
NOOR = "den-haag:coordinator-1"


def form(**values: str) -> dict[str, str]:
    return {"form": str(uuid4()), **values}


def plan(**changes: str) -> dict[str, str]:
    """A conversation in three days."""
    return form(**{"day": str(today() + timedelta(days=3)), **PLAN, **changes})


def potje() -> str:
    """The address of a potje that waits for approval."""
    return POTJE.format(year=this_year())


def handed() -> str:
    """The potje that was handed over."""
    return f"potje-den-haag-iepenlaan-{this_year()}"


def confirm() -> str:
    return f"/den-haag/potjes/{handed()}/confirm"


def coded(code: str) -> dict[str, str]:
    """The code of a gangmaker, in its field."""
    return form(**{f"code-{this_year()}": code})


async def places(db: Database) -> int:
    """How many places are kept."""
    async with db.connection() as conn:
        return int(
            await conn.fetchval("select count(*) from vault.item where kind = 'place' and erased_at is null")
        )


async def test_a_plan_carries_a_sealed_place(
    seat: Seat, temporal: FakeTemporal, rows: Database, vault: Vault
) -> None:
    browser, sent = await seat(), plan()
    unsure = WorkflowUpdateRPCTimeoutOrCancelledError()
    temporal.error = unsure  # so that the place stays, as it does when the workflow has it
    await browser.post(f"{OPEN}/plan", data=sent)
    [update] = temporal.sent
    assert (update.name, update.id, update.arg.coordinator) == ("plan", sent["form"], NOOR)
    assert update.workflow_id == "intake-den-haag-acacialaan-1"
    assert update.arg.at == datetime.fromisoformat(f"{sent['day']}T14:30").replace(tzinfo=AMSTERDAM)
    async with rows.connection() as conn:
        assert (await vault.get(conn, update.arg.place, Place)).text == HOME


MISTAKES: list[tuple[dict[str, str], str]] = [
    ({"day": ""}, "Vul een datum in"),
    ({"day": "31-02-2027"}, "Vul een datum in"),
    ({"day": "2026-11-01"}, "Kies een moment dat nog moet komen."),
    ({"day": "2062-11-24"}, "Kies een moment binnen een jaar."),
    ({"clock": "25:00"}, "Vul een tijd in"),
    ({"clock": "half drie"}, "Vul een tijd in"),
    ({"place": "  "}, "Vul in waar het gesprek is"),
    ({"place": "x" * 201}, "Vul in waar het gesprek is"),
    ({"place": "Bij Anna\x00"}, "Vul in waar het gesprek is"),
]


async def test_a_plan_that_cannot_be_is_told(seat: Seat, temporal: FakeTemporal, rows: Database) -> None:
    browser, kept = await seat(), await places(rows)
    for change, sentence in MISTAKES:
        answer = await browser.post(f"{OPEN}/plan", data=plan(**change))
        assert answer.status_code == 422
        assert "<title>Fout:" in answer.text
        assert answer.text.count(sentence) == 2, change
        assert 'href="#' + next(iter(change)) in answer.text
        assert f'value="{PLAN["clock"]}"' in answer.text or "clock" in change
    assert temporal.sent == []
    assert await places(rows) == kept


GONE = RPCError("gone", RPCStatusCode.NOT_FOUND, b"")


@pytest.mark.parametrize(("error", "status"), [(refused(Refusal.INTAKE_CLOSED), 422), (GONE, 503)])
async def test_the_place_of_a_refused_plan_is_erased(
    seat: Seat, temporal: FakeTemporal, rows: Database, error: Exception, status: int
) -> None:
    """An intake that is open in the registry is not over: its workflow begins in a moment."""
    kept = await places(rows)
    temporal.error = error
    answer = await (await seat()).post(f"{OPEN}/plan", data=plan())
    assert answer.status_code == status
    assert f'value="{PLAN["place"]}"' in answer.text
    assert await places(rows) == kept


async def test_the_place_of_an_earlier_plan_is_erased(
    seat: Seat, temporal: FakeTemporal, rows: Database
) -> None:
    kept = await places(rows)
    browser = await seat()
    move = "update registry.intake set place = $1 where workflow_id = 'intake-den-haag-beukstraat-1'"

    async def planned(_: object) -> None:
        async with rows.connection() as conn:
            await conn.execute(move, temporal.sent[-1].arg.place)

    temporal.then = planned
    answer = await browser.post(f"{PLANNED}/plan", data=plan())
    assert answer.headers["location"] == "/den-haag/straten/beukstraat?gedaan=plan"
    assert await places(rows) == kept
    assert HOME in (await browser.get("/den-haag/straten/beukstraat")).text


@pytest.mark.parametrize(
    ("refusal", "field"),
    [(Refusal.SPELREGELS_NOT_AGREED, "agreed"), (Refusal.TOO_FEW_GANGMAKERS, "outcome")],
)
async def test_a_refused_outcome_is_told_beside_its_field(
    seat: Seat, temporal: FakeTemporal, refusal: Refusal, field: str
) -> None:
    temporal.error = refused(refusal)
    answer = await (await seat()).post(f"{PLANNED}/record", data=form(outcome="accepted"))
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert f'id="{field}-fout"' in answer.text
    assert 'value="accepted" id="outcome" checked' in answer.text


async def test_an_outcome_must_be_chosen(seat: Seat, temporal: FakeTemporal) -> None:
    browser = await seat()
    for data in (form(), form(outcome="maybe")):
        answer = await browser.post(f"{PLANNED}/record", data=data)
        assert answer.status_code == 422
        assert answer.text.count("Kies wat er uit het gesprek kwam.") == 2
    assert temporal.sent == []


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.WAITING])
async def test_an_outcome_is_recorded(seat: Seat, temporal: FakeTemporal, outcome: Outcome) -> None:
    browser, sent = await seat(), form(outcome=outcome)
    answer = await browser.post(f"{PLANNED}/record", data=sent)
    record = IntakeRecord(outcome=outcome, coordinator=NOOR)
    assert temporal.sent == [Update("intake-den-haag-beukstraat-1", "record", record, sent["form"])]
    assert "De uitkomst is vastgelegd." in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    ("key", "address", "data"),
    [
        ("coordinator-1", f"{PLANNED}/record", {"outcome": "declined"}),
        ("coordinator-1", f"{PLANNED}/record", {"outcome": "referred", "referral": "help"}),
        ("coordinator-1", f"{POTJE}/reject", {}),
        ("coordinator-1", "/den-haag/potjes/potje-den-haag-lindelaan-{year}/withdraw", {}),
    ],
)
async def test_what_cannot_be_undone_is_asked_twice(
    seat: Seat, temporal: FakeTemporal, key: str, address: str, data: dict[str, str]
) -> None:
    browser, sent, address = await seat(key), form(**data), address.format(year=this_year())
    question = await browser.post(address, data=sent)
    assert question.status_code == 200
    assert "Dat kan niet meer terug." in question.text
    assert temporal.sent == []
    assert sent["form"] in question.text
    answer = await browser.post(address, data={**sent, "sure": "yes"})
    assert answer.status_code == 303
    assert [update.id for update in temporal.sent] == [sent["form"]]


@pytest.mark.parametrize(
    ("key", "act", "name"),
    [
        ("treasurer-1", "approve", "approve"),
        ("coordinator-1", "hand-over", "hand_over"),
        ("coordinator-1", "undo-hand-over", "undo_hand_over"),
    ],
)
async def test_a_potje_is_acted_on(seat: Seat, temporal: FakeTemporal, key: str, act: str, name: str) -> None:
    browser, sent = await seat(key), form()
    answer = await browser.post(f"{potje()}/{act}", data=sent)
    assert answer.headers["location"] == f"/den-haag/straten/fuchsiastraat?gedaan={act}"
    by = PotjeAct(by=f"den-haag:{key}")
    assert temporal.sent == [Update(f"potje-den-haag-fuchsiastraat-{this_year()}", name, by, sent["form"])]


async def test_who_proposed_is_told_to_ask_a_colleague(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.error = refused(Refusal.PROPOSER_MAY_NOT_APPROVE)
    browser = await seat("coordinator-2")
    answer = await browser.post(f"{potje()}/approve", data=form())
    assert answer.status_code == 422
    assert "Vraag een collega om het goed te keuren." in answer.text
    english = await browser.post(f"{potje()}/approve?taal=en", data=form())
    assert "Ask a colleague to approve it." in english.text


BY_HAND = ("hand-over", "undo-hand-over", "confirm", "withdraw")
FORBIDDEN = [
    ("treasurer-1", "den-haag", f"{OPEN}/plan", 403),
    ("treasurer-1", "den-haag", f"{PLANNED}/record", 403),
    *(("treasurer-1", "den-haag", f"{POTJE}/{act}", 403) for act in BY_HAND),
    ("treasurer-1", "den-haag", f"{POTJE}/mark-paid", 404),
    ("coordinator-1", "rotterdam", f"{OPEN}/plan", 404),
    ("coordinator-1", "rotterdam", f"{POTJE}/approve", 404),
    # the right desk, and somebody else's intake and potje behind it
    ("coordinator-1", "rotterdam", OPEN.replace("/den-haag/", "/rotterdam/", 1) + "/plan", 404),
    ("coordinator-1", "rotterdam", POTJE.replace("/den-haag/", "/rotterdam/", 1) + "/approve", 404),
    ("coordinator-1", "den-haag", f"{POTJE}/steal", 404),
    ("coordinator-1", "den-haag", "/den-haag/potjes/potje-den-haag-nergens-2026/approve", 404),
]


async def test_who_may_not_changes_nothing(seat: Seat, temporal: FakeTemporal) -> None:
    for key, municipality, address, status in FORBIDDEN:
        browser = await seat(key, municipality)
        answer = await browser.post(address.format(year=this_year()), data=plan(outcome="accepted"))
        assert answer.status_code == status, address
    assert temporal.sent == []


async def test_a_stranger_changes_nothing(stranger: httpx.AsyncClient, temporal: FakeTemporal) -> None:
    answer = await stranger.post(f"{potje()}/approve", data=form())
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert temporal.sent == []


@pytest.mark.parametrize("data", [{}, {"form": "x"}])
async def test_a_form_without_its_id_is_no_form(
    seat: Seat, temporal: FakeTemporal, data: dict[str, str]
) -> None:
    assert (await (await seat()).post(f"{potje()}/approve", data=data)).status_code == 400
    assert temporal.sent == []


async def test_while_temporal_is_away_nothing_changes_and_nothing_is_lost(
    seat: Seat, temporal: FakeTemporal, rows: Database
) -> None:
    kept = await places(rows)
    temporal.reachable = False
    answer = await (await seat()).post(f"{OPEN}/plan", data=plan())
    assert answer.status_code == 503
    assert "Er is niets veranderd." in answer.text
    assert f'value="{PLAN["place"]}"' in answer.text
    assert await places(rows) == kept


async def test_a_late_answer_is_told_as_it_is(seat: Seat, temporal: FakeTemporal) -> None:
    temporal.error = WorkflowUpdateRPCTimeoutOrCancelledError()
    sent = form()
    answer = await (await seat()).post(f"{potje()}/approve", data=sent)
    assert answer.status_code == 503
    assert "Uw opdracht is verstuurd" in answer.text
    assert sent["form"] in answer.text


async def test_a_gangmakers_code_confirms(seat: Seat, temporal: FakeTemporal, keyring: Keyring) -> None:
    code = code_of(keyring, handover_code(handed(), 1))
    browser, sent = await seat(), coded(f" {code[:3]} {code[3:]} ")
    answer = await browser.post(confirm(), data=sent)
    assert answer.headers["location"] == "/den-haag/straten/iepenlaan?gedaan=confirm"
    assert temporal.sent == [Update(handed(), "confirm_by_code", PotjeAct(by=NOOR), sent["form"])]
    assert "De gangmaker heeft het potje." in (await browser.get(answer.headers["location"])).text


async def test_a_wrong_code_is_told_and_after_five_it_waits(
    seat: Seat, temporal: FakeTemporal, keyring: Keyring, rows: Database
) -> None:
    browser = await seat()
    of_an_earlier_one = code_of(keyring, handover_code(handed(), 2))
    for wrong in ("", "123", "abcdef", "12345é", of_an_earlier_one):
        answer = await browser.post(confirm(), data=coded(wrong))
        assert answer.status_code == 422
        assert answer.text.count("Deze code klopt niet.") == 2
        assert f'href="#code-{this_year()}"' in answer.text
    right = coded(code_of(keyring, handover_code(handed(), 1)))
    answer = await browser.post(confirm(), data=right)
    assert answer.status_code == 422
    assert "Er is te vaak een verkeerde code getypt." in answer.text
    assert temporal.sent == []
    async with rows.connection() as conn:
        await conn.execute("update post.attempt set at = now() - interval '61 minutes'")
    assert (await browser.post(confirm(), data=right)).status_code == 303


async def test_right_codes_do_not_count_as_tries(
    seat: Seat, temporal: FakeTemporal, keyring: Keyring, rows: Database
) -> None:
    browser, code = await seat(), code_of(keyring, handover_code(handed(), 1))
    for _ in range(7):
        assert (await browser.post(confirm(), data=coded(code))).status_code == 303
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from post.attempt") == 0


@pytest.mark.parametrize(("stands", "status"), [("to_approve", 503), ("approved", 503), ("rejected", 422)])
async def test_what_is_written_but_not_begun_is_tried_again(
    seat: Seat, temporal: FakeTemporal, rows: Database, stands: str, status: int
) -> None:
    """The step that proposes a potje writes it first; in between nobody is told that it was dealt with."""
    async with rows.connection() as conn:
        await conn.execute(
            "update registry.potje set status = $2 where workflow_id = $1", potje().rpartition("/")[2], stands
        )
    temporal.error = GONE
    answer = await (await seat("treasurer-1")).post(f"{potje()}/approve", data=form())
    assert answer.status_code == status
    assert ("Dit is al afgehandeld" in answer.text) is (status == 422)
