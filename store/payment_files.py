"""The file of a payment batch: written from what was frozen, always the same bytes, kept in the vault."""

from hashlib import sha256
from uuid import UUID

import asyncpg

from schemas.ledger import MarkKind
from schemas.payment import end_to_end_id, payout_id
from schemas.payout import BatchOrder
from schemas.person import Account, Document
from schemas.policy import Policy
from schemas.sepa import pain
from store import ledger, payments
from store.database import Connection
from store.payments import SQL, NotThere
from store.vault import Erased, Vault


async def attach(conn: Connection, vault: Vault, order: BatchOrder) -> bytes | None:
    """Write the file, keep it, and put its SHA-256 in the ledger's chain; gives the digest.

    Once written it is not written again. None: the batch was cancelled before. Raises
    :class:`~schemas.sepa.pain.CannotWrite` and :class:`~store.vault.Erased`.
    """
    row = await payments.held(conn, order)
    if row["document"] is not None:
        return bytes(row["sha256"])
    if row["state"] != "frozen":
        return None
    content = pain.write(await _batch(conn, vault, row))
    digest = sha256(content).digest()
    document = await vault.put(conn, order.municipality, Document(content=content))
    await conn.execute(SQL["attach"], order.batch, document, digest)
    await ledger.mark(
        conn,
        order.municipality,
        row["fiscal_year"],
        kind=MarkKind.FILE,
        subject=f"batch/{order.batch}",
        digest=digest,
        actor=order.by,
    )
    await payments.note(conn, order, "file")
    return digest


async def rebuilt(conn: Connection, vault: Vault, municipality: str, batch_id: UUID) -> bytes:
    """The file written once more from what was frozen, to compare. Raises as :func:`attach` does."""
    row = await payments.batch(conn, municipality, batch_id)
    if row is None:
        raise NotThere
    return pain.write(await _batch(conn, vault, row))


async def _batch(conn: Connection, vault: Vault, row: asyncpg.Record) -> pain.PainBatch:
    policy = await _policy(conn, row)
    if policy.bank is None:
        raise NotThere
    rows = await conn.fetch(SQL["to_write"], row["id"])
    accounts = await vault.accounts(conn, [each["payee"] for each in rows])
    potje = f"{policy.face.title}, potje {row['fiscal_year']}"
    return pain.PainBatch(
        message_id=pain.message_id(row["id"]),
        created_at=row["frozen_at"],
        execution_date=row["execution_date"],
        debtor_name=policy.bank.holder,
        debtor_iban=policy.bank.iban,
        payments=[_payment(each, accounts, potje) for each in rows],
    )


def _payment(row: asyncpg.Record, accounts: dict[UUID, Account], potje: str) -> pain.Payment:
    account = accounts.get(row["payee"])
    if account is None:
        raise Erased
    return pain.Payment(
        end_to_end_id=end_to_end_id(row["id"]),
        name=account.holder,
        iban=account.iban,
        cents=row["cents"],
        remittance=f"{potje}, {row['street']}",
    )


async def _policy(conn: Connection, row: asyncpg.Record) -> Policy:
    """The policy under which it was frozen: a later one may name another bank account."""
    frozen = f"{payout_id(row['municipality'], row['id'])}/frozen"
    return Policy.model_validate(await conn.fetchval(SQL["policy_of"], row["municipality"], frozen))
