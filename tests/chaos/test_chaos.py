"""A short storm: every kind of fault over every story, and nothing that the auditor can say against it."""

import pytest

from tests.chaos.auditor import CHECKS, Check, audit, window
from tests.chaos.conftest import Aftermath
from tests.chaos.evidence import Evidence
from tests.chaos.plan import STORIES, Kind
from tests.chaos.report import again, told

pytestmark = pytest.mark.timeout(600)


async def test_the_storm_blew_over_everything(aftermath: Aftermath) -> None:
    """So that what follows says something."""
    ran, held = aftermath.ran, aftermath.held
    assert set(ran.kinds) == {kind.value for kind in Kind}
    assert {street.story.name for street in ran.streets} == {story.name for story in STORIES}
    assert len(held.receipts) >= len(ran.streets) + sum(bool(story.concern) for story in STORIES)
    assert ran.town.seen.again.total() > 0
    assert ran.house.letterbox.refused > 0
    assert "worker" in {name for name, _ in held.stopped_in}
    assert any(not offer.heard for offer in held.offers), "no 250 was lost"
    assert sum(len(each.fired) for each in held.workflows.values()) > 10
    assert any(each.skipped for each in held.workflows.values())
    assert {each.kind for each in held.workflows.values()} >= {
        "SignupWorkflow",
        "StreetWorkflow",
        "IntakeWorkflow",
        "PotjeWorkflow",
        "ApprovalsWorkflow",
        "PayoutWorkflow",
        "PayeeWorkflow",
        "RenewalWorkflow",
        "RenewalRoundWorkflow",
        "EscalationWorkflow",
    }


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
async def test_every_promise_was_kept(aftermath: Aftermath, check: Check) -> None:
    assert [str(finding) for finding in check(aftermath.held)] == []


async def test_a_lost_250_is_the_one_window(aftermath: Aftermath) -> None:
    """The mail that the server had taken came once more as itself, unless its reader was erased."""
    held = aftermath.held
    mails = {mail["message_id"]: mail["state"] for mail in held.mails}
    lost = [offer for offer in held.offers if offer.taken and not offer.heard]
    assert lost
    for offer in lost:
        number = sum(letter.message_id == offer.message_id for letter in held.caught)
        assert number >= 2 or mails[offer.message_id] == "dropped", (offer, mails[offer.message_id])
        assert window(offer, []) == "its 250 was lost"


async def test_the_report_tells_how_to_repeat_it(aftermath: Aftermath) -> None:
    ran, held = aftermath.ran, aftermath.held
    report = told(ran, held, audit(held))
    assert f"Faults: {len(held.struck)} (" in report
    assert "Findings: 0." in report
    assert again(ran.plan, 9100) == "straat chaos --seed 2122 --minutes 0.6 --streets 13 --ports 9100"


async def test_an_empty_run_is_no_clean_run() -> None:
    """An auditor without evidence does not call it fine."""
    assert [finding.check for finding in audit(Evidence(at=0.0))] == ["ledger"]
