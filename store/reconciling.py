"""What the database knows, asked the way a reconciliation compares it with what workflows remember."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg

from schemas.facts import Fact
from schemas.my_data import OPERATOR
from schemas.refs import Slug, VaultRef
from store import erasing, registry
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries

SQL = queries("reconciling")
REPAIRED = "reconcile.repaired"
SUBJECT = "backup"


async def facts_known(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these facts are in the journal."""
    return {row["key"] for row in await conn.fetch(SQL["facts_known"], list(keys))}


async def transfers_known(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these postings are in the ledger."""
    return {row["id"] for row in await conn.fetch(SQL["transfers_known"], list(ids))}


async def people_known(conn: Connection, refs: Iterable[VaultRef]) -> set[VaultRef]:
    """Which of these references the vault ever held, erased or not."""
    return {row["ref"] for row in await conn.fetch(SQL["people_known"], list(refs))}


async def batches_known(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these payment batches are there."""
    return {row["id"] for row in await conn.fetch(SQL["batches_known"], list(ids))}


async def batches_frozen(conn: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are made, and neither released nor cancelled."""
    return {row["id"] for row in await conn.fetch(SQL["batches_frozen"], list(ids))}


async def had_account(conn: Connection, municipality: Slug, street: Slug, moment: datetime) -> bool:
    """Whether a street had given an account that counted, by then."""
    return bool(await conn.fetchval(SQL["had_account"], municipality, street, moment))


async def relay_again(conn: Connection, workflow_ids: Sequence[str]) -> None:
    """Bring what was said to workflows once more; they have begun anew before."""
    await conn.execute(SQL["relay_again"], workflow_ids)


async def submissions(conn: Connection) -> list[asyncpg.Record]:
    """What was brought to a workflow that should still be there, and its id."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["submissions"])
    return rows


async def waiting(conn: Connection) -> int:
    """Submissions that the relay should have brought by now."""
    return int(await conn.fetchval(SQL["waiting"]))


async def streets(conn: Connection) -> list[asyncpg.Record]:
    """Every street: each has a workflow that never ends."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["streets"])
    return rows


async def revisions(conn: Connection) -> dict[str, int]:
    """The revision of every row that a workflow writes, by the workflow."""
    return {row["workflow_id"]: row["revision"] for row in await conn.fetch(SQL["revisions"])}


async def intakes(conn: Connection, municipality: Slug, street: Slug) -> list[asyncpg.Record]:
    """The intakes of a street, the latest last."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["intakes"], municipality, street)
    return rows


async def potjes(conn: Connection, municipality: Slug, street: Slug) -> list[asyncpg.Record]:
    """The potjes of a street, the latest last."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["potjes"], municipality, street)
    return rows


async def open_potjes(conn: Connection) -> list[asyncpg.Record]:
    """Potjes that are not settled: each has a workflow."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["open_potjes"])
    return rows


async def decided_year(conn: Connection, municipality: Slug, street: Slug) -> int:
    """The last year whose question was decided; 0 when there was none."""
    return int(await conn.fetchval(SQL["renewals_decided"], municipality, street) or 0)


async def starter(conn: Connection, municipality: Slug, street: Slug) -> str | None:
    """Where the starter package of a street is."""
    status: str | None = await conn.fetchval(SQL["starter"], municipality, street)
    return status


async def open_renewals(conn: Connection) -> list[asyncpg.Record]:
    """Yearly questions that are not decided: each has a workflow."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["open_renewals"])
    return rows


async def open_batches(conn: Connection) -> list[asyncpg.Record]:
    """Payment batches that are not settled: each has a workflow."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["open_batches"])
    return rows


async def note(conn: Connection, municipality: Slug, subject: str, what: dict[str, Any]) -> None:
    """A line in the journal that something was repaired, by the operator."""
    fact = Fact(
        key=f"reconciled/{uuid4()}", name=REPAIRED, municipality=municipality, subject=subject, actor=OPERATOR
    )
    await registry.enter(conn, fact, what)


def lost_key(person: VaultRef) -> str:
    """The line in the journal that says that somebody whom the backup does not know was let go."""
    return f"reconciled/lost/{person}"


def by_hand_key(workflow_id: str) -> str:
    """The line in the journal that says that somebody dealt with it by hand."""
    return f"reconciled/by-hand/{workflow_id}"


async def note_by_hand(conn: Connection, municipality: Slug, workflow_id: str) -> None:
    """What no command can mend was dealt with by a person: it is not told any more."""
    fact = Fact(
        key=by_hand_key(workflow_id),
        name=REPAIRED,
        municipality=municipality,
        subject=SUBJECT,
        actor=OPERATOR,
    )
    await registry.enter(conn, fact, {"what": "by hand", "workflow": workflow_id})


async def let_go(conn: Connection, municipality: Slug, person: VaultRef, workflow_id: str) -> None:
    """Somebody whose name and address came after the backup: nothing waits for them any more.

    No link leads to a sign-up of theirs, since nobody could be mailed it; so its workflow hears no from here.
    """
    await erasing.let_go(conn, [person])
    if workflow_id.startswith("signup-"):
        said = {"workflow_id": workflow_id, "person": str(person), "yes": False, "purpose": "confirm_signup"}
        await receive(conn, Submission(uuid5(person, workflow_id), "answer", municipality, said))
    fact = Fact(
        key=lost_key(person), name=REPAIRED, municipality=municipality, subject=SUBJECT, actor=OPERATOR
    )
    await registry.enter(conn, fact, {"what": "lost person"})
