"""What a year still brings, against what there is."""

from datetime import date

from schemas.accounts import BudgetLine
from schemas.budget import LineFigures
from schemas.forecast import Outlook, Waiting, outlook
from schemas.policy import Policy, read_policy
from schemas.programme import Forecast
from tests.conftest import MUNICIPALITIES

ROTTERDAM = read_policy(next(path for path in MUNICIPALITIES if path.stem == "rotterdam"))
POTJES, STARTER = BudgetLine.POTJES, BudgetLine.STARTER
TODAY = date(2026, 11, 1)


def policy(per_month: int = 0, starter: int = 0) -> Policy:
    forecast = Forecast(new_streets_per_month=per_month, starter_euros=starter)
    return ROTTERDAM.model_copy(update={"forecast": forecast})


def lines(potjes: int = 0, starter: int = 0) -> dict[BudgetLine, LineFigures]:
    made = {line: LineFigures(line=line) for line in BudgetLine}
    made[POTJES] = LineFigures(
        line=POTJES, granted={"gemeente": potjes + 700_00}, spent=500_00, reserved=200_00
    )
    made[STARTER] = LineFigures(line=STARTER, granted={"gemeente": starter})
    return made


def seen(
    rules: Policy,
    turns: list[date],
    euros: int = 0,
    *,
    year: int = 2026,
    waiting: int = 0,
    today: date = TODAY,
) -> Outlook:
    wait = Waiting(potjes=waiting, cents=waiting * 150_00)
    found = outlook(rules, year, today, turns, lines(euros * 100), wait)
    assert found
    return found


def test_streets_whose_year_turns_and_those_that_wait() -> None:
    turns = [date(2026, 11, 15), date(2026, 12, 1), date(2027, 9, 1)]
    found = seen(policy(), turns, 1000, waiting=1)
    assert (found.renewals, found.newcomers, found.waiting, found.potjes_to_come) == (2, 0, 1, 3)
    assert (found.potjes.to_come, found.potjes.used, found.potjes.in_all) == (450_00, 700_00, 1150_00)
    assert (found.potjes.short, found.potjes.left, found.runs_out, found.still_pays) == (0, 550_00, None, 6)


def test_money_that_does_not_reach_says_when() -> None:
    turns = [date(2026, 12, day) for day in (1, 2, 2, 9)]
    found = seen(policy(), turns, 400)
    assert (found.potjes.short, found.potjes.left, found.still_pays) == (200_00, 0, 2)
    assert found.runs_out == date(2026, 12, 2)
    assert seen(policy(), turns, 600).runs_out is None
    assert seen(policy(), turns, 0, waiting=1).runs_out == TODAY


def test_new_streets_come_evenly_and_take_a_starter_package_along() -> None:
    found = seen(policy(6, 45), [], 10_000)
    assert found.newcomers == 12, "six a month for two months, rounded up"
    assert found.starter.to_come == found.starter.short == 12 * 45_00
    assert seen(policy(6), [], year=2027, today=TODAY).newcomers == 72
    assert seen(policy(6), [], today=date(2026, 12, 31)).newcomers == 0
    assert seen(policy(6), [], today=date(2026, 12, 30)).newcomers == 1
    assert seen(policy(6), [], 750, today=TODAY).runs_out == date(2026, 11, 27)


def test_a_year_to_come_renews_every_street_once() -> None:
    turns = [date(2026, 12, 1), date(2027, 3, 1), date(2027, 9, 1)]
    found = seen(policy(), turns, 200, year=2027)
    assert (found.renewals, found.runs_out) == (3, date(2027, 9, 1))
    assert seen(policy(), turns, 100, year=2027).runs_out == date(2027, 3, 1)


def test_a_street_whose_turn_is_late_is_still_to_come() -> None:
    assert seen(policy(), [date(2026, 10, 1)], 100).runs_out == TODAY


def test_a_year_that_is_over_has_no_outlook() -> None:
    assert outlook(policy(), 2025, TODAY, [date(2026, 12, 1)], lines(), Waiting()) is None
