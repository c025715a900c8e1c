"""The yearly renewal on the desk: rounds, whom to call, what was written along."""

from uuid import UUID, uuid4

from temporalio.service import RPCError, RPCStatusCode

from schemas.facts import Fact, RenewalSnapshot
from schemas.person import Story
from schemas.refs import renewal_id
from schemas.refusals import SENTENCES, Refusal
from schemas.renewal import CallOutcome
from store import registry
from store.database import Database
from store.vault import Vault
from tests.today import this_year
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, refused
from tests.web.desk.test_desk_pages import text_of

ROOM = "/den-haag/vernieuwing"
FUCHSIA, GOUDEN = "fuchsiastraat", "goudenregenstraat"


async def asked(
    db: Database, street: str, status: str, outcome: str | None = None, words: list[UUID] | None = None
) -> str:
    """A question as its workflow writes it; gives the address of its page."""
    snapshot = RenewalSnapshot(
        workflow_id=renewal_id("den-haag", street, this_year()),
        municipality="den-haag",
        street=street,
        year=this_year(),
        status=status,
        outcome=outcome,
        people=2,
        answered=1,
        words=words or [],
        revision=1,
    )
    fact = Fact(
        key=str(uuid4()), name="renewal.asked", municipality="den-haag", subject=street, renewal=snapshot
    )
    async with db.transaction() as conn:
        await registry.enter(conn, fact)
    return f"{ROOM}/{snapshot.workflow_id}"


async def test_an_empty_room_says_so(seat: Seat) -> None:
    assert "Er is nog geen ronde geweest." in text_of(await (await seat()).get(ROOM))


async def test_a_round_is_counted_and_filtered(seat: Seat, rows: Database) -> None:
    await asked(rows, FUCHSIA, "decided", "go_on")
    await asked(rows, GOUDEN, "to_call")
    browser = await seat()
    told = text_of(await browser.get(ROOM))
    assert "1 van 2 straten besloten" in told
    assert "██████████░░░░░░░░░░" in told
    assert told.index("Goudenregenstraat") < told.index("Fuchsiastraat"), "whom to call comes first"
    calling = text_of(await browser.get(f"{ROOM}?jaar={this_year()}&stand=to_call"))
    assert "Goudenregenstraat" in calling
    assert "Fuchsiastraat" not in calling


async def test_whom_to_call_stands_on_today(seat: Seat, rows: Database) -> None:
    page = await asked(rows, GOUDEN, "to_call")
    today = await (await seat()).get("/den-haag/vandaag")
    assert "Straten om te bellen: gaan ze verder?" in text_of(today)
    assert page in today.text


async def test_a_call_is_recorded_once(seat: Seat, rows: Database, temporal: FakeTemporal) -> None:
    page = await asked(rows, GOUDEN, "to_call")
    browser, form = await seat(), str(uuid4())
    told = await browser.get(page)
    assert "Bel de straat" in text_of(told)
    answer = await browser.post(page, data={"form": form, "outcome": "change"})
    assert answer.status_code == 303
    sent = temporal.sent[0]
    assert (sent.name, sent.id, sent.arg.outcome) == ("record_call", form, CallOutcome.CHANGE)
    assert sent.arg.by == "den-haag:coordinator-1"


async def test_bad_answers_change_nothing(seat: Seat, rows: Database, temporal: FakeTemporal) -> None:
    page = await asked(rows, GOUDEN, "to_call")
    browser = await seat()
    wrong = await browser.post(page, data={"form": str(uuid4()), "outcome": "maybe"})
    assert wrong.status_code == 422
    assert "Kies wat er uit het gesprek kwam." in text_of(wrong)
    assert temporal.sent == []
    temporal.error = refused(Refusal.RENEWAL_DECIDED)
    late = await browser.post(page, data={"form": str(uuid4()), "outcome": "stop", "sure": "yes"})
    assert SENTENCES[Refusal.RENEWAL_DECIDED] in text_of(late)


async def test_a_question_that_is_written_but_not_begun_is_tried_again(
    seat: Seat, rows: Database, temporal: FakeTemporal
) -> None:
    temporal.error = RPCError("no such workflow", RPCStatusCode.NOT_FOUND, b"")
    for standing, status in (("to_call", 503), ("decided", 422)):
        page = await asked(rows, GOUDEN, "to_call")
        async with rows.connection() as conn:
            await conn.execute("update registry.renewal set status = $1, outcome = 'change'", standing)
        answer = await (await seat()).post(page, data={"form": str(uuid4()), "outcome": "change"})
        assert answer.status_code == status


async def test_only_coordinators_record(seat: Seat, rows: Database) -> None:
    page = await asked(rows, GOUDEN, "to_call")
    browser = await seat("treasurer-1")
    assert "Leg het gesprek vast" not in text_of(await browser.get(page))
    answer = await browser.post(page, data={"form": str(uuid4()), "outcome": "stop", "sure": "yes"})
    assert answer.status_code == 403


async def test_what_was_written_along_is_read_and_the_look_is_logged(
    seat: Seat, rows: Database, vault: Vault
) -> None:
    async with rows.transaction() as conn:
        words = await vault.put(conn, "den-haag", Story(text="Graag een andere buur erbij."))
    page = await asked(rows, FUCHSIA, "decided", "change", [words])
    told = text_of(await (await seat()).get(page))
    assert "Graag een andere buur erbij." in told
    assert "Bel de straat" not in told
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.look where ref = $1", words) == 1


async def test_another_municipality_is_not_found(seat: Seat, rows: Database) -> None:
    page = await asked(rows, GOUDEN, "to_call")
    browser = await seat("coordinator-1", "rotterdam")
    answer = await browser.get(page.replace("/den-haag/", "/rotterdam/"))
    assert answer.status_code == 404
