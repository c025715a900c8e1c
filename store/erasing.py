"""Erasing a person: their data keys are destroyed, and what ran with them goes on without.

The ledger and the journal stay: they hold references only, which lead nowhere from then on.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from schemas.facts import Fact
from schemas.refs import Slug, StaffRef, VaultRef
from store import people, registry
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries
from store.vault import Vault

SQL = queries("erasing")
ERASED = "person.erased"
LEAVING = UUID("5b7d4f5e-3a44-5c0e-9d3e-6a5a6f4c2b16")
SUBJECT = "mijn-gegevens"


async def erase(
    conn: Connection, vault: Vault, municipality: Slug, refs: Sequence[VaultRef], actor: StaffRef
) -> list[VaultRef]:
    """Erase these records of one person, in the caller's transaction. Gives what was erased now.

    Their streets hear it by the relay, each as from a gangmaker who stops.
    """
    own = [row["ref"] for row in await conn.fetch(SQL["hold"], list(refs), municipality)]
    if not own:
        return []
    streets = [row["slug"] for row in await conn.fetch(SQL["streets"], municipality, own)]
    await _leave(conn, own)
    words = await _close(conn, own)
    accounts = [row["ref"] for row in await conn.fetch(SQL["accounts"], own)]
    await conn.execute(SQL["refuse_accounts"], accounts)
    await vault.erase(conn, [*own, *accounts, *words], ERASED)
    await _note(conn, municipality, [SUBJECT, *streets], actor)
    return own


async def _leave(conn: Connection, own: Sequence[VaultRef]) -> None:
    """Have each street let them go; asked again after a restore, it is another question."""
    for row in await conn.fetch(SQL["in_streets"], list(own)):
        payload = {
            "municipality": row["municipality"],
            "street": row["slug"],
            "person": str(row["person"]),
        }
        await receive(conn, Submission(uuid4(), "person_leave", row["municipality"], payload))


async def _close(conn: Connection, own: Sequence[VaultRef]) -> list[VaultRef]:
    """Everything that waits for them. Gives the words of their stories."""
    for row in await conn.fetch(SQL["say_no"], list(own)):
        payload = {
            "workflow_id": row["workflow_id"],
            "person": str(row["person"]),
            "yes": False,
            "purpose": row["purpose"],
        }
        said = uuid5(LEAVING, f"{row['workflow_id']}/{row['person']}")
        await receive(conn, Submission(said, "answer", row["municipality"], payload))
    await conn.execute(SQL["void_links"], list(own))
    await conn.execute(SQL["drop_mails"], list(own))
    await conn.execute(SQL["shut_doors"], list(own))
    await conn.execute(SQL["void_codes"], list(own))
    await people.shut_out(conn, list(own))
    return [row["words"] for row in await conn.fetch(SQL["withdraw_stories"], list(own))]


async def _note(conn: Connection, municipality: Slug, subjects: Iterable[str], actor: StaffRef) -> None:
    erasure = uuid4()
    for subject in subjects:
        key = f"person-erased/{erasure}/{subject}"
        fact = Fact(key=key, name=ERASED, municipality=municipality, subject=subject, actor=actor)
        await registry.enter(conn, fact)


async def replay(conn: Connection, vault: Vault, log: Iterable[tuple[UUID, str, datetime]] = ()) -> int:
    """After a restore: erase again what the log says was erased. Gives how many items came back.

    Without a log of its own the one in the database is replayed, which a whole backup needs not.
    """
    back = await vault.erase_again(conn, log)
    if back:
        await _leave(conn, back)
        await _close(conn, back)
        await conn.execute(SQL["refuse_accounts"], back)
    return len(back)


async def let_go(conn: Connection, refs: Sequence[VaultRef]) -> None:
    """People whom nobody can reach: their streets let them go, and questions to them hear no."""
    await _leave(conn, refs)
    await _close(conn, refs)
