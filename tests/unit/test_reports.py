"""The rules behind the reports: shares, suppression, names and cells that no spreadsheet runs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accounts import BudgetLine
from schemas.attentie import Occasion
from schemas.exports import beancount, comma, words
from schemas.ledger import AccountKind
from schemas.money import shares
from schemas.postings import Books, Movement, Postings
from schemas.reports import Figures, Report, reports
from schemas.suppression import SMALLEST_SHOWN, hidden

CENTS = st.integers(-(10**9), 10**9)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given(CENTS, WEIGHTS.filter(any))
def test_shares_add_up_and_are_fair(total: int, weights: list[int]) -> None:
    parts = shares(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert part == 0 or weight


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 2], [0, 1]),
        (10, [0, 5], [0, 10]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_shares(total: int, weights: list[int], parts: list[int]) -> None:
    assert shares(total, weights) == parts


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [0]), (1, [2, -1])])
def test_nothing_to_divide_by(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="divide"):
        shares(total, weights)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40)))
def test_what_is_hidden_cannot_be_computed(counts: dict[str, int]) -> None:
    secret = hidden(counts)
    assert all(counts[key] >= SMALLEST_SHOWN for key in counts.keys() - secret)
    if secret and secret != counts.keys():
        assert len(secret) > 1
        assert sum(counts[key] for key in secret) >= SMALLEST_SHOWN
    if all(count >= SMALLEST_SHOWN for count in counts.values()):
        assert not secret


@pytest.mark.parametrize(
    ("counts", "secret"),
    [
        ({"a": 9, "b": 7, "c": 3}, {"c", "b"}),
        ({"a": 9, "b": 4, "c": 3}, {"b", "c"}),
        ({"a": 9, "b": 1, "c": 0}, {"a", "b", "c"}),
        ({"a": 9, "b": 8, "c": 0, "d": 0}, {"b", "c", "d"}),
        ({"a": 9, "b": 5}, set()),
        ({"a": 4}, {"a"}),
    ],
)
def test_hidden(counts: dict[str, int], secret: set[str]) -> None:
    assert hidden(counts) == secret


@pytest.mark.parametrize("text", ["=1+1", "+31 6", "-5", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_is_never_a_formula(text: str) -> None:
    assert comma.safe(text) == f"'{text}"
    assert comma.safe("Rozenlaan") == "Rozenlaan"


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (125_005, "1250.05")])
def test_euros_are_exact(cents: int, text: str) -> None:
    assert comma.euros(cents) == text


SLUG = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(lambda slug: len(slug) < 40)


@given(SLUG, SLUG)
def test_two_accounts_never_become_one(one: str, other: str) -> None:
    names = [beancount.account(f"street:rotterdam:{slug}:2026") for slug in (one, other)]
    assert (names[0] == names[1]) == (one == other)


def test_accounts_of_beancount() -> None:
    assert beancount.account("carry:rotterdam") == "Equity:Carry"
    assert beancount.account("bank:rotterdam:2026") == "Assets:Bank"
    assert beancount.account("funding:rotterdam:de-bank:2026") == "Income:Funding:De-bank"


def moved(debit: str, credit: str, cents: int, **more: object) -> Movement:
    (debit, _, debit_name), (credit, _, credit_name) = debit.partition("/"), credit.partition("/")
    values = {
        "debit": debit,
        "debit_name": debit_name,
        "credit": credit,
        "credit_name": credit_name,
        "reason": "test",
        "month": date(2026, 4, 1),
        "cents": cents,
        "count": 1,
    }
    return Movement.model_validate(values | more)


def test_what_goes_back_counts_down() -> None:
    books = Books([moved("funding/a", "budget/potjes", 100), moved("budget/potjes", "funding/a", 30)])
    grants = Postings(debit=AccountKind.FUNDING, credit=AccountKind.BUDGET)
    assert books.sum(grants).cents == 70
    assert books.sum(grants.model_copy(update={"one_way": True})).cents == 100
    assert books.sum(grants.model_copy(update={"debit_name": "b"})).cents == 0


def test_moves_between_lines_cancel_out() -> None:
    movements = (
        moved("funding/a", "budget/starter", 100),
        moved("budget/starter", "budget/potjes", 40),
    )
    lines = {BudgetLine.STARTER: 60, BudgetLine.POTJES: 40}
    table = reports(figures_of(movements, lines))[Report.BUDGET]
    assert table.value("starter", "moved") == -40
    assert table.value("potjes", "moved") == 40
    assert table.value("", "moved") == 0


def test_a_balance_that_is_no_sum_of_postings_is_never_reported() -> None:
    with pytest.raises(ValueError, match="postings of potjes come to 100 cents, its balance to 99"):
        reports(figures_of((moved("funding/a", "budget/potjes", 100),), {BudgetLine.POTJES: 99}))


def test_what_nobody_granted_is_nobodys_share() -> None:
    movements = (moved("carry/", "budget/hours", 100), moved("budget/hours", "spent/hours", 70))
    table = reports(figures_of(movements, {BudgetLine.HOURS: 30}))[Report.FUNDERS]
    assert table.value("", "share_spent") == 70
    assert [row.key for row in table.rows] == [""]


def test_a_hidden_total_is_hidden_too() -> None:
    given_once = moved("street/", "spent/attenties", 500, reason="attentie.birth")
    table = reports(figures_of((given_once,), {}))[Report.OCCASIONS]
    assert {cell.value for row in table.rows for cell in row.cells} == {None}
    assert table.value("", "count") is None


def figures_of(movements: tuple[Movement, ...], lines: dict[BudgetLine, int]) -> Figures:
    return Figures(
        municipality="rotterdam", year=2026, movements=movements, wijken=(), lines=lines, streets={}
    )


def test_everything_has_a_name() -> None:
    tables = reports(figures_of((), {}))
    assert set(words.TITLES) == set(words.FIRST_COLUMNS) == set(Report) == set(tables)
    assert {column.key for table in tables.values() for column in table.columns} <= set(words.COLUMNS)
    assert set(words.OCCASIONS) == set(Occasion)
    assert set(words.LINES) == set(BudgetLine)
