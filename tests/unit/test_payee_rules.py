"""When another account counts, and who is asked about it."""

from uuid import UUID

import pytest

from schemas.payee import Verdict, verdict_of, who_confirms
from schemas.person import Account

ANS, BO, CEES = (UUID(int=number) for number in (1, 2, 3))
OLD = Account(holder="A. Bakker", iban="NL91ABNA0417164300")
NEW = Account(holder="A. Bakker", iban="NL69INGB0123456789")


@pytest.mark.parametrize(
    ("given", "current", "waiting", "verdict"),
    [
        (NEW, None, [], Verdict.AT_ONCE),
        (NEW, OLD, [], Verdict.CHANGE),
        (OLD, OLD, [], Verdict.SAME),
        (OLD, OLD, [NEW], Verdict.SAME),
        (NEW, OLD, [NEW], Verdict.AGAIN),
        (OLD.model_copy(update={"holder": "A. Bakker-de Vries"}), OLD, [], Verdict.AT_ONCE),
        (NEW.model_copy(update={"holder": "B. Visser"}), OLD, [NEW], Verdict.CHANGE),
    ],
)
def test_what_an_account_means(
    given: Account, current: Account | None, waiting: list[Account], verdict: Verdict
) -> None:
    assert verdict_of(given, current, waiting) is verdict


def test_the_same_account_counts_again_when_a_bank_said_that_it_is_closed() -> None:
    assert verdict_of(OLD, OLD, [], closed=True) is Verdict.AT_ONCE
    assert verdict_of(NEW, OLD, [], closed=True) is Verdict.CHANGE
    assert verdict_of(NEW, OLD, [NEW], closed=True) is Verdict.AGAIN


@pytest.mark.parametrize(
    ("gangmakers", "gave_current", "gave_new", "asked"),
    [
        ([ANS, BO], ANS, BO, [ANS]),
        ([ANS, BO], ANS, ANS, [ANS]),
        ([BO, CEES], ANS, BO, [CEES]),
        ([BO], ANS, BO, [BO]),
    ],
)
def test_who_is_asked(gangmakers: list[UUID], gave_current: UUID, gave_new: UUID, asked: list[UUID]) -> None:
    assert who_confirms(gangmakers, gave_current, gave_new) == asked
