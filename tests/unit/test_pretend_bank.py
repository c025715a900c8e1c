"""The pretend bank: valid statements, the same for the same seed, that say what they were asked to say."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.sepa.camt import read
from schemas.sepa.pain import write
from tests.unit.sepa_files import check
from tests.unit.test_pain import several
from workers.demo.bank import Line, Mood, answer, read_order, sent_back, statement

DAY = date(2026, 12, 1)
FILE = write(several(20))
MOOD = Mood(rejects=2, returns=3, left_out=4, fee=7_50, gift=50_00)


def test_it_reads_what_we_wrote() -> None:
    order = read_order(FILE)
    assert (order.message_id, order.iban) == (several(20).message_id, "NL91ABNA0417164300")
    assert [each.cents for each in order.payments] == list(range(1, 21))


@pytest.mark.parametrize(
    "mood",
    [Mood(), MOOD, replace(MOOD, one_by_one=True), Mood(details=False), Mood(rejects=20), Mood(returns=20)],
)
def test_whatever_its_mood_its_statement_is_valid_and_adds_up(mood: Mood) -> None:
    told = answer(FILE, DAY, seed=3, mood=mood)
    check(told.content)
    ids = [each.end_to_end_id for each in read_order(FILE).payments]
    assert sorted([*told.booked, *told.rejected, *told.returned, *told.left_out]) == sorted(ids)
    assert (len(told.rejected), len(told.returned)) == (mood.rejects, mood.returns)
    if mood != Mood(rejects=20):
        (found,) = read(told.content)
        assert {movement.booked_on for movement in found.movements} == {DAY}


def test_a_seed_decides() -> None:
    assert answer(FILE, DAY, seed=3, mood=MOOD) == answer(FILE, DAY, seed=3, mood=MOOD)
    assert answer(FILE, DAY, seed=3, mood=MOOD).rejected != answer(FILE, DAY, seed=4, mood=MOOD).rejected


def test_what_comes_back_later() -> None:
    first = read_order(FILE).payments[0]
    content = sent_back(FILE, {first.end_to_end_id: "MD07"}, DAY, number="later-1")
    check(content)
    (movement,) = read(content)[0].movements
    assert (movement.cents, movement.details[0].end_to_end_id) == (first.cents, first.end_to_end_id)
    assert movement.details[0].code == "MD07"


def test_a_statement_of_any_lines() -> None:
    content = statement("NL91ABNA0417164300", DAY, [Line(1, name="A"), Line(-2, text="B")], number="n")
    check(content)
    assert [movement.cents for movement in read(content)[0].movements] == [1, -2]
