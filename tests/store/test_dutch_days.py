"""Moments just after midnight belong to the new Dutch day, and that of New Year to the new year."""

from datetime import date
from hashlib import sha256
from uuid import uuid4

import asyncpg

from schemas.person import Account, Document
from store import renewals, retention
from store.database import Database
from store.vault import Vault

CITY = "rotterdam"


async def test_a_street_began_on_a_dutch_day(db: Database, owner_conn: asyncpg.Connection) -> None:
    await owner_conn.execute(
        "insert into registry.street"
        " (municipality, slug, name, wijk, phase, gangmakers, minimum, revision, opened_at)"
        " values ($1, 'roos', 'Roos', 'Noord', 'active', $2, 1, 1, '2026-03-31 22:30+00')",
        *(CITY, [uuid4()]),
    )
    async with db.transaction() as conn:
        days = (date(2026, 3, 31), date(2026, 4, 1))
        found = [await renewals.to_ask(conn, CITY, 2026, "", began_by, 10) for began_by in days]
    assert [[row["slug"] for row in rows] for rows in found] == [[], ["roos"]]


async def test_money_belongs_to_a_dutch_year(
    db: Database, vault: Vault, owner_conn: asyncpg.Connection
) -> None:
    async with db.transaction() as conn:
        document = await vault.put(conn, CITY, Document(content=b"<x/>"))
        account = await vault.put(conn, CITY, Account(holder="Anna", iban="NL91ABNA0417164300"))
    await owner_conn.execute(
        "insert into money.statement (id, municipality, sha256, document, state, problem, uploaded_by,"
        " uploaded_at) values ($1, $2, $3, $4, 'refused', 'x', 'a', '2025-12-31 23:30+00')",
        *(uuid4(), CITY, sha256(b"<x/>").digest(), document),
    )
    await owner_conn.execute(
        "insert into money.payee (ref, municipality, street, given_by, state, decided_at)"
        " values ($1, $2, 's', $1, 'replaced', '2025-12-31 23:30+00')",
        *(account, CITY),
    )
    async with db.transaction() as conn:
        found = [await conn.fetch(retention.SQL["money"], CITY, stays, None) for stays in (2026, 2027)]
    assert [{row["ref"] for row in rows} for rows in found] == [set(), {document, account}]
