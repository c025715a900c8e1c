"""The end of a year: where what is left goes, leg by leg. Nothing is made and nothing lost. In euro cents."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.accounts import (
    OWN_MONEY,
    BudgetLine,
    carry_account,
    funder_account,
    line_account,
    spec_of,
    street_account,
)
from schemas.budget import AT_THE_END, name_in
from schemas.ledger import AccountSpec, Frozen, Leg, transfer_id
from schemas.money import shares
from schemas.programme import Closing, LineMoney, StreetMoney
from schemas.refs import Slug

KEEP, BACK, OWN, CARRY, RETURN = (
    f"{AT_THE_END}{what}" for what in ("keep", "back", "own", "carry", "return")
)
"""Reasons: a street keeps or gives back, gangmakers paid themselves, a line carries over or is returned."""


class Hindrance(StrEnum):
    """What stands in the way of beginning, or of ending, the close of a year."""

    EARLIER_YEAR = "earlier_year"
    POTJES_WAITING = "potjes_waiting"
    """They wait for money, for approval or for a payment: a closing year reserves nothing any more."""
    SUSPENSE = "suspense"
    """What a bank statement showed and nobody placed."""
    POTJES_UNDER_WAY = "potjes_under_way"
    """Handed over, or in a batch: a closing year still takes what becomes of them."""
    BATCHES = "batches"
    RESERVATIONS = "reservations"
    BANK = "bank"
    """Approved money that no street received."""


BEFORE_BEGINNING = (Hindrance.EARLIER_YEAR, Hindrance.POTJES_WAITING, Hindrance.SUSPENSE)
"""A closing year admits only what ends things, so what needs more comes first."""


EXPLAINED = (Hindrance.RESERVATIONS, Hindrance.BANK)
"""These follow from potjes and batches that are not settled."""


class Hurdle(Frozen):
    """A hindrance with how many things, or how many cents, it is about."""

    what: Hindrance
    count: int = 0
    cents: int = 0


def told(hurdles: Iterable[Hurdle]) -> list[Hurdle]:
    """The most urgent first; what a potje or a batch explains is not told once more."""
    order = list(Hindrance)
    found = sorted(hurdles, key=lambda hurdle: order.index(hurdle.what))
    causes = {Hindrance.POTJES_WAITING, Hindrance.POTJES_UNDER_WAY, Hindrance.BATCHES}
    explained = bool(causes & {hurdle.what for hurdle in found})
    return [each for each in found if not explained or each.what not in EXPLAINED]


class StreetLeft(Frozen):
    """What a street has at the end of the year; below zero, its gangmakers paid that themselves."""

    slug: Slug
    cents: int
    ended: bool = False
    """The street stopped."""
    heir: Slug | None = None
    """The street in which it went on: what it keeps is kept there."""


class LineLeft(Frozen):
    """What a line has left, and what each funder gave it this year, net."""

    line: BudgetLine
    cents: int
    granted: dict[str, int] = Field(default={})


class Left(Frozen):
    """All that is left in a year. ``fallback`` gets back what nobody granted, carried from earlier years."""

    municipality: Slug
    year: int
    streets: tuple[StreetLeft, ...]
    lines: tuple[LineLeft, ...]
    fallback: Slug


class Outcome(Frozen):
    """What a closing comes to, in cents."""

    streets: int = 0
    """How many had money left."""
    kept: int = 0
    """By those streets, into the next year."""
    own: int = 0
    """What gangmakers paid themselves."""
    from_streets: int = 0
    """What streets gave back, into the potjes of the next year."""
    carried: int = 0
    returned: dict[str, int] = Field(default={})
    """By funder."""


class Moved(Frozen):
    """Transfers of a closing that are alike: their reason, where they went, how much, and how many."""

    reason: str
    to: str
    cents: int
    times: int = 1


class Plan(Frozen):
    """The legs in the order in which they are booked, and the accounts that they need besides."""

    accounts: tuple[AccountSpec, ...]
    legs: tuple[Leg, ...]
    outcome: Outcome


def plan(left: Left, closing: Closing) -> Plan:
    """Where everything goes. First all that leaves the old year, then all that enters the new one."""
    streets = [street for street in left.streets if street.cents > 0]
    own = [_own(left, street) for street in left.streets if street.cents < 0]
    carried = [line for line in left.lines if line.cents > 0] if closing.lines is LineMoney.CARRY else []
    returned = list(_returned(left)) if closing.lines is LineMoney.RETURN else []
    kept = [street for street in streets if _keeps(street, closing)]
    back = [street for street in streets if not _keeps(street, closing)]
    out = [*own, *(_out_of_street(left, street, keeps=street in kept) for street in streets), *returned]
    out += [_out_of_line(left, line) for line in carried]
    into = _into_streets(left, kept) + _into_potjes(left, back)
    into += [_into_line(left, line) for line in carried]
    return Plan(
        accounts=tuple(spec_of(code) for code in sorted({carry_account(left.municipality), *_credits(into)})),
        legs=(*out, *into),
        outcome=came_to(Moved(reason=leg.reason, to=leg.credit, cents=leg.cents) for leg in out),
    )


def came_to(moves: Iterable[Moved]) -> Outcome:
    """What the transfers that leave the old year come to."""
    sums = dict.fromkeys((KEEP, BACK, OWN, CARRY), 0)
    returned: dict[str, int] = {}
    streets = 0
    for moved in moves:
        if moved.reason == RETURN:
            funder = name_in(moved.to)
            returned[funder] = returned.get(funder, 0) + moved.cents
        else:
            sums[moved.reason] += moved.cents
        streets += moved.times if moved.reason in (KEEP, BACK) else 0
    return Outcome(
        streets=streets,
        kept=sums[KEEP],
        from_streets=sums[BACK],
        own=sums[OWN],
        carried=sums[CARRY],
        returned=returned,
    )


def attributed(line: LineLeft, every: Sequence[LineLeft], fallback: Slug) -> dict[str, int]:
    """What is left of a line, by funder: pro rata of what each gave the line, else of what it gave at all."""
    weights = _given([line]) or _given(every) or {fallback: 1}
    return dict(zip(weights, shares(line.cents, list(weights.values())), strict=True))


def _given(lines: Iterable[LineLeft]) -> dict[str, int]:
    given: dict[str, int] = {}
    for line in lines:
        for funder, cents in line.granted.items():
            given[funder] = given.get(funder, 0) + cents
    return {funder: cents for funder, cents in sorted(given.items()) if cents > 0}


def _returned(left: Left) -> Iterable[Leg]:
    for line in left.lines:
        for funder, cents in attributed(line, left.lines, left.fallback).items():
            if cents:
                yield _leg(
                    left,
                    line_account(left.municipality, line.line, left.year),
                    funder_account(left.municipality, funder, left.year),
                    cents,
                    RETURN,
                )


def _keeps(street: StreetLeft, closing: Closing) -> bool:
    rule = closing.ended_streets if street.ended else closing.streets
    return rule is StreetMoney.KEEP


def _own(left: Left, street: StreetLeft) -> Leg:
    giver = funder_account(left.municipality, OWN_MONEY, left.year)
    return _leg(left, giver, street_account(left.municipality, street.slug, left.year), -street.cents, OWN)


def _out_of_street(left: Left, street: StreetLeft, *, keeps: bool) -> Leg:
    account = street_account(left.municipality, street.slug, left.year)
    return _leg(left, account, carry_account(left.municipality), street.cents, KEEP if keeps else BACK)


def _out_of_line(left: Left, line: LineLeft) -> Leg:
    account = line_account(left.municipality, line.line, left.year)
    return _leg(left, account, carry_account(left.municipality), line.cents, CARRY)


def _into_streets(left: Left, streets: Iterable[StreetLeft]) -> list[Leg]:
    carry = carry_account(left.municipality)
    sums: dict[Slug, int] = {}
    for each in streets:
        slug = each.heir or each.slug
        sums[slug] = sums.get(slug, 0) + each.cents
    return [
        _leg(left, carry, street_account(left.municipality, slug, left.year + 1), cents, KEEP)
        for slug, cents in sums.items()
    ]


def _into_potjes(left: Left, streets: Iterable[StreetLeft]) -> list[Leg]:
    whole = sum(street.cents for street in streets)
    potjes = line_account(left.municipality, BudgetLine.POTJES, left.year + 1)
    return [_leg(left, carry_account(left.municipality), potjes, whole, BACK)] if whole else []


def _into_line(left: Left, line: LineLeft) -> Leg:
    account = line_account(left.municipality, line.line, left.year + 1)
    return _leg(left, carry_account(left.municipality), account, line.cents, CARRY)


def _leg(left: Left, debit: str, credit: str, cents: int, reason: str) -> Leg:
    return Leg(
        id=transfer_id("closing", str(left.year), debit, credit, reason),
        debit=debit,
        credit=credit,
        cents=cents,
        reason=reason,
    )


def _credits(legs: Iterable[Leg]) -> set[str]:
    return {leg.credit for leg in legs}


def closing_group(municipality: Slug, year: int) -> UUID:
    """The group that holds all transfers of a closing."""
    return transfer_id("closing", municipality, str(year), "group")
