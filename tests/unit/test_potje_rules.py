"""The potje: four eyes, what can be paid how, and the transfers that follow."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ledger import LegKind
from schemas.policy import PayoutKind, budget_year
from schemas.potje import (
    HANDED,
    PotjeOrder,
    PotjeStatus,
    approve_refusal,
    pay_refusal,
    potje_accounts,
    potje_group,
    reserve_legs,
    resolve_legs,
)
from schemas.refs import potje_id
from schemas.refusals import Refusal

PROPOSER, TREASURER = "den-haag:coordinator-1", "den-haag:treasurer-1"
BANK, CASH, VOUCHER = PayoutKind.BANK, PayoutKind.CASH, PayoutKind.VOUCHER
SETTLED = [PotjeStatus.PAID, PotjeStatus.REJECTED]
PAYABLE = [PotjeStatus.APPROVED, PotjeStatus.HANDED_OVER]


def _order(*parts: tuple[PayoutKind, int], street: str = "hoefkade", attempt: int = 1) -> PotjeOrder:
    return PotjeOrder(
        workflow_id=potje_id("den-haag", street, 2026, attempt),
        municipality="den-haag",
        street=street,
        street_name="Hoefkade",
        year=2026,
        parts=list(parts or [(CASH, 75_00), (VOUCHER, 25_00)]),
        gangmakers=[UUID(int=1)],
        proposer=PROPOSER,
        receipt_reminder=timedelta(days=5),
        desk_url="http://desk.test",
    )


def test_somebody_else_approves() -> None:
    assert approve_refusal(PotjeStatus.TO_APPROVE, PROPOSER, TREASURER) is None
    assert approve_refusal(PotjeStatus.TO_APPROVE, PROPOSER, PROPOSER) is Refusal.PROPOSER_MAY_NOT_APPROVE


@pytest.mark.parametrize("status", [s for s in PotjeStatus if s is not PotjeStatus.TO_APPROVE])
def test_only_what_waits_for_approval_is_approved(status: PotjeStatus) -> None:
    assert approve_refusal(status, PROPOSER, TREASURER) is Refusal.POTJE_NOT_AWAITING_APPROVAL


def test_paid_and_rejected_are_the_ends() -> None:
    assert [status for status in PotjeStatus if status.settled] == SETTLED


@pytest.mark.parametrize("by_bank", [True, False])
@pytest.mark.parametrize("status", list(PotjeStatus))
def test_only_an_approved_potje_is_paid(status: PotjeStatus, *, by_bank: bool) -> None:
    refusal = pay_refusal(status, [BANK, CASH], by_bank=by_bank)
    if status in SETTLED:
        assert refusal is Refusal.POTJE_SETTLED
    else:
        assert refusal is (None if status in PAYABLE else Refusal.POTJE_NOT_APPROVED)


@pytest.mark.parametrize("status", PAYABLE)
@pytest.mark.parametrize(
    ("still_open", "bank", "hand"),
    [
        ([BANK], None, Refusal.NOTHING_TO_HAND_OVER),
        ([CASH], Refusal.NOTHING_TO_PAY_BY_BANK, None),
        ([VOUCHER], Refusal.NOTHING_TO_PAY_BY_BANK, None),
        ([BANK, VOUCHER], None, None),
    ],
)
def test_each_part_is_paid_its_own_way(
    status: PotjeStatus, still_open: list[PayoutKind], bank: Refusal | None, hand: Refusal | None
) -> None:
    assert pay_refusal(status, still_open, by_bank=True) is bank
    assert pay_refusal(status, still_open, by_bank=False) is hand


def test_all_but_the_bank_is_handed_over() -> None:
    assert set(HANDED) == set(PayoutKind) - {BANK}


def test_it_moves_from_the_budget_to_the_street() -> None:
    order = _order()
    budget, street = "budget:den-haag:2026", "street:den-haag:hoefkade:2026"
    assert [(account.code, account.fiscal_year) for account in potje_accounts(order)] == [
        (budget, 2026),
        (street, 2026),
    ]
    assert [(leg.kind, leg.debit, leg.credit, leg.cents) for leg in reserve_legs(order, 1)] == [
        (LegKind.RESERVE, budget, street, 75_00),
        (LegKind.RESERVE, budget, street, 25_00),
    ]


@pytest.mark.parametrize("how", [LegKind.POST, LegKind.RELEASE])
def test_a_part_resolves_its_own_reservation(how: LegKind) -> None:
    order = _order((BANK, 100_00), (VOUCHER, 25_00))
    reserved = {leg.cents: leg.id for leg in reserve_legs(order, 2)}
    (leg,) = resolve_legs(order, 2, how, [VOUCHER])
    assert (leg.kind, leg.cents, leg.pending_id) == (how, 25_00, reserved[25_00])
    assert leg.id not in reserved.values()
    assert [each.cents for each in resolve_legs(order, 2, how, [VOUCHER, BANK])] == [100_00, 25_00]


attempts = st.integers(min_value=1, max_value=50)


@given(attempts, attempts)
def test_ids_tell_attempts_streets_and_ways_apart(one: int, other: int) -> None:
    """The same step finds its first transfer again; any other step has an id of its own."""
    order = _order()
    assert reserve_legs(order, one) == reserve_legs(_order(), one)
    legs = [
        *reserve_legs(order, one),
        *resolve_legs(order, one, LegKind.POST, [CASH, VOUCHER]),
        *resolve_legs(order, one, LegKind.RELEASE, [CASH, VOUCHER]),
        *reserve_legs(_order(street="laan"), one),
        *reserve_legs(_order(attempt=2), one),
        *(reserve_legs(order, other) if other != one else []),
    ]
    assert len({leg.id for leg in legs}) == len(legs)
    assert potje_group(order) == potje_group(_order()) != potje_group(_order(attempt=2))


def test_a_second_beginning_has_a_potje_of_its_own() -> None:
    assert potje_id("den-haag", "hoefkade", 2026) == "potje-den-haag-hoefkade-2026"
    assert potje_id("den-haag", "hoefkade", 2026, 2) == "potje-den-haag-hoefkade-2026-2"


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 31)])
def test_the_calendar_year_pays(today: date) -> None:
    assert budget_year(today) == 2026
