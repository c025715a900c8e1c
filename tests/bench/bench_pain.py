"""A batch file of 5,000 payments, beside the bare joining and hashing of the same bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from statistics import median
from time import perf_counter

from schemas.sepa.pain import PainBatch, Payment, write

PAYMENTS = 5000
ROUNDS = 9
MOST_SECONDS = 1.0
IBANS = ("NL91ABNA0417164300", "NL69INGB0123456789", "NL44RABO0123456789", "BE68539007547034")


@dataclass(frozen=True)
class Measured:
    """Median seconds of the writer and of its ceiling, in the same run."""

    payments: int
    seconds: float
    ceiling: float

    @property
    def reached(self) -> bool:
        """Whether the target holds: under a second."""
        return self.seconds < MOST_SECONDS

    def __str__(self) -> str:
        """As a line of a table."""
        return (
            f"batch file of {self.payments:,} payments: {self.seconds:.3f} s "
            f"(bare bytes and SHA-256 {self.ceiling:.4f} s, target < {MOST_SECONDS:.0f} s)"
        )


def pain(payments: int = PAYMENTS, rounds: int = ROUNDS) -> Measured:
    """Write the file and hash it; beside it, only join and hash the lines it has."""
    batch = _batch(payments)
    content = write(batch)
    lines = content.decode().split("\n")
    ours, bare = [], []
    for _ in range(rounds):
        ours.append(_seconds(lambda: sha256(write(batch)).digest()))
        bare.append(_seconds(lambda: sha256("\n".join(lines).encode()).digest()))
    assert "\n".join(lines).encode() == content
    return Measured(payments, median(ours), median(bare))


def _batch(payments: int) -> PainBatch:
    return PainBatch(
        message_id="b" * 32,
        created_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        execution_date=date(2026, 11, 25),
        debtor_name="Gemeente Rotterdam",
        debtor_iban=IBANS[0],
        payments=[
            Payment(f"{n:032x}", f"Zoë Ørsted {n}", IBANS[n % len(IBANS)], 150_00, f"Potje 2026, straat {n}")
            for n in range(payments)
        ],
    )


def _seconds(work: Callable[[], bytes]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
