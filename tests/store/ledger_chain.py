"""The chain of a year recomputed without the ledger: what an auditor's own program does."""

import hashlib
import json
from dataclasses import dataclass

import asyncpg

MICROS = "*, (extract(epoch from recorded_at) * 1000000)::bigint as micros"
WHO = ("municipality", "fiscal_year", "seq")
TRANSFER = (
    *WHO,
    *("id", "kind", "debit", "credit", "debit_year", "credit_year", "cents", "pending_id", "reverses_id"),
    *("reason", "group_id", "actor", "booked_on", "micros"),
)
MARK = (*WHO, "kind", "subject", "digest", "actor", "micros")


@dataclass(frozen=True)
class ChainLine:
    """A transfer or a mark: what is hashed of it, and the hash that is stored with it."""

    kind: str
    said: list[object]
    hash: bytes


async def chain_lines(conn: asyncpg.Connection, municipality: str, year: int) -> list[ChainLine]:
    """All lines of a chain, in order."""
    lines = []
    for kind, columns in (("transfer", TRANSFER), ("mark", MARK)):
        rows = await conn.fetch(
            f"select {MICROS} from ledger.{kind} where (municipality, fiscal_year) = ($1, $2)",
            municipality,
            year,
        )
        lines += [
            (row["seq"], ChainLine(kind, [plain(row[name]) for name in columns], row["hash"])) for row in rows
        ]
    assert sorted(seq for seq, _ in lines) == list(range(1, len(lines) + 1))
    return [line for _, line in sorted(lines, key=lambda each: each[0])]


def plain(value: object) -> object:
    """A value as it stands in the JSON that is hashed."""
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, int) else str(value)


def recomputed(municipality: str, year: int, lines: list[ChainLine]) -> list[bytes]:
    """The hash that each line should have."""
    hashes, head = [], hashlib.sha256(f"{municipality}:{year}".encode()).digest()
    for line in lines:
        head = hashlib.sha256(head + json.dumps(line.said).encode()).digest()
        hashes.append(head)
    return hashes
