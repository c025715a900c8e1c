"""A concern on its way: every rung and deadline, what people do with it, and that it is forgotten."""

import json
from datetime import timedelta

import pytest

from schemas.concern import COORDINATOR, LEAD, ActKind, Outcome
from schemas.facts import LinkPurpose
from schemas.workdays import deadline
from tests.workflow.concerns import (
    CANARY,
    REPORTER,
    Case,
    does,
    reporter_of,
    row,
    tells,
    until_asked,
    until_status,
)
from tests.workflow.town import Town

K = ActKind
TABLES = (
    "concern.concern",
    "concern.code",
    "post.submission",
    "post.link",
    "registry.fact",
    "money.addressee",
)
SEALED = ("person", "id", "sealed")


async def passes(town: Town, case: Case) -> None:
    """Its deadline passes."""
    due = (await row(town, case))["due_at"]
    await town.later_until(case, due + timedelta(minutes=1))


async def templates(town: Town) -> list[str]:
    """Every mail so far, in order."""
    rows = await town.rows(
        "select template from post.mail where template like 'concern%' order by created_at"
    )
    return [each["template"] for each in rows]


async def test_a_concern_is_picked_up_and_closed_and_its_reporter_hears_both(town: Town) -> None:
    case = await tells(town, **REPORTER)
    found = await row(town, case)
    assert (found["status"], found["holder"]) == ("waiting", "wijkteam")
    assert found["due_at"] == deadline(found["raised_at"], 1)
    await does(town, case, K.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
    await town.until_phase(case, "concern_picked_up")
    await does(town, case, K.CLOSE, "wijkteam", outcome=Outcome.IN_TOUCH)
    await until_status(town, case, "closed")
    found = await row(town, case)
    assert (found["outcome"], found["missed"], found["due_at"]) == ("in_touch", 0, None)
    assert await templates(town) == ["concern_ask", "concern_picked_up", "concern_closed"]
    assert await town.mails(await reporter_of(town, case)) == ["concern_picked_up", "concern_closed"]


async def test_silence_climbs_the_ladder_to_the_lead_and_stays_there(town: Town) -> None:
    case = await tells(town)
    order = ["wijkteam", "wijkteam", "welzijn", "welzijn", COORDINATOR, COORDINATOR, LEAD, LEAD, LEAD]
    for number, holder in enumerate(order, start=1):
        await until_asked(town, case, holder, number)
        found = await row(town, case)
        assert (found["status"], found["missed"]) == ("waiting", number - 1)
        assert found["due_at"] > await town.skipper.get_current_time(case), "somebody has a deadline ahead"
        await passes(town, case)
    assert (await templates(town))[:5] == [
        "concern_ask",
        "concern_again",
        "concern_ask",
        "concern_again",
        "concern_nobody",
    ]
    await does(town, case, K.CLOSE, LEAD)
    await until_status(town, case, "closed")


async def test_urgency_and_topic_choose_who_and_until_when(town: Town) -> None:
    case = await tells(town, topic="safety", urgency="today")
    found = await row(town, case)
    assert found["holder"] == "ggd"
    assert found["due_at"] == deadline(found["raised_at"], 0)


async def test_without_a_route_the_party_itself_is_asked(town: Town) -> None:
    await town.decree(concerns=(await town.policy()).concerns.model_copy(update={"routes": []}))
    case = await tells(town)
    assert (await row(town, case))["holder"] == COORDINATOR
    assert await templates(town) == ["concern_nobody"]


async def test_not_for_us_goes_to_the_next_at_once(town: Town) -> None:
    case = await tells(town)
    await does(town, case, K.NOT_OURS, "wijkteam")
    await until_asked(town, case, "welzijn", 2)
    assert (await row(town, case))["missed"] == 0


async def test_handing_on_asks_who_was_chosen(town: Town) -> None:
    case = await tells(town)
    await does(town, case, K.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
    await does(town, case, K.HAND_ON, "wijkteam", to="ggd")
    await until_asked(town, case, "ggd", 2)
    assert (await row(town, case))["status"] == "waiting"
    await does(town, case, K.PICK_UP, "ggd")
    await until_status(town, case, "picked_up")
    assert (await row(town, case))["holder"] == "ggd"


async def test_what_was_receipted_at_the_last_moment_counts(town: Town) -> None:
    """The deadline passed while the answer was on its way."""
    case = await tells(town)
    await passes(town, case)
    await until_asked(town, case, "wijkteam", 2)
    await passes(town, case)
    await until_asked(town, case, "welzijn", 3)
    await does(town, case, K.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
    assert (await row(town, case))["holder"] == "wijkteam"


async def test_who_was_not_asked_cannot_close(town: Town) -> None:
    case = await tells(town)
    await does(town, case, K.CLOSE, "ggd")
    await town.at_rest(case)
    assert (await row(town, case))["status"] == "waiting"


async def test_who_picked_it_up_is_asked_how_it_stands_again_and_again(town: Town) -> None:
    case = await tells(town)
    await does(town, case, K.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
    for number in (1, 2):
        await town.later(case, days=14, minutes=1)
        sql = "select count(*) = $1 from post.mail where template = 'concern_follow_up'"
        await town.until(sql, number)
    assert (await row(town, case))["due_at"] > await town.skipper.get_current_time(case)


async def _erased(town: Town, case: Case) -> list[bool]:
    found = await row(town, case)
    return [await town.erased(found[what]) for what in ("text", "reporter") if found[what]]


async def test_the_reporter_may_open_it_again_once(town: Town) -> None:
    case = await tells(town, **REPORTER)
    await does(town, case, K.CLOSE, "wijkteam")
    await until_status(town, case, "closed")
    reporter = await reporter_of(town, case)
    assert await town.answers(case.id, reporter, LinkPurpose.REOPEN_CONCERN)
    await town.relay.work()
    await until_asked(town, case, "wijkteam", 2)
    assert (await row(town, case))["reopened"]
    assert await _erased(town, case) == [False, False]
    await does(town, case, K.CLOSE, "wijkteam", outcome=Outcome.KNOWN)
    await until_status(town, case, "closed")
    links = "select count(*) from post.link where purpose = 'reopen_concern'"
    assert await town.value(links) == 1, "a second time there is no way back"
    await town.later(case, days=28, minutes=1)
    assert await case.result() == "known"
    assert await _erased(town, case) == [True, True]
    assert not await town.answers(case.id, reporter, LinkPurpose.REOPEN_CONCERN)


async def test_who_still_worries_at_the_last_moment_is_heard(town: Town) -> None:
    """They said so in time; it was receipted, so nothing is erased before it arrives."""
    case = await tells(town, **REPORTER)
    await does(town, case, K.CLOSE, "wijkteam")
    await until_status(town, case, "closed")
    assert await town.answers(case.id, await reporter_of(town, case), LinkPurpose.REOPEN_CONCERN)
    await town.later(case, days=28, minutes=1)
    await town.at_rest(case)
    assert await _erased(town, case) == [False, False]
    await town.relay.work()
    await until_asked(town, case, "wijkteam", 2)
    await does(town, case, K.CLOSE, "wijkteam")
    await until_status(town, case, "closed")
    await town.later(case, days=28, minutes=1)
    assert await case.result() == "helped"
    assert await _erased(town, case) == [True, True]


async def test_the_words_are_erased_in_time_and_the_count_stays(town: Town) -> None:
    case = await tells(town)
    await does(town, case, K.CLOSE, "wijkteam")
    await until_status(town, case, "closed")
    await town.later(case, days=27, hours=23)
    assert await _erased(town, case) == [False]
    await town.later(case, hours=2)
    assert await case.result() == "helped"
    assert await _erased(town, case) == [True]
    assert await town.value("select count(*) from concern.concern") == 1


async def _dismiss(town: Town, key: str) -> None:
    """A policy that does not know somebody any more."""
    rules = (await town.policy()).concerns
    professionals = [each for each in rules.professionals if each.key != key]
    await town.decree(concerns=rules.model_copy(update={"professionals": professionals, "routes": []}))


async def test_who_is_there_no_more_is_passed_over(town: Town) -> None:
    case = await tells(town)
    await _dismiss(town, "welzijn")
    await passes(town, case)
    await until_asked(town, case, "wijkteam", 2)
    await passes(town, case)
    await until_asked(town, case, COORDINATOR, 3)
    assert (await row(town, case))["missed"] == 2


async def test_what_somebody_left_behind_goes_to_the_next(town: Town) -> None:
    case = await tells(town)
    await does(town, case, K.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
    await _dismiss(town, "wijkteam")
    await town.later(case, days=14, minutes=1)
    await until_asked(town, case, "welzijn", 2)


async def test_who_left_only_a_number_gets_no_mail(town: Town) -> None:
    case = await tells(town, who="me", name="Joke", phone="06 12345678", may_call="yes")
    await does(town, case, K.CLOSE, "wijkteam")
    await until_status(town, case, "closed")
    assert await templates(town) == ["concern_ask"]


async def test_concerns_go_before_all_other_work(town: Town) -> None:
    case = await tells(town)
    told = (await case.describe()).raw_description
    assert told.workflow_execution_info.priority.priority_key == 1


@pytest.mark.parametrize("where", ["history", "details", "rows", "mails", "logs"])
async def test_what_was_told_is_nowhere_but_in_the_vault(
    town: Town, where: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    case = await tells(town, **REPORTER)
    await does(town, case, K.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
    secrets = [CANARY.split(":")[0], "gordijnen", "Joke", "joke@melder"]
    match where:
        case "history":
            text = json.dumps((await case.fetch_history()).to_json_dict())
        case "details":
            text = await town.details(case) + str((await case.describe()).raw_description)
        case "rows":
            text = str([tuple(each) for name in TABLES for each in await town.rows(f"select * from {name}")])
        case "logs":
            text = caplog.text + "".join(capfd.readouterr())
            assert text
        case _:
            rows = await town.rows("select person, id, sealed from post.mail where template = 'concern_ask'")
            async with town.db.connection() as conn:
                mails = [
                    await town.vault.open_letter(conn, each["person"], each["id"], each["sealed"])
                    for each in rows
                ]
            assert mails
            text = str(mails)
    assert [secret for secret in secrets if secret in text] == []
