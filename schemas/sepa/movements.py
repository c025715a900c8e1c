"""What a bank statement holds, whatever version its file has. Amounts in euro cents, below zero went out."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Detail:
    """One transaction within a movement; ``cents`` above zero, None where the bank does not say."""

    end_to_end_id: str | None = None
    cents: int | None = None
    code: str | None = None
    """Why it was rejected or sent back: an ISO 20022 code, or the bank's own."""
    returned: bool = False
    batches: tuple[str, ...] = ()
    name: str | None = None
    iban: str | None = None
    remittance: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """One booked line. The ``key`` is the same in every statement that shows it."""

    booked_on: date
    cents: int
    reference: str | None = None
    batches: tuple[str, ...] = ()
    """What the bank says it is about: MsgId or PmtInfId of a payment batch."""
    details: tuple[Detail, ...] = ()
    told: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account. A balance is None where the bank gives none."""

    bank_id: str
    sequence: str | None
    iban: str
    from_day: date | None
    to_day: date | None
    opening: int | None
    closing: int | None
    movements: tuple[Movement, ...]


def keyed(iban: str, movements: Sequence[Movement]) -> Iterator[Movement]:
    """The movements of one statement with their keys.

    The bank's reference alone will not do: some give a return that of its payment. Two lines that are
    alike in all are told apart by their order.
    """
    seen: Counter[str] = Counter()
    for movement in movements:
        plain = _digest(iban, movement)
        seen[plain] += 1
        yield replace(movement, key=f"{plain}-{seen[plain]}" if seen[plain] > 1 else plain)


def _digest(iban: str, movement: Movement) -> str:
    parts: list[object] = [iban, movement.booked_on.isoformat(), movement.cents, movement.reference]
    if movement.reference is None:
        parts += [movement.batches, movement.told]
        parts += [[each.end_to_end_id, each.cents, each.iban, each.remittance] for each in movement.details]
    return sha256(json.dumps(parts).encode()).hexdigest()


def words(movement: Movement) -> str:
    """What the bank tells of it, for the person who has to place it. Personal: seal it."""
    lines = [movement.told]
    for detail in movement.details:
        lines += [detail.name, detail.iban, detail.remittance, detail.end_to_end_id, detail.code]
    return "\n".join(dict.fromkeys(line for line in lines if line))
