"""The bank's statements of the year: some payments rejected, some sent back, some a day later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tests.e2e.year_town import POTJE
from tests.today import today
from workers.demo import bank
from workers.demo.bank import CODES, Line, Order, Ordered, Told

IBAN = "NL81INGB0000000599"
GIFT, FEE, BY_HAND, GIVEN_BACK = 1_234_56, 12_34, 40_00, 25_00

STRANGERS = [
    Line(-FEE, text="Kosten zakelijk betalingsverkeer"),
    Line(-BY_HAND, name="Bewoner", text="Met de hand overgemaakt"),
    Line(GIFT, name="Stichting Oranjefonds", text="Voor de campagne"),
]
GIVER = Line(GIVEN_BACK, name="Bewoner", text="Over van het potje")


@dataclass(frozen=True)
class Fate:
    """What the bank does with the payments of a batch."""

    order: Order
    rejected: tuple[Ordered, ...]
    later: tuple[Ordered, ...]
    """Left for another statement."""
    returned: tuple[Ordered, ...]
    """Booked, and sent back."""

    @property
    def booked(self) -> list[Ordered]:
        """What left at once, also if it came back."""
        return [each for each in self.order.payments if each not in {*self.rejected, *self.later}]


def fate_of(file: bytes, *, rejects: int, later: int = 0, returns: int = 0) -> Fate:
    """Only whole potjes go wrong, so that each can be told by its amount."""
    order = bank.read_order(file)
    whole = [each for each in order.payments if each.cents == POTJE]
    rest = whole[rejects + later :]
    return Fate(order, tuple(whole[:rejects]), tuple(whole[rejects : rejects + later]), tuple(rest[:returns]))


def code_of(payment: Ordered) -> str:
    """Why a payment went wrong, another reason for another account; none is closed: each is paid on again."""
    codes = [code for code in CODES if code != "AC04"]
    return codes[int(payment.iban[-4:]) % len(codes)]


def paid(
    order: Order,
    booked: Sequence[Ordered],
    number: str,
    *,
    rejected: Iterable[Ordered] = (),
    returned: Iterable[Ordered] = (),
    more: Iterable[Line] = (),
) -> bytes:
    """A statement with one line for the batch, and what was rejected listed with it."""
    told = (*map(Told, booked), *(Told(each, code_of(each)) for each in rejected))
    lines = [Line(-sum(each.cents for each in booked), batch=order.message_id, told=told)]
    lines += [Line(each.cents, told=(Told(each, code_of(each)),)) for each in returned]
    return bank.statement(order.iban, today(), [*lines, *more], number=f"{order.message_id[:16]}-{number}")


def sent_back(order: Order, returned: Iterable[Ordered], number: str) -> bytes:
    """A later statement, on which payments come back."""
    lines = [Line(each.cents, told=(Told(each, code_of(each)),)) for each in returned]
    return bank.statement(order.iban, today(), lines, number=f"{order.message_id[:16]}-{number}")


def some_money(iban: str = IBAN, days_ago: int = 0) -> bytes:
    """A euro of somebody."""
    day = today() - timedelta(days=days_ago)
    return bank.statement(iban, day, [Line(1_00, name="Iemand")], number=f"iemand-{iban[-3:]}-{days_ago}")
