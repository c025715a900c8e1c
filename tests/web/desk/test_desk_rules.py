"""The pure parts: moments as typed, what errors mean, and a word for everything in both languages."""

import re
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from uuid import UUID

import pytest
from jinja2.ext import babel_extract
from pydantic import ValidationError
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities import payees as accounts
from forms.desk import operators, story, telling, words
from forms.desk.commands import Fate, fate_of
from forms.desk.intakes import answers
from forms.desk.intakes.answers import PlanAnswers, problems
from forms.desk.payouts import answers as money_answers
from forms.desk.payouts import words as bank_words
from forms.desk.staff import Act, Role, name_of
from forms.site.i18n import translations
from schemas import refusals
from schemas.budget import EntryKind
from schemas.concern import Outcome as ConcernOutcome
from schemas.concern_policy import Urgency
from schemas.facts import ConcernStatus, StarterStatus, Template
from schemas.intake import IntakeStatus, Outcome, Referral
from schemas.payment import BatchState, PaymentState
from schemas.policy import PayoutKind
from schemas.potje import PotjeStatus
from schemas.refs import Language
from schemas.refusals import Refusal
from schemas.scouting import VisitOutcome
from schemas.sepa.camt import Problem
from schemas.street import Phase
from store.desk import Waiting
from tests.web.desk.fakes import refused
from workflows.escalation import NAMES

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def plan(day: str, clock: str) -> PlanAnswers:
    return PlanAnswers.model_validate(
        {"day": day, "clock": clock, "place": "Buurthuis"}, context={"now": NOW}
    )


@pytest.mark.parametrize("day", ["2026-11-24", "24-11-2026", "24/11/2026", "24.11.2026", " 24 11 2026 "])
@pytest.mark.parametrize("clock", ["14:30", "14.30", "1430", "14:30 uur"])
def test_a_moment_as_people_type_it(day: str, clock: str) -> None:
    assert plan(day, clock).at.astimezone(UTC) == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def test_summer_time_has_its_own_offset() -> None:
    assert plan("2027-07-01", "9:05").at.astimezone(UTC) == datetime(2027, 7, 1, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "field"),
    [
        ("2027-03-28", "02:30", "clock"),  # the hour that summer time skips
        ("2026-11-23", "13:00", "day"),  # now
        ("2027-11-24", "13:00", "day"),  # more than a year
        ("2026-13-01", "13:00", "day"),
        ("2026-11-24", "", "clock"),
    ],
)
def test_a_moment_that_cannot_be(day: str, clock: str, field: str) -> None:
    with pytest.raises(ValidationError) as error:
        plan(day, clock)
    assert list(problems(error.value)) == [field]


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2026, 11, 24), date(2026, 11, 25)), (date(2026, 11, 27), date(2026, 11, 30))],
)
def test_a_batch_is_paid_on_a_working_day(today: date, expected: date) -> None:
    assert money_answers.next_working_day(today) == expected


@pytest.mark.parametrize("code", [None, "AC04", "ZZ99"])
def test_every_code_of_a_bank_says_something(code: str | None) -> None:
    assert all(bank_words.reason(code))


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_is_known_by_its_type(refusal: Refusal) -> None:
    assert fate_of(refused(refusal)) is refusal
    assert words.field_of(refusal, Act.RECORD)


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (RPCError("no such workflow", RPCStatusCode.NOT_FOUND, b""), Fate.GONE),
        (WorkflowUpdateFailedError(ApplicationError("x", type="AcceptedUpdateCompletedWorkflow")), Fate.GONE),
        (RPCError("broken", RPCStatusCode.UNAVAILABLE, b""), Fate.UNSURE),
        (WorkflowUpdateRPCTimeoutOrCancelledError(), Fate.UNSURE),
        (TimeoutError(), Fate.UNSURE),
    ],
)
def test_what_an_error_means(error: Exception, fate: Fate) -> None:
    assert fate_of(error) is fate


def test_a_mistake_of_ours_is_no_refusal() -> None:
    mistake = WorkflowUpdateFailedError(ApplicationError("boom", type="KeyError"))
    with pytest.raises(WorkflowUpdateFailedError):
        fate_of(mistake)


SCOUTING_ACTS = (Act.START_ROUND, Act.END_ROUND, Act.SCOUT)
"""Their pages have words of their own."""


