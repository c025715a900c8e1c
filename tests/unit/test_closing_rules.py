"""Where money goes at the end of a year: to the cent, and none of it lost."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accounts import BudgetLine
from schemas.closing import (
    BEFORE_BEGINNING,
    Hindrance,
    Hurdle,
    Left,
    LineLeft,
    Outcome,
    StreetLeft,
    attributed,
    plan,
    told,
)
from schemas.programme import Closing, LineMoney, StreetMoney

POTJES, HOURS = BudgetLine.POTJES, BudgetLine.HOURS
STREETS = (StreetLeft(slug="rozenlaan", cents=30_00), StreetLeft(slug="dorpsweg", cents=-4_50))
LEFT = Left(
    municipality="rotterdam",
    year=2026,
    streets=STREETS,
    lines=(
        LineLeft(line=POTJES, cents=100_00, granted={"stad": 200_00, "fonds": 100_00}),
        LineLeft(line=HOURS, cents=7),
    ),
    fallback="stad",
)
KEEP_AND_CARRY = Closing(streets=StreetMoney.KEEP, lines=LineMoney.CARRY)
BACK_AND_RETURN = Closing(streets=StreetMoney.RETURN, lines=LineMoney.RETURN)


def ways(left: Left, closing: Closing) -> list[tuple[str, str, int]]:
    """From, to, cents; what all of these accounts have in common is left out."""
    short = [
        (leg.debit.replace(":rotterdam", ""), leg.credit.replace(":rotterdam", ""), leg.cents)
        for leg in plan(left, closing).legs
    ]
    assert all(leg.debit != leg.credit for leg in plan(left, closing).legs)
    return short


def test_streets_keep_and_lines_carry() -> None:
    assert ways(LEFT, KEEP_AND_CARRY) == [
        ("funding:gangmakers:2026", "street:dorpsweg:2026", 4_50),
        ("street:rozenlaan:2026", "carry", 30_00),
        ("budget:potjes:2026", "carry", 100_00),
        ("budget:hours:2026", "carry", 7),
        ("carry", "street:rozenlaan:2027", 30_00),
        ("carry", "budget:potjes:2027", 100_00),
        ("carry", "budget:hours:2027", 7),
    ]
    outcome = plan(LEFT, KEEP_AND_CARRY).outcome
    assert outcome == Outcome(streets=1, kept=30_00, own=4_50, carried=100_07)


def test_streets_give_back_and_lines_return() -> None:
    assert ways(LEFT, BACK_AND_RETURN) == [
        ("funding:gangmakers:2026", "street:dorpsweg:2026", 4_50),
        ("street:rozenlaan:2026", "carry", 30_00),
        ("budget:potjes:2026", "funding:fonds:2026", 33_33),
        ("budget:potjes:2026", "funding:stad:2026", 66_67),
        ("budget:hours:2026", "funding:fonds:2026", 2),
        ("budget:hours:2026", "funding:stad:2026", 5),
        ("carry", "budget:potjes:2027", 30_00),
    ]
    outcome = plan(LEFT, BACK_AND_RETURN).outcome
    assert outcome == Outcome(
        streets=1, from_streets=30_00, own=4_50, returned={"fonds": 33_35, "stad": 66_72}
    )


def test_accounts_of_the_next_year_are_opened_with_the_carry() -> None:
    codes = [spec.code for spec in plan(LEFT, BACK_AND_RETURN).accounts]
    assert codes == ["budget:rotterdam:potjes:2027", "carry:rotterdam"]


def test_nothing_left_is_nothing_to_book() -> None:
    empty = LEFT.model_copy(update={"streets": (), "lines": (LineLeft(line=POTJES, cents=0),)})
    for closing in (KEEP_AND_CARRY, BACK_AND_RETURN):
        assert (plan(empty, closing).legs, plan(empty, closing).outcome) == ((), Outcome())


@pytest.mark.parametrize(
    ("line", "every", "expected"),
    [
        (LineLeft(line=HOURS, cents=3, granted={"a": 1, "b": 1}), [], {"a": 2, "b": 1}),
        # it took back all that it granted, so nothing of this is its own
        (LineLeft(line=HOURS, cents=3, granted={"a": 0, "b": 1}), [], {"b": 3}),
        # moved here from another line: what that line's funders gave decides
        (
            LineLeft(line=HOURS, cents=9),
            [LineLeft(line=POTJES, cents=0, granted={"b": 2, "c": 1})],
            {"b": 6, "c": 3},
        ),
        # carried from earlier years, and nobody gave anything this year
        (LineLeft(line=HOURS, cents=9), [], {"stad": 9}),
    ],
    ids=["a tie", "nothing granted", "moved", "carried"],
)
def test_what_is_left_is_attributed(line: LineLeft, every: list[LineLeft], expected: dict[str, int]) -> None:
    assert attributed(line, every, "stad") == expected


CENTS = st.integers(0, 10**10)
GRANTS = st.dictionaries(st.sampled_from(["stad", "fonds", "club"]), st.integers(-5, 10**10))
LEFTS = st.builds(
    Left,
    municipality=st.just("rotterdam"),
    year=st.just(2026),
    streets=st.lists(
        st.builds(
            StreetLeft,
            slug=st.from_regex(r"[a-z]{1,3}", fullmatch=True),
            cents=(st.integers(-2, 2) | st.integers(-(10**6), 10**6)).filter(bool),
            ended=st.booleans(),
            heir=st.none() | st.sampled_from(["heir", "a"]),
        ),
        max_size=12,
        unique_by=lambda street: street.slug,
    ).map(tuple),
    lines=st.tuples(
        *(st.builds(LineLeft, line=st.just(line), cents=CENTS, granted=GRANTS) for line in BudgetLine)
    ),
    fallback=st.just("stad"),
)
CLOSINGS = st.builds(
    Closing,
    streets=st.sampled_from(StreetMoney),
    ended_streets=st.sampled_from(StreetMoney),
    lines=st.sampled_from(LineMoney),
)


@given(LEFTS, CLOSINGS)
def test_money_is_conserved_and_the_old_year_ends_at_zero(left: Left, closing: Closing) -> None:
    before = Counter({f"street:rotterdam:{street.slug}:2026": street.cents for street in left.streets})
    before.update({f"budget:rotterdam:{line.line}:2026": line.cents for line in left.lines})
    after: Counter[str] = Counter(before)
    for leg in plan(left, closing).legs:
        after[leg.debit] -= leg.cents
        after[leg.credit] += leg.cents
        assert after["carry:rotterdam"] >= 0
    assert all(after[code] == 0 for code in [*before, "carry:rotterdam"])
    assert sum(after.values()) == sum(before.values())
    outcome = plan(left, closing).outcome
    assert sum(max(cents, 0) for cents in before.values()) == (
        outcome.kept + outcome.from_streets + outcome.carried + sum(outcome.returned.values())
    )
    assert outcome.own == -sum(min(cents, 0) for cents in before.values())


@given(LEFTS, CLOSINGS)
def test_a_plan_is_the_same_every_time_and_books_nothing_twice(left: Left, closing: Closing) -> None:
    legs = plan(left, closing).legs
    assert plan(left, closing).legs == legs
    assert len({leg.id for leg in legs}) == len(legs)


def test_hurdles_are_told_by_their_cause() -> None:
    every = [Hurdle(what=what, count=1) for what in reversed(Hindrance)]
    causes = [hurdle.what for hurdle in told(every)]
    assert causes == [*list(Hindrance)[:3], Hindrance.POTJES_UNDER_WAY, Hindrance.BATCHES]
    assert tuple(causes[:3]) == BEFORE_BEGINNING
    alone = [Hurdle(what=Hindrance.BANK, cents=5), Hurdle(what=Hindrance.SUSPENSE)]
    assert [hurdle.what for hurdle in told(alone)] == [Hindrance.SUSPENSE, Hindrance.BANK]


@pytest.mark.parametrize(
    ("street", "closing", "goes_to"),
    [
        (StreetLeft(slug="a", cents=5, ended=True), Closing(), "budget:rotterdam:potjes:2027"),
        (StreetLeft(slug="a", cents=5), Closing(), "street:rotterdam:a:2027"),
        (StreetLeft(slug="a", cents=5, heir="b"), Closing(), "street:rotterdam:b:2027"),
        (
            StreetLeft(slug="a", cents=5, ended=True),
            Closing(streets=StreetMoney.RETURN, ended_streets=StreetMoney.KEEP),
            "street:rotterdam:a:2027",
        ),
    ],
    ids=["stopped", "goes on", "merged", "the policy says otherwise"],
)
def test_what_a_street_that_stopped_has_left(street: StreetLeft, closing: Closing, goes_to: str) -> None:
    left = Left(municipality="rotterdam", year=2026, streets=(street,), lines=(), fallback="stad")
    assert plan(left, closing).legs[-1].credit == goes_to
