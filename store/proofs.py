"""Whether what belongs to the ledger is as it was: its chain, its balances, its files, its entries."""

from hashlib import sha256

import asyncpg
from cryptography.exceptions import InvalidTag

from schemas.ledger import Broken, Frozen, Verified
from schemas.person import Document
from schemas.retention import TERM_OVER
from store import ledger
from store.database import Connection
from store.queries import queries
from store.reports import Chain
from store.vault import Erased, Vault

SQL = queries("proofs")


class Proof(Frozen):
    """What became of looking at one year."""

    chain: Chain
    broken: tuple[Broken, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing contradicts anything."""
        return not self.broken


async def prove(conn: Connection, chain: Chain, vault: Vault | None) -> Proof:
    """Look at all of a year, in the caller's snapshot; without a vault the files themselves stay closed."""
    verdict = await ledger.verify(conn, chain.municipality, chain.fiscal_year)
    broken = [] if isinstance(verdict, Verified) else [verdict]
    broken += await _notes(conn, chain)
    broken += await _entries(conn, chain)
    broken += await _files(conn, chain, vault)
    return Proof(chain=chain, broken=tuple(broken))


async def _notes(conn: Connection, chain: Chain) -> list[Broken]:
    rows = await conn.fetch(SQL["notes"], chain.municipality, chain.fiscal_year)
    return [
        Broken(where=f"entry {row['subject']}", why=_why(row["digest"], row["marked"], "reason"))
        for row in rows
    ]


async def _entries(conn: Connection, chain: Chain) -> list[Broken]:
    rows = await conn.fetch(SQL["entries"], chain.municipality, chain.fiscal_year)
    return [
        Broken(where=f"entry {row['subject']}", why="tells something else than its transfers") for row in rows
    ]


def _why(now: bytes | None, marked: bytes | None, what: str) -> str:
    if now is None:
        return f"is marked in the chain but its {what} is gone"
    if marked is None:
        return f"has a {what} that the chain does not mark"
    return f"has another {what} than the chain marks"


async def _files(conn: Connection, chain: Chain, vault: Vault | None) -> list[Broken]:
    """Files marked in this year's chain, and those that no chain marks."""
    rows = await conn.fetch(SQL["files"], chain.municipality)
    own = [row for row in rows if row["fiscal_year"] in (chain.fiscal_year, None)]
    return [Broken(where=row["subject"], why=why) for row in own if (why := await _file(conn, row, vault))]


async def _file(conn: Connection, row: asyncpg.Record, vault: Vault | None) -> str | None:
    if row["sha256"] != row["digest"]:
        return _why(row["sha256"], row["digest"], "file")
    if vault is None:
        return None
    try:
        document = await vault.get(conn, row["document"], Document)
    except Erased:
        kept_long_enough = await vault.erased_because(conn, row["document"]) == TERM_OVER
        return None if kept_long_enough else "has a file that is gone"
    except (InvalidTag, KeyError, ValueError):
        return "has a file that cannot be opened with this key file"
    return None if sha256(document.content).digest() == row["sha256"] else "has another file than its digest"
