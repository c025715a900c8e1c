"""What a bank statement means for our payments: every way in which banks tell it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.payment import PaymentOutcome, PaymentState, end_to_end_id
from schemas.sepa.movements import Detail, Movement
from schemas.sepa.pain import message_id
from schemas.statement import KnownPayment, Placed, Resolved, our_id, plan, references

DAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
WINDOW = timedelta(days=10)
BATCH, OTHER_BATCH = UUID(int=100), UUID(int=200)
A, B, C = (
    KnownPayment(UUID(int=n), BATCH, cents, PaymentState.OPEN, released=True)
    for n, cents in ((1, 150_00), (2, 100_00), (3, 75_00))
)
BOOKED, REJECTED, RETURNED = PaymentOutcome


def about(payment: KnownPayment, code: str | None = None, cents: int | None = None) -> Detail:
    """What a bank tells of one payment."""
    return Detail(
        end_to_end_id=end_to_end_id(payment.id),
        cents=payment.cents if cents is None else cents,
        code=code,
        returned=code is not None,
    )


def line(cents: int, *details: Detail, batch: UUID | None = None, day: date = DAY) -> Movement:
    """A line of a statement."""
    batches = (message_id(batch),) if batch else ()
    return Movement(booked_on=day, cents=cents, batches=batches, details=details)


def meant(*movements: Movement, known: tuple[KnownPayment, ...] = (A, B, C)) -> list[Placed]:
    """What they mean for these payments."""
    return plan(movements, known, window=WINDOW, now=NOW)


def told(placed: Placed) -> list[tuple[int, str]]:
    """Which payments, by number, and what of them."""
    return [(each.payment.int, str(each.outcome)) for each in placed.resolved]


def booked(payment: KnownPayment, day: date = DAY) -> KnownPayment:
    """The same, booked on a day and heard of the day after."""
    heard = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return replace(payment, state=PaymentState.BOOKED, booked_on=day, resolved_at=heard)


def test_a_batch_in_one_sum_without_a_word_more() -> None:
    (one,) = meant(line(-325_00, batch=BATCH))
    assert told(one) == [(1, "booked"), (2, "booked"), (3, "booked")]
    assert (one.outcome, one.suspense) == ("booked", 0)


def test_a_batch_that_is_named_within_its_only_detail() -> None:
    (one,) = meant(line(-325_00, Detail(batches=(message_id(BATCH),))))
    assert len(one.resolved) == 3


def test_a_batch_in_one_sum_takes_only_what_is_open_of_it() -> None:
    (one,) = meant(line(-175_00, batch=BATCH), known=(booked(A), B, C))
    assert told(one) == [(2, "booked"), (3, "booked")]


@pytest.mark.parametrize("cents", [-324_99, -325_01, -175_00, 325_01])
def test_a_batch_with_another_sum_waits_for_somebody(cents: int) -> None:
    (one,) = meant(line(cents, batch=BATCH))
    assert (one.resolved, one.suspense, one.outcome) == ((), cents, "suspense")


def test_a_batch_less_what_its_details_list_as_rejected() -> None:
    (one,) = meant(line(-225_00, about(A), about(C), about(B, "AC04"), batch=BATCH))
    assert told(one) == [(1, "booked"), (3, "booked"), (2, "rejected")]
    assert one.resolved[2] == Resolved(B.id, REJECTED, DAY, "AC04")
    assert one.suspense == 0


def test_a_batch_of_which_only_the_rejected_are_listed() -> None:
    (one,) = meant(line(-225_00, about(B, "AC04"), batch=BATCH))
    assert sorted(told(one)) == [(1, "booked"), (2, "rejected"), (3, "booked")]


def test_a_batch_of_which_a_part_is_told_leaves_the_rest_open() -> None:
    (one,) = meant(line(-225_00, about(A), about(C), batch=BATCH))
    assert told(one) == [(1, "booked"), (3, "booked")]


def test_a_batch_after_one_of_it_came_back() -> None:
    """Out of order: the return was imported first. In and out, that payment was nothing."""
    back = replace(B, state=PaymentState.REJECTED)
    (one,) = meant(line(-325_00, batch=BATCH), known=(A, back, C))
    assert told(one) == [(1, "booked"), (3, "booked")]
    assert one.suspense == 0


def test_payments_one_by_one() -> None:
    first, second = meant(line(-150_00, about(A)), line(-100_00, about(B)))
    assert told(first) == [(1, "booked")]
    assert told(second) == [(2, "booked")]


def test_details_without_amounts_are_ours_to_fill_in() -> None:
    plain = [replace(about(each), cents=None) for each in (A, B)]
    (one,) = meant(line(-250_00, *plain))
    assert told(one) == [(1, "booked"), (2, "booked")]
    (single,) = meant(line(-150_00, plain[0]))
    assert told(single) == [(1, "booked")]


def test_banks_that_write_in_capitals() -> None:
    shouted = replace(about(A), end_to_end_id=end_to_end_id(A.id).upper())
    assert told(meant(line(-150_00, shouted))[0]) == [(1, "booked")]


def test_another_amount_is_no_payment_of_ours() -> None:
    (one,) = meant(line(-150_01, about(A, cents=150_01)))
    assert (one.resolved, one.suspense) == ((), -150_01)


def test_what_fits_is_booked_and_the_rest_waits() -> None:
    stranger = Detail(end_to_end_id="NOTPROVIDED", cents=20_00)
    (one,) = meant(line(-170_00, about(A), stranger))
    assert told(one) == [(1, "booked")]
    assert (one.outcome, one.suspense) == ("booked", -20_00)


def test_details_that_do_not_add_up_are_not_believed() -> None:
    (one,) = meant(line(-200_00, about(A)))
    assert (one.resolved, one.suspense) == ((), -200_00)


def test_the_same_payment_twice_is_paid_once() -> None:
    first, second = meant(line(-150_00, about(A)), line(-150_00, about(A)))
    assert told(first) == [(1, "booked")]
    assert (second.resolved, second.suspense) == ((), -150_00)
    (together,) = meant(line(-300_00, about(A), about(A)))
    assert (told(together), together.suspense) == ([(1, "booked")], -150_00)


@pytest.mark.parametrize("state", [s for s in PaymentState if s is not PaymentState.OPEN])
def test_what_is_no_longer_open_is_not_booked(state: PaymentState) -> None:
    (one,) = meant(line(-150_00, about(A)), known=(replace(A, state=state),))
    assert (one.resolved, one.suspense) == ((), -150_00)


def test_a_batch_that_nobody_released_waits_for_somebody() -> None:
    known = tuple(replace(each, released=False) for each in (A, B, C))
    for movement in (line(-325_00, batch=BATCH), line(-150_00, about(A)), line(150_00, about(A, "AC04"))):
        (one,) = meant(movement, known=known)
        assert (one.resolved, one.suspense) == ((), movement.cents)


def test_money_back_of_a_payment_on_its_way_is_a_reject() -> None:
    (one,) = meant(line(150_00, about(A, "AC01")))
    assert one.resolved == (Resolved(A.id, REJECTED, DAY, "AC01"),)
    assert one.suspense == 0


def test_money_back_of_a_payment_that_arrived_is_a_return() -> None:
    (one,) = meant(line(150_00, about(A, "MS03")), known=(booked(A),))
    assert one.resolved == (Resolved(A.id, RETURNED, DAY, "MS03"),)
    (plain,) = meant(line(150_00, about(A)), known=(booked(A),))
    assert told(plain) == [(1, "returned")]


def test_a_return_above_its_batch_in_the_same_statement() -> None:
    back, paid = meant(line(150_00, about(A, "AC04")), line(-325_00, batch=BATCH))
    assert told(back) == [(1, "returned")]
    assert len(paid.resolved) == 3


def test_several_returns_in_one_sum() -> None:
    (one,) = meant(line(250_00, about(A, "AC04"), about(B, "AC01")), known=(booked(A), B, C))
    assert told(one) == [(1, "returned"), (2, "rejected")]


def test_a_return_comes_back_once() -> None:
    first, second = meant(line(150_00, about(A, "X")), line(150_00, about(A, "X")), known=(booked(A),))
    assert told(first) == [(1, "returned")]
    assert (second.resolved, second.suspense) == ((), 150_00)


@pytest.mark.parametrize(
    ("known", "day", "fits"),
    [
        (booked(A), DAY + WINDOW, True),
        (booked(A), DAY + WINDOW + timedelta(days=1), False),
        (replace(booked(A), year_closed=True), DAY, False),
        (replace(booked(A), resolved_at=NOW - WINDOW + timedelta(seconds=1)), DAY, True),
        (replace(booked(A), resolved_at=NOW - WINDOW), DAY, False),
    ],
)
def test_how_long_a_potje_listens(known: KnownPayment, day: date, fits: bool) -> None:
    (one,) = meant(line(150_00, about(A, "MS03"), day=day), known=(known,))
    assert bool(one.resolved) is fits
    assert one.suspense == (0 if fits else 150_00)


def test_a_whole_batch_that_the_bank_undoes() -> None:
    (rejected,) = meant(line(325_00, batch=BATCH))
    assert told(rejected) == [(1, "rejected"), (2, "rejected"), (3, "rejected")]
    (returned,) = meant(line(325_00, batch=BATCH), known=tuple(map(booked, (A, B, C))))
    assert told(returned) == [(1, "returned"), (2, "returned"), (3, "returned")]


@pytest.mark.parametrize("cents", [-7_50, 50_00])
def test_fees_and_gifts_wait_for_somebody(cents: int) -> None:
    (one,) = meant(line(cents, Detail(name="Iemand", remittance="Dank")))
    assert (one.resolved, one.suspense) == ((), cents)


def test_another_batch_is_left_alone() -> None:
    (one,) = meant(line(-325_00, batch=OTHER_BATCH))
    assert one.resolved == ()


@pytest.mark.parametrize(
    "text", [None, "", "NOTPROVIDED", "{" + "a" * 32 + "}", "urn:uuid:" + "a" * 32, "a" * 33]
)
def test_references_that_are_not_ours(text: str | None) -> None:
    assert our_id(text) is None


def test_all_that_may_be_ours_is_looked_up() -> None:
    movement = line(-1, about(A), Detail(batches=(message_id(OTHER_BATCH),)), batch=BATCH)
    assert references([movement]) == {A.id, BATCH, OTHER_BATCH}


PAYMENTS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from(PaymentState), st.booleans()), min_size=1, max_size=5
)
LINES = st.lists(
    st.tuples(
        st.integers(-12, 12).filter(bool),
        st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.booleans()), max_size=4),
        st.booleans(),
    ),
    max_size=6,
)


def refused(known: dict[UUID, KnownPayment], ways: dict[UUID, list[str]]) -> list[UUID]:
    """The payments that a bank sent back before it booked their batch."""
    return [
        payment
        for payment, each in known.items()
        if each.released and (each.state is PaymentState.REJECTED or ways.get(payment) == ["rejected"])
    ]


@given(PAYMENTS, LINES)
def test_no_cent_is_lost_and_no_payment_resolved_twice(
    payments: list[tuple[int, PaymentState, bool]], lines: list[tuple[int, list[tuple[int, int, bool]], bool]]
) -> None:
    known = {
        UUID(int=n): KnownPayment(UUID(int=n), BATCH, cents, state, released, booked_on=DAY)
        for n, (cents, state, released) in enumerate(payments)
    }
    movements = [
        line(
            cents,
            *(
                Detail(end_to_end_id(UUID(int=n)), amount, "X" if back else None, back)
                for n, amount, back in parts
            ),
            batch=BATCH if named else None,
        )
        for cents, parts, named in lines
    ]
    placed = plan(movements, known.values(), window=WINDOW, now=NOW)
    assert [each.movement for each in placed] == movements
    ways: dict[UUID, list[str]] = {}
    for each in [*(p for p in placed if p.movement.cents < 0), *(p for p in placed if p.movement.cents > 0)]:
        sign = 1 if each.movement.cents > 0 else -1
        moved = [r for r in each.resolved if sign > 0 or r.outcome is BOOKED]
        lost = each.movement.cents - each.suspense - sign * sum(known[r.payment].cents for r in moved)
        assert lost == 0 or lost == -sum(known[p].cents for p in refused(known, ways))
        assert each.suspense * sign >= 0
        for resolved in each.resolved:
            assert known[resolved.payment].released
            ways.setdefault(resolved.payment, []).append(resolved.outcome)
    allowed = {
        PaymentState.OPEN: (["booked"], ["rejected"], ["booked", "returned"]),
        PaymentState.BOOKED: (["returned"],),
    }
    for payment, way in ways.items():
        assert way in allowed[known[payment].state]
