"""What may be entered in a budget, and what flows say of its lines."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import budget
from schemas.accounts import BudgetLine
from schemas.budget import Entry, EntryKind, Flow, LineFigures, figures, line_of, name_in
from schemas.ledger import LegKind

FORM = UUID("8a2b6c1e-58d4-4b8e-9f0a-6d6f3c2b1a09")
M, YEAR = "rotterdam", 2026
POTJES, HOURS = BudgetLine.POTJES, BudgetLine.HOURS


def test_each_kind_goes_its_own_way() -> None:
    entries = [
        budget.grant(FORM, M, YEAR, funder="fonds", line=POTJES, cents=5, reason="gift"),
        budget.less(FORM, M, YEAR, funder="fonds", line=POTJES, cents=5, reason="te veel"),
        budget.move(FORM, M, YEAR, line=POTJES, to=HOURS, cents=5, reason="nodig"),
        budget.expense(FORM, M, YEAR, line=HOURS, cents=5, reason="uren"),
    ]
    assert [(entry.kind, entry.source, entry.target) for entry in entries] == [
        ("grant", "funding:rotterdam:fonds:2026", "budget:rotterdam:potjes:2026"),
        ("less", "budget:rotterdam:potjes:2026", "funding:rotterdam:fonds:2026"),
        ("move", "budget:rotterdam:potjes:2026", "budget:rotterdam:hours:2026"),
        ("expense", "budget:rotterdam:hours:2026", "spent:rotterdam:hours:2026"),
    ]
    legs = [entry.leg for entry in entries]
    assert {leg.kind for leg in legs} == {LegKind.SINGLE}
    assert [leg.reason for leg in legs] == ["entry.grant", "entry.less", "entry.move", "entry.expense"]
    assert len({leg.id for leg in legs}) == 1, "one form is one transfer"


def test_a_correction_turns_an_entry_around_and_is_itself_final() -> None:
    entry = budget.expense(uuid4(), M, YEAR, line=HOURS, cents=5, reason="uren")
    undone = budget.correction(FORM, entry, "dubbel")
    assert (undone.source, undone.target, undone.cents) == (entry.target, entry.source, 5)
    assert undone.corrects == entry.id
    with pytest.raises(ValueError, match="anew"):
        budget.correction(uuid4(), undone, "toch niet")


def test_potjes_are_not_spent_by_hand() -> None:
    with pytest.raises(ValueError, match="engine"):
        budget.expense(FORM, M, YEAR, line=POTJES, cents=5, reason="uren")


RIGHT = budget.grant(FORM, M, YEAR, funder="fonds", line=POTJES, cents=5, reason="gift").model_dump()


@pytest.mark.parametrize(
    "wrong",
    [
        {"cents": 0},
        {"cents": -5},
        {"reason": "ab"},
        {"reason": "   a   "},
        {"reason": "a" * 301},
        {"reason": "een\u202edrie"},
        {"target": RIGHT["source"]},
        {"source": RIGHT["target"], "target": RIGHT["source"]},
        {"kind": "expense"},
        {"kind": "correction"},
        {"corrects": FORM},
        {"year": 26},
        {"source": "funding rotterdam"},
    ],
    ids=str,
)
def test_what_cannot_be_entered(wrong: dict[str, object]) -> None:
    assert Entry.model_validate(RIGHT)
    with pytest.raises(ValidationError):
        Entry.model_validate(RIGHT | wrong)


def test_a_reason_is_tidied() -> None:
    assert Entry.model_validate(RIGHT | {"reason": " meer \n geld "}).reason == "meer geld"


def test_names_in_codes() -> None:
    assert [name_in(code) for code in ("bank:r:2026", "budget:r:hours:2026", "carry:r")] == ["", "hours", ""]
    assert [line_of(code) for code in ("bank:r:2026", "budget:r:hours:2026")] == [None, HOURS]


FLOWS = [
    Flow(line=POTJES, other="funding:r:stad:2026", cents=100_00),
    Flow(line=POTJES, other="funding:r:stad:2026", cents=-10_00),
    Flow(line=POTJES, other="funding:r:fonds:2026", cents=50_00),
    Flow(line=POTJES, other="funding:r:fonds:2026", at_the_end=True, cents=-3_00),
    Flow(line=POTJES, other="budget:r:hours:2026", cents=-5_00),
    Flow(line=HOURS, other="budget:r:potjes:2026", cents=5_00),
    Flow(line=POTJES, other="carry:r", at_the_end=True, cents=20_00),
    Flow(line=POTJES, other="carry:r", at_the_end=True, cents=-30_00),
    Flow(line=POTJES, other="bank:r:2026", cents=-60_00),
    Flow(line=POTJES, other="bank:r:2026", cents=15_00),
    Flow(line=HOURS, other="spent:r:hours:2026", cents=-2_00),
]


def test_flows_become_figures() -> None:
    lines = figures(FLOWS, {POTJES: 7_00})
    assert set(lines) == set(BudgetLine)
    potjes, hours = lines[POTJES], lines[HOURS]
    assert potjes.granted == {"stad": 90_00, "fonds": 50_00}
    assert (potjes.moved, potjes.carried_in, potjes.carried_out) == (-5_00, 20_00, 30_00)
    assert (potjes.spent, potjes.returned, potjes.reserved) == (45_00, 3_00, 7_00)
    assert (potjes.budget, potjes.available) == (155_00, 70_00)
    assert (hours.moved, hours.spent, hours.available) == (5_00, 2_00, 3_00)
    assert lines[BudgetLine.STARTER] == LineFigures(line=BudgetLine.STARTER)


OTHERS = [
    "funding:r:stad:2026",
    "funding:r:fonds:2026",
    "budget:r:hours:2026",
    "carry:r",
    "bank:r:2026",
    "spent:r:potjes:2026",
    "suspense:r:2026",
]


@given(
    st.lists(
        st.builds(
            Flow,
            line=st.just(POTJES),
            other=st.sampled_from(OTHERS),
            at_the_end=st.booleans(),
            cents=st.integers(-(10**9), 10**9),
        )
    ),
    st.integers(0, 10**9),
)
def test_no_flow_is_lost_or_counted_twice(flows: list[Flow], reserved: int) -> None:
    line = figures(flows, {POTJES: reserved})[POTJES]
    assert line.available == sum(flow.cents for flow in flows) - reserved


def test_every_kind_is_known_to_the_table() -> None:
    assert [kind.value for kind in EntryKind] == ["grant", "less", "move", "expense", "correction", "placed"]
