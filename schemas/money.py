"""Money is whole euro cents, everywhere; text and decimals are turned into cents at the edge."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from schemas.refs import Language

Cents = Annotated[int, Field(gt=0)]
"""An amount in euro cents. Always positive: the side of a transfer is its sign."""

EURO = re.compile(r"\s*(€|EUR)\s*|\s*(€|EUR)?\s*$", re.IGNORECASE)
DUTCH = re.compile(r"(\d{1,3}(?:[. ]\d{3})+|\d{1,12})(?:,(\d{1,2}|-))?", re.ASCII)
ENGLISH = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)


class NotAnAmount(ValueError):
    """The text or number is no exact amount in euros; the message does not repeat it."""


def cents_from_decimal(euros: Decimal) -> int:
    """Euros as written in a TOML file to cents; :class:`NotAnAmount` for a fraction of a cent."""
    if not euros.is_finite() or euros * 100 % 1:
        raise NotAnAmount("an amount has at most two decimals")
    return int(euros * 100)


def cents_from_text(text: str) -> int:
    """Euros as people type them to cents: ``1.250,50``, ``€ 1 250``, ``150,-``, ``1,250.50``.

    Three digits after a separator are thousands, one or two are decimals, in either language.
    """
    plain = EURO.sub("", " ".join(text.split()))
    found = DUTCH.fullmatch(plain) or ENGLISH.fullmatch(plain)
    if not found:
        raise NotAnAmount("not an amount in euros")
    whole = re.sub(r"\D", "", found[1])
    return int(whole) * 100 + int((found[2] or "").replace("-", "").ljust(2, "0"))


def format_euros(cents: int, language: Language = Language.NL) -> str:
    """``€ 1.250,50`` in Dutch, ``€1,250.50`` in English; a debt as ``€ -5,00`` and ``-€5.00``."""
    minus = "-" if cents < 0 else ""
    english = f"{abs(cents) // 100:,}.{abs(cents) % 100:02}"
    if language is Language.EN:
        return f"{minus}€{english}"
    return f"€ {minus}{english.translate(str.maketrans(',.', '.,'))}"


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Cents divided pro rata: what rounding leaves goes to the largest remainders, the first first.

    A negative total is divided like the positive one. Raises ``ValueError`` where there is something to
    divide and no weight to divide it by, or a weight below zero.
    """
    whole = sum(weights)
    if min(weights, default=0) < 0 or (total and not whole):
        raise ValueError("nothing to divide by")
    if not whole:
        return [0 for _ in weights]
    parts = [divmod(abs(total) * weight, whole) for weight in weights]
    given = [cents for cents, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda each: -parts[each][1])
    for each in by_remainder[: abs(total) - sum(given)]:
        given[each] += 1
    return given if total >= 0 else [-cents for cents in given]


def _typed(value: object) -> object:
    return cents_from_text(value) if isinstance(value, str) else value


TypedEuros = Annotated[Cents, BeforeValidator(_typed)]
"""A form field: euros as typed become :data:`Cents`."""
