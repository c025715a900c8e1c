"""The potje: four eyes, what can be paid how, and the transfers that follow."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ledger import LegKind
from schemas.payment import PaymentOutcome
from schemas.policy import PayoutKind, budget_year
from schemas.potje import (
    HANDED,
    PotjeOrder,
    PotjeStatus,
    approve_refusal,
    by_the_bank,
    hand_legs,
    hand_over_refusal,
    handed_legs,
    potje_accounts,
    potje_group,
    reserve_legs,
    resolve_legs,
    withdraw_refusal,
    withdrawn_legs,
)
from schemas.refs import potje_id
from schemas.refusals import Refusal

PROPOSER, TREASURER = "den-haag:coordinator-1", "den-haag:treasurer-1"
BANK, CASH, VOUCHER = PayoutKind.BANK, PayoutKind.CASH, PayoutKind.VOUCHER
SETTLED = [PotjeStatus.PAID, PotjeStatus.REJECTED, PotjeStatus.WITHDRAWN]
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


@pytest.mark.parametrize("status", list(PotjeStatus))
def test_only_an_approved_potje_is_handed_over(status: PotjeStatus) -> None:
    refusal = hand_over_refusal(status, [BANK, CASH])
    if status in SETTLED:
        assert refusal is Refusal.POTJE_SETTLED
    else:
        assert refusal is (None if status in PAYABLE else Refusal.POTJE_NOT_APPROVED)


@pytest.mark.parametrize("status", PAYABLE)
@pytest.mark.parametrize(
    ("still_open", "hand"),
    [([BANK], Refusal.NOTHING_TO_HAND_OVER), ([CASH], None), ([VOUCHER], None), ([BANK, VOUCHER], None)],
)
def test_what_the_bank_pays_is_not_handed_over(
    status: PotjeStatus, still_open: list[PayoutKind], hand: Refusal | None
) -> None:
    assert hand_over_refusal(status, still_open) is hand


def test_a_potje_is_withdrawn_while_all_of_it_is_here() -> None:
    for status in (PotjeStatus.WAITING_FOR_BUDGET, PotjeStatus.TO_APPROVE, PotjeStatus.APPROVED):
        assert withdraw_refusal(status, [BANK, CASH], [BANK, CASH]) is None
    assert withdraw_refusal(PotjeStatus.APPROVED, [BANK, CASH], [CASH]) is Refusal.POTJE_PARTLY_PAID
    assert withdraw_refusal(PotjeStatus.HANDED_OVER, [CASH], [CASH]) is Refusal.HANDOVER_UNCONFIRMED
    for status in SETTLED:
        assert withdraw_refusal(status, [CASH], [CASH]) is Refusal.POTJE_SETTLED


def test_withdrawing_mirrors_what_was_done() -> None:
    order = _order()
    assert withdrawn_legs(order, 1, PotjeStatus.WAITING_FOR_BUDGET) == []
    release = withdrawn_legs(order, 1, PotjeStatus.TO_APPROVE)
    assert [leg.kind for leg in release] == [LegKind.RELEASE] * 2
    posts = resolve_legs(order, 1, LegKind.POST)
    back = withdrawn_legs(order, 1, PotjeStatus.APPROVED)
    assert [(leg.reverses_id, leg.debit, leg.credit, leg.cents) for leg in back] == [
        (post.id, post.credit, post.debit, post.cents) for post in posts
    ]


def test_all_but_the_bank_is_handed_over() -> None:
    assert set(HANDED) == set(PayoutKind) - {BANK}


def test_it_moves_from_the_budget_by_way_of_the_bank_to_the_street() -> None:
    order = _order()
    budget, bank, street = (
        "budget:den-haag:potjes:2026",
        "bank:den-haag:2026",
        "street:den-haag:hoefkade:2026",
    )
    assert [account.code for account in potje_accounts(order)] == [budget, bank, street]
    assert [(leg.kind, leg.debit, leg.credit, leg.cents) for leg in reserve_legs(order, 1)] == [
        (LegKind.RESERVE, budget, bank, 75_00),
        (LegKind.RESERVE, budget, bank, 25_00),
    ]
    (handed,) = hand_legs(order, 1, [CASH])
    assert (handed.kind, handed.debit, handed.credit, handed.cents) == (LegKind.RESERVE, bank, street, 75_00)


@pytest.mark.parametrize("how", [LegKind.POST, LegKind.RELEASE])
def test_a_part_resolves_its_own_reservation(how: LegKind) -> None:
    order = _order((BANK, 100_00), (VOUCHER, 25_00))
    reserved = {leg.cents: leg.id for leg in reserve_legs(order, 2)}
    legs = resolve_legs(order, 2, how)
    assert [(leg.kind, leg.pending_id) for leg in legs] == [(how, reserved[leg.cents]) for leg in legs]
    assert not {leg.id for leg in legs} & set(reserved.values())
    assert [leg.cents for leg in legs] == [100_00, 25_00]
    (voucher,) = handed_legs(order, 1, [VOUCHER], how)
    assert voucher.pending_id == hand_legs(order, 1, [VOUCHER])[0].id


attempts = st.integers(min_value=1, max_value=50)


@given(attempts, attempts)
def test_ids_tell_attempts_streets_and_ways_apart(one: int, other: int) -> None:
    """The same step finds its first transfer again; any other step has an id of its own."""
    order = _order()
    assert reserve_legs(order, one) == reserve_legs(_order(), one)
    legs = [
        *reserve_legs(order, one),
        *resolve_legs(order, one, LegKind.POST),
        *resolve_legs(order, one, LegKind.RELEASE),
        *withdrawn_legs(order, one, PotjeStatus.APPROVED),
        *hand_legs(order, one, [CASH, VOUCHER]),
        *handed_legs(order, one, [CASH, VOUCHER], LegKind.POST),
        *handed_legs(order, one, [CASH, VOUCHER], LegKind.RELEASE),
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


@pytest.mark.parametrize(
    ("status", "before", "outcome", "after"),
    [
        (PotjeStatus.APPROVED, [BANK], PaymentOutcome.BOOKED, (PotjeStatus.PAID, [])),
        (PotjeStatus.APPROVED, [BANK, CASH], PaymentOutcome.BOOKED, (PotjeStatus.APPROVED, [CASH])),
        (PotjeStatus.HANDED_OVER, [BANK, CASH], PaymentOutcome.BOOKED, (PotjeStatus.HANDED_OVER, [CASH])),
        (PotjeStatus.PAID, [], PaymentOutcome.BOOKED, None),
        (PotjeStatus.PAID, [], PaymentOutcome.RETURNED, (PotjeStatus.APPROVED, [BANK])),
        (PotjeStatus.HANDED_OVER, [CASH], PaymentOutcome.RETURNED, (PotjeStatus.HANDED_OVER, [CASH, BANK])),
        (PotjeStatus.APPROVED, [BANK], PaymentOutcome.REJECTED, (PotjeStatus.APPROVED, [BANK])),
        (PotjeStatus.PAID, [], PaymentOutcome.REJECTED, None),
        (PotjeStatus.WITHDRAWN, [BANK], PaymentOutcome.REJECTED, None),
        (PotjeStatus.WITHDRAWN, [BANK], PaymentOutcome.BOOKED, None),
        (PotjeStatus.REJECTED, [BANK], PaymentOutcome.RETURNED, None),
        (PotjeStatus.TO_APPROVE, [BANK], PaymentOutcome.BOOKED, None),
    ],
)
def test_where_a_bank_leaves_a_potje(
    status: PotjeStatus,
    before: list[PayoutKind],
    outcome: PaymentOutcome,
    after: tuple[PotjeStatus, list[PayoutKind]] | None,
) -> None:
    assert by_the_bank(status, before, outcome) == after
