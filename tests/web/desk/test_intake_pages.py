"""Intakes on the desk: an agenda, moments to propose, nobody came, the outcome with its words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from forms.desk.intakes.answers import AgendaAnswers
from schemas.calendar import AMSTERDAM
from schemas.facts import Fact, StarterSnapshot, StarterStatus
from schemas.intake import Outcome, Referral
from schemas.person import Place, Story
from schemas.refs import intake_id
from schemas.refusals import SENTENCES, Refusal
from store import intakes, registry
from store.database import Database
from store.intakes import Slot
from store.vault import Vault
from tests.today import today
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal, refused
from tests.web.desk.test_desk_pages import text_of

AGENDA = "/den-haag/agenda"
STREET = "/den-haag/straten/acacialaan"
OPEN = "/den-haag/intakes/intake-den-haag-acacialaan-1"
PLANNED = "/den-haag/intakes/intake-den-haag-beukstraat-1"
BRINK = "Buurthuis De Brink"
NOOR, SAM = "den-haag:coordinator-1", "den-haag:coordinator-2"


def form(**values: str | list[str]) -> dict[str, str | list[str]]:
    return {"form": str(uuid4()), **values}


def stretch(**values: str) -> dict[str, str | list[str]]:
    afternoon = {
        "day": str(today() + timedelta(days=7)),
        "start": "13:00",
        "end": "16:30",
        "place": BRINK,
    }
    return form(**(afternoon | {"weeks": "1"} | values))


async def can(db: Database, vault: Vault, *hours: int, coordinator: str = NOOR) -> list[UUID]:
    """Moments in an agenda, so many hours from now."""
    now = datetime.now(UTC)
    slots = [Slot(uuid4(), now + timedelta(hours=each), BRINK) for each in hours]
    async with db.transaction() as conn:
        await intakes.add(conn, vault, "den-haag", coordinator, slots)
    return [slot.id for slot in slots]


async def kept(db: Database, kind: str = "place") -> int:
    async with db.connection() as conn:
        sql = "select count(*) from vault.item where kind = $1 and erased_at is null"
        return int(await conn.fetchval(sql, kind))


async def test_a_stretch_becomes_moments_once(seat: Seat, rows: Database) -> None:
    browser, sent = await seat(), stretch(weeks="2")
    before = await kept(rows)
    for _ in range(2):
        answer = await browser.post(AGENDA, data=sent)
        assert answer.headers["location"] == f"{AGENDA}?gedaan=agenda"
    async with rows.connection() as conn:
        found = await conn.fetch("select coordinator, at from intake.slot order by at")
    assert {row["coordinator"] for row in found} == {NOOR}
    clocks = [row["at"].astimezone(AMSTERDAM).strftime("%H:%M") for row in found]
    assert clocks == ["13:00", "14:00", "15:00"] * 2
    assert await kept(rows) == before + 6, "what the second form sealed is erased again"
    told = text_of(await browser.get(AGENDA))
    assert told.count(BRINK) == 6
    assert "13.00" in told


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"day": "", "start": "", "end": "", "place": ""}, ["day", "start", "end", "place"]),
        ({"end": "13:30"}, ["end"]),
        ({"end": "12:00"}, ["end"]),
        ({"start": "00:00", "end": "23:59"}, ["end"]),
        ({"day": "2020-01-01"}, ["day"]),
        ({"weeks": "0"}, ["weeks"]),
        ({"weeks": "veel"}, ["weeks"]),
        ({"weeks": "13"}, ["weeks"]),
        ({"day": "{far}", "weeks": "2"}, ["day"]),
    ],
)
async def test_bad_stretches_are_told(
    seat: Seat, rows: Database, values: dict[str, str], field: Sequence[str]
) -> None:
    far = today() + timedelta(days=371)
    typed = {name: value.format(far=far) for name, value in values.items()}
    answer = await (await seat()).post(AGENDA, data=stretch(**typed))
    assert answer.status_code == 422
    fields = ("day", "start", "end", "place", "weeks")
    assert [name for name in fields if f'id="{name}-fout"' in answer.text] == [*field]
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from intake.slot") == 0


def test_moments_keep_the_time_on_the_wall_when_the_clock_moves() -> None:
    answers = AgendaAnswers.model_validate(
        {"day": "2027-03-21", "start": "13:00", "end": "14:00", "place": "Thuis", "weeks": "2"},
        context={"now": datetime(2027, 3, 1, tzinfo=UTC), "minutes": 60},
    )
    assert [at.astimezone(UTC).hour for at in answers.moments(60)] == [12, 11]


def test_a_year_from_now_is_counted_in_dutch_days() -> None:
    answers = {"day": "2027-11-23", "start": "00:00", "end": "00:30", "place": "Thuis"}
    soon_after_midnight = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert AgendaAnswers.model_validate(answers, context={"now": soon_after_midnight, "minutes": 30})


async def test_a_free_moment_goes_and_a_picked_one_stays(seat: Seat, rows: Database, vault: Vault) -> None:
    free, taken = await can(rows, vault, 48, 50)
    async with rows.connection() as conn:
        sql = "update intake.slot set taken_by = $1 where id = $2"
        await conn.execute(sql, intake_id("den-haag", "beukstraat", 1), taken)
    browser = await seat()
    page = await browser.get(AGENDA)
    assert "/den-haag/straten/beukstraat#intake" in page.text
    assert (await browser.post(f"{AGENDA}/{free}/weg", data=form())).status_code == 303
    assert "net gekozen" in text_of(await browser.post(f"{AGENDA}/{taken}/weg", data=form()))
    other = await seat("coordinator-2")
    assert (await other.post(f"{AGENDA}/{taken}/weg", data=form())).status_code == 303
    async with rows.connection() as conn:
        left = await conn.fetch("select id from intake.slot where withdrawn_at is null")
        assert [row["id"] for row in left] == [taken]
        place = await conn.fetchval("select place from intake.slot where id = $1", free)
        assert await conn.fetchval("select erased_at from vault.item where ref = $1", place)


async def test_a_treasurer_has_no_agenda(seat: Seat) -> None:
    browser = await seat("treasurer-1")
    assert (await browser.get(AGENDA)).status_code == 403
    assert (await browser.post(AGENDA, data=stretch())).status_code == 403
    assert (await browser.post(f"{OPEN}/propose", data=form())).status_code == 403
    assert (await browser.post(f"{PLANNED}/missed", data=form())).status_code == 403
    assert AGENDA not in (await browser.get("/den-haag/vandaag")).text


async def test_moments_are_proposed_ones_own_first(
    seat: Seat, rows: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    theirs = await can(rows, vault, 24, coordinator=SAM)
    mine = await can(rows, vault, 48, 72)
    browser = await seat()
    page = await browser.get(STREET)
    assert page.text.index(str(mine[0])) < page.text.index(str(theirs[0])), "what is mine comes first"
    sent = form(slot=[str(mine[1]), str(theirs[0])])
    answer = await browser.post(f"{OPEN}/propose", data=sent)
    assert answer.headers["location"] == f"{STREET}?gedaan=propose"
    [update] = temporal.sent
    assert (update.name, update.id, update.arg.coordinator) == ("propose", sent["form"], NOOR)
    assert {moment.slot for moment in update.arg.moments} == {mine[1], theirs[0]}


async def test_what_is_gone_cannot_be_proposed(
    seat: Seat, rows: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    mine = await can(rows, vault, 48, 72)
    browser = await seat()
    gone = await browser.post(f"{OPEN}/propose", data=form(slot=[str(mine[0]), str(uuid4())]))
    assert gone.status_code == 422
    assert SENTENCES[Refusal.MOMENT_TAKEN] in text_of(gone)
    assert temporal.sent == []
    temporal.error = refused(Refusal.FEW_MOMENTS)
    few = await browser.post(f"{OPEN}/propose", data=form(slot=[str(mine[0])]))
    assert few.status_code == 422
    assert 'href="#slot"' in few.text
    assert f'value="{mine[0]}" checked' in few.text


async def test_without_moments_the_page_leads_to_the_agenda(seat: Seat) -> None:
    page = await (await seat()).get(STREET)
    assert "te weinig vrije momenten" in text_of(page)
    assert f'href="{AGENDA}"' in page.text


async def test_nobody_came_is_asked_twice(seat: Seat, rows: Database, temporal: FakeTemporal) -> None:
    browser, sent = await seat(), form()
    sql = "update registry.intake set at = now() + $1::interval where street = 'beukstraat'"
    async with rows.connection() as conn:
        await conn.execute(sql, timedelta(hours=1))
    assert "Er kwam niemand" not in text_of(await browser.get("/den-haag/straten/beukstraat"))
    async with rows.connection() as conn:
        await conn.execute(sql, timedelta(hours=-1))
    assert "Er kwam niemand" in text_of(await browser.get("/den-haag/straten/beukstraat"))
    assert "Kwam er niemand?" in text_of(await browser.post(f"{PLANNED}/missed", data=sent))
    assert temporal.sent == []
    await browser.post(f"{PLANNED}/missed", data=sent | {"sure": "yes"})
    assert [(each.name, each.arg.coordinator) for each in temporal.sent] == [("missed", NOOR)]


async def _people(db: Database) -> list[UUID]:
    async with db.connection() as conn:
        found: list[UUID] = await conn.fetchval(
            "select gangmakers from registry.street where municipality = 'den-haag' and slug = 'beukstraat'"
        )
    return found


async def test_an_outcome_tells_who_agreed_and_how_they_go_about_it(
    seat: Seat, rows: Database, vault: Vault, temporal: FakeTemporal
) -> None:
    people = await _people(rows)
    sealed: list[str] = []

    async def recorded(_: object) -> None:
        async with rows.connection() as conn:
            words = temporal.sent[-1].arg.approach
            sealed.append((await vault.get(conn, words, Story)).text)
            sql = "update registry.intake set approach = $1 where street = 'beukstraat'"
            await conn.execute(sql, words)

    temporal.then = recorded
    sent = form(
        outcome="accepted", agreed=[str(people[0]), str(uuid4())], approach="  Samen \n koffie. ", referral=""
    )
    answer = await (await seat()).post(f"{PLANNED}/record", data=sent)
    assert answer.status_code == 303
    record = temporal.sent[0].arg
    assert (record.outcome, record.agreed, record.referral) == (Outcome.ACCEPTED, [people[0]], None)
    assert sealed == ["Samen koffie."]
    assert await kept(rows, "story") == 1


async def test_words_that_the_intake_did_not_take_are_erased(
    seat: Seat, rows: Database, temporal: FakeTemporal
) -> None:
    temporal.error = refused(Refusal.TOO_FEW_GANGMAKERS)
    answer = await (await seat()).post(f"{PLANNED}/record", data=form(outcome="accepted", approach="Koffie."))
    assert answer.status_code == 422
    assert "Koffie.</textarea>" in answer.text
    assert await kept(rows, "story") == 0


async def test_a_referral_needs_somewhere_to_go(seat: Seat, temporal: FakeTemporal) -> None:
    browser = await seat()
    answer = await browser.post(f"{PLANNED}/record", data=form(outcome="referred"))
    assert "Kies waarnaar u verwijst." in text_of(answer)
    assert temporal.sent == []
    sent = form(outcome="referred", referral="volunteering", sure="yes")
    await browser.post(f"{PLANNED}/record", data=sent)
    assert temporal.sent[0].arg.referral is Referral.VOLUNTEERING


async def test_the_guide_stands_beside_the_record(seat: Seat) -> None:
    told = text_of(await (await seat()).get("/den-haag/straten/beukstraat"))
    assert "Leidraad voor het gesprek" in told
    assert "ziet mensen, en let op wie er stil of alleen is" in told
    english = text_of(await (await seat()).get("/den-haag/straten/beukstraat?taal=en"))
    assert "notices people, and who is quiet or alone" in english


async def test_what_waits_too_long_stands_on_today(seat: Seat, rows: Database) -> None:
    browser = await seat()
    assert "Intakes om te plannen" in text_of(await browser.get("/den-haag/vandaag"))
    async with rows.connection() as conn:
        await conn.execute(
            "update registry.intake set nudges = 1, unsuited = true where street = 'acacialaan'"
        )
    told = text_of(await browser.get("/den-haag/vandaag"))
    assert "Intakes die te lang wachten" in told
    assert "Intakes om te plannen" not in told
    street = text_of(await browser.get(STREET))
    assert "Een gangmaker kan op geen van de momenten." in street
    assert "Een telefoontje werkt vaak beter" in street


async def starter(db: Database, status: StarterStatus) -> None:
    snapshot = StarterSnapshot(
        municipality="den-haag", street="lindelaan", status=status, revision=len(status)
    )
    fact = Fact(
        key=str(uuid4()),
        name="street.decided",
        municipality="den-haag",
        subject="lindelaan",
        starter=snapshot,
    )
    async with db.transaction() as conn:
        await registry.enter(conn, fact)


async def test_a_starter_package_travels(seat: Seat, rows: Database, temporal: FakeTemporal) -> None:
    await starter(rows, StarterStatus.ORDERED)
    browser, here = await seat(), "/den-haag/straten/lindelaan"
    today = await browser.get("/den-haag/vandaag")
    assert "Startpakketten om te versturen" in text_of(today)
    assert f"{here}#startpakket" in today.text
    assert "klaar om te versturen" in text_of(await browser.get(here))
    answer = await browser.post(f"{here}/send-starter", data=form())
    assert answer.headers["location"] == f"{here}?gedaan=send-starter"
    assert temporal.sent[-1].name == "send_starter"
    await browser.post(f"{here}/receive-starter", data=form())
    assert temporal.sent[-1].name == "receive_starter"
    treasurer = await seat("treasurer-1")
    assert (await treasurer.post(f"{here}/send-starter", data=form())).status_code == 403
    assert "send-starter" not in (await treasurer.get(here)).text


async def test_a_place_is_not_shown_once_erased(seat: Seat, rows: Database, vault: Vault) -> None:
    (slot,) = await can(rows, vault, 48)
    async with rows.transaction() as conn:
        place = await conn.fetchval("select place from intake.slot where id = $1", slot)
        assert (await vault.get(conn, place, Place)).text == BRINK
        await vault.erase(conn, [place], "test")
    told = text_of(await (await seat()).get(AGENDA))
    assert "Buurthuis" not in told.partition("Uw momenten")[2].partition("Zet er")[0]
