"""The money sections of a policy, by themselves, and what they mean when nothing is said."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from schemas.accounts import BudgetLine
from schemas.policy import read_policy
from schemas.programme import (
    OWN_FUNDS,
    Bank,
    Budget,
    Closing,
    Forecast,
    Funder,
    LineMoney,
    Payout,
    StreetMoney,
)
from tests.conftest import MUNICIPALITIES


def test_a_file_that_says_nothing_means_the_municipality_pays_and_streets_keep() -> None:
    budget = Budget(year=2026, euros=Decimal("10.05"))
    assert (budget.line, budget.funder, budget.cents) == (BudgetLine.POTJES, OWN_FUNDS.key, 10_05)
    assert Closing() == Closing(streets=StreetMoney.KEEP, lines=LineMoney.RETURN)
    assert Payout() == Payout(return_window=timedelta(days=10), auditor_email=None)
    assert (Forecast().new_streets_per_month, Forecast().starter_cents) == (2, 0)


def test_starter_packages_are_whole_cents() -> None:
    assert Forecast(starter_euros=Decimal("45.50")).starter_cents == 45_50
    with pytest.raises(ValidationError):
        Forecast(starter_euros=Decimal("45.505"))


def test_a_bank_account_is_kept_as_banks_write_it() -> None:
    assert Bank(holder="Stichting", iban="nl81 ingb 0000 0005 99").iban == "NL81INGB0000000599"


@pytest.mark.parametrize("iban", ["", "NL81INGB0000000598", "NL81INGB000000059", "GB33BUKB20201555555555x"])
def test_a_wrong_bank_account_is_refused(iban: str) -> None:
    with pytest.raises(ValidationError, match="not a valid IBAN"):
        Bank(holder="Stichting", iban=iban)


@pytest.mark.parametrize("key", ["gangmakers", "Fonds", "het fonds", ""])
def test_keys_that_no_funder_can_have(key: str) -> None:
    with pytest.raises(ValidationError):
        Funder(key=key, name="Het fonds")


def test_the_examples_show_every_section() -> None:
    policies = {policy.slug: policy for policy in map(read_policy, MUNICIPALITIES)}
    rotterdam = policies["rotterdam"]
    assert {budget.line for budget in rotterdam.budgets} == set(BudgetLine)
    assert {budget.funder for budget in rotterdam.budgets} == {funder.key for funder in rotterdam.funders}
    assert all(policy.bank for policy in policies.values())
    assert rotterdam.payout.auditor_email