def test_everything_has_a_word() -> None:
    assert set(words.ROLES) == set(Role)
    assert set(words.PHASES) == set(Phase)
    assert set(words.INTAKES) == set(IntakeStatus)
    assert set(words.REFERRALS) == set(Referral)
    assert set(words.STARTERS) == set(StarterStatus)
    assert set(words.POTJES) == set(PotjeStatus)
    assert set(words.KINDS) == set(PayoutKind)
    assert set(words.OUTCOMES) == set(words.OUTCOME_HINTS) == set(Outcome)
    assert set(words.PILES) == set(Waiting)
    assert set(words.FLASHES) == set(Act) - {
        Act.APPROVE_MANY,
        Act.DOWNLOAD,
        Act.IMPORT,
        Act.BUDGET,
        Act.CLOSE_YEAR,
        Act.CAMPAIGN,
        Act.EXPORT_AUDIT,
        Act.FIND,
        *SCOUTING_ACTS,
    }
    assert set(bank_words.BATCHES) == set(BatchState)
    assert set(bank_words.PAYMENTS) == set(PaymentState)
    assert set(bank_words.PROBLEMS) == set(Problem)
    assert set(words.ROOMS_OF) == set(Role)
    assert words.ROOMS_OF[Role.SCOUT] == ("door",)
    assert words.ROOMS_OF[Role.PRIVACY] == ("access", "audit", "retention")
    assert set(words.CONCERNS) == set(ConcernStatus)
    assert set(words.URGENCIES) == set(Urgency)
    assert set(words.CONCERN_OUTCOMES) == set(ConcernOutcome)
    not_theirs = {
        Role.COORDINATOR: {"door", "access", "audit", "running", "connections", "team", "retention"},
        Role.TREASURER: {
            *("door", "access", "agenda", "concerns", "stories", "people", "running"),
            *("connections", "team", "retention"),
        },
    }
    for role, others in not_theirs.items():
        assert sorted(words.ROOMS_OF[role]) == sorted(set(words.ROOMS) - others)
    assert set(words.WORKFLOWS) == set(operators.KINDS)
    assert set(words.ROOM_AFTER) <= set(words.WHOLE) <= set(Waiting)


def test_every_fact_of_the_workflows_has_a_sentence() -> None:
    """Facts are named where they are made: ``self._fact("planned-…")`` in the workflow of that area."""
    told = set()
    files = "street street_base street_people street_shape intake intake_base potje renewal"
    for file in files.split():
        source = (ROOT / "workflows" / f"{file}.py").read_text("utf-8")
        names = re.findall(r'(?:_fact|_once|_note_starter)\(\s*f?"([a-z]+)', source)
        assert names, file
        told |= {f"{file.partition('_')[0]}.{name}" for name in names}
    told |= {f"signup.{t}" for t in (Template.CONFIRM_SIGNUP, Template.CONFIRM_SECOND)}
    told |= {f"signup.{t}-1" for t in (Template.CONFIRM_SIGNUP, Template.CONFIRM_SECOND)}
    told |= {"signup.withdrawn-0", "signup.expired-1"}
    told |= {"signup.candidate_invite", "signup.candidate_reminder-1"}
    told |= {f"scouting.{outcome}" for outcome in VisitOutcome}
    told |= {f"scouting.{name}" for name in ("started", "due", "ended")}
    told |= {f"budget.{kind}" for kind in EntryKind} | {"year.closing", "year.closed"}
    told |= {f"batch.{state}" for state in BatchState} | {"batch.file", "batch.late"}
    told |= {f"concern.{name}" for name in ("asked", "again", "followed", "reopened", "forgotten", "code")}
    told |= {f"concern.{name}" for name in NAMES.values()}
    told |= set(accounts.NAMES.values()) | {f"account.{step}" for step in ("reminded", "confirmed", "kept")}
    for room in ("trust", "approvals", "stories"):
        source = (ROOT / "store" / f"{room}.py").read_text("utf-8")
        told |= set(re.findall(r'"((?:street|approvals)\.[a-z_]+)"', source))
    assert len(told) > 50
    assert {name for name in told if story.sentence(name) == story.UNTOLD} == set()


def _in_templates() -> set[str]:
    options = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    found = set()
    for path in sorted((ROOT / "forms" / "desk" / "templates").glob("*.html")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ("_", "ngettext"), [], options):
                found.add(message[0] if isinstance(message, tuple) else message)
    return {message for message in found if message}


def test_everything_is_said_in_english_too() -> None:
    tables = (
        words.ROLES,
        words.PHASES,
        words.INTAKES,
        words.REFERRALS,
        words.STARTERS,
        words.CONCERNS,
        words.URGENCIES,
        words.CONCERN_OUTCOMES,
        words.POTJES,
        words.KINDS,
        words.OUTCOMES,
        words.OUTCOME_HINTS,
        words.PILES,
        words.FLASHES,
        words.WORKFLOWS,
        words.PENDING_ACCOUNT,
        bank_words.BATCHES,
        bank_words.PAYMENTS,
        bank_words.STATEMENTS,
        bank_words.OUTCOMES,
        bank_words.LINES,
        bank_words.SHORT,
        bank_words.PROBLEMS,
        bank_words.PLACES,
        bank_words.BUDGET_LINES,
        money_answers.SENTENCES,
        story.SENTENCES,
        answers.SENTENCES,
        refusals.SENTENCES,
    )
    said = {*chain.from_iterable(table.values() for table in tables), story.UNTOLD, telling.GONE}
    reasons = [*bank_words.REASONS.values(), bank_words.OTHER_REASON, bank_words.NO_REASON]
    rooms = [*words.ROOMS.values(), *words.ROOM_AFTER.values()]
    said |= {*chain.from_iterable(reasons), *(room.name for room in rooms)}
    said |= _in_templates()
    assert len(said) > 150
    catalogue = translations(Language.EN)
    known = vars(catalogue)["_catalog"]
    missing = sorted(m for m in said if m not in known and (m, 0) not in known)
    assert missing == []


def test_names_are_shown_and_refs_are_not() -> None:
    assert name_of("rotterdam:treasurer-1") == "Ties"
    assert name_of("engine") is None
    assert name_of(f"gangmaker:{UUID(int=1)}") is None
    assert name_of("rotterdam:coordinator-9") == "rotterdam:coordinator-9"
