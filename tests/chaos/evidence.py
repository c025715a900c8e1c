"""What PostgreSQL, Temporal and the mail catcher hold after a run, gathered once for the auditor."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.client import Client

from activities.context import Tools
from store.database import Database
from store.keys import Keyring
from store.proofs import Proof, prove
from store.reports import chains
from store.vault import Vault
from tests.chaos.histories import Told, of_temporal
from tests.chaos.letterbox import Offer
from tests.chaos.people import Letter, Receipt
from tests.chaos.run import Ran
from tests.chaos.storm import Struck
from workers.reconciling.findings import Finding as Apart
from workers.reconciling.mend import Reconciler

NOISY = ("error", "critical")

SUBMISSIONS = """
select id, kind, municipality, receipt, payload, relayed_at, refused, received_at from post.submission
where received_at <= $1 order by received_at"""
LEFT = "select 'street-' || municipality || '-' || slug as id from registry.street where gangmakers = '{}'"
MAILS = "select key, template, message_id, state, attempts from post.mail where created_at <= $1"
REGISTERED = """
select 'signup-' || submission as workflow_id, status from registry.signup
union all select workflow_id, status from registry.intake
union all select workflow_id, status from registry.potje
union all select workflow_id, status from registry.renewal
union all select workflow_id, status from concern.concern
union all select 'street-' || municipality || '-' || slug, phase from registry.street
union all select 'payee-' || ref, state from money.payee
union all select 'payout-' || municipality || '-' || id, state from money.batch"""
POTJES = """
select p.workflow_id, p.status, p.cents, coalesce(abs((
    select sum(case when t.debit = s.code then t.cents else -t.cents end) from ledger.transfer t
    where t.kind in ('single', 'post') and (
        (t.debit = s.code and t.credit like 'bank:%') or (t.credit = s.code and t.debit like 'bank:%')))), 0)
    as booked
from registry.potje p,
    lateral (select 'street:' || p.municipality || ':' || p.street || ':' || p.year as code) s"""
"""What went from the bank to the street, whichever side of the books that is."""


@dataclass
class Evidence:
    """All of it."""

    at: float
    receipts: list[Receipt] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    workflows: dict[str, Told] = field(default_factory=dict)
    registered: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    """Streets that nobody is in any more: only a newcomer wakes them."""
    mails: list[dict[str, Any]] = field(default_factory=list)
    caught: list[Letter] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    potjes: list[dict[str, Any]] = field(default_factory=list)
    """Each potje, and what the ledger holds of it."""
    apart: list[Apart] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """What worker and web logged as an error."""
    failures: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    expected: dict[str, set[str]] = field(default_factory=dict)
    """What the registers should say of a workflow, by its story."""
    never_back: list[str] = field(default_factory=list)
    stopped_in: list[tuple[str, float]] = field(default_factory=list)


async def of_database(conn: asyncpg.Connection, keyring: Keyring, rested: float) -> dict[str, Any]:
    """What PostgreSQL holds, in the caller's transaction; the fields of :class:`Evidence` by name.

    Streets live on, so what came in after all was at rest is left out.
    """
    then = datetime.fromtimestamp(rested or time.time(), UTC)
    submissions = [dict(row) for row in await conn.fetch(SUBMISSIONS, then)]
    for each in submissions:
        if isinstance(each["payload"], str):
            each["payload"] = json.loads(each["payload"])
    vault = Vault(keyring)
    return {
        "submissions": submissions,
        "registered": {row["workflow_id"]: row["status"] for row in await conn.fetch(REGISTERED)},
        "left": {row["id"] for row in await conn.fetch(LEFT)},
        "mails": [dict(row) for row in await conn.fetch(MAILS, then)],
        "proofs": [await prove(conn, chain, vault) for chain in await chains(conn)],
        "potjes": [dict(row) for row in await conn.fetch(POTJES)],
    }


async def apart(db: Database, keyring: Keyring, client: Client) -> list[Apart]:
    """What ``straat reconcile`` would say."""
    tools = Tools(db, keyring, Vault(keyring), "http://a", "http://b", "post@straat.example")
    return await Reconciler(tools, client).look()


def errors_in(logs: Path) -> list[str]:
    """What worker and web logged as an error, and what is no line of ours at all."""
    found = []
    for name in ("worker", "web"):
        for path in sorted(logs.glob(f"{name}.log*")):
            found += [
                f"{name}: {line}" for line in path.read_text(errors="replace").splitlines() if _bad(line)
            ]
    return found


def _bad(line: str) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return bool(line.strip())
    return not isinstance(told, dict) or told.get("level") in NOISY


async def gather(ran: Ran) -> Evidence:
    """Everything, of a run that is over while its house still stands."""
    house = ran.house
    keyring, client = Keyring.read(house.home.master_key), await house.temporal()
    conn = await asyncpg.connect(house.database.admin_url)
    db = Database(house.database.app_url)
    try:
        at, told = time.time(), await of_temporal(client)
        held = await of_database(conn, keyring, ran.rested)
        return Evidence(
            at=at,
            **held,
            workflows=told,
            apart=await apart(db, keyring, client),
            **of_run(ran, {row["receipt"]: row["id"] for row in held["submissions"]}),
        )
    finally:
        await db.close()
        await conn.close()


def of_run(ran: Ran, submissions: Mapping[str, UUID]) -> dict[str, Any]:
    """What people, wires and the supervisor saw. ``submissions``: their ids, by receipt."""
    seen, storm = ran.town.seen, ran.storm
    return {
        "receipts": seen.receipts,
        "failures": seen.failures,
        "caught": [each for each in ran.town.letters.look() if each.at <= (ran.rested or each.at)],
        "offers": ran.house.letterbox.offers,
        "struck": storm.struck,
        "never_back": storm.never_back,
        "stopped_in": ran.house.stopped_in,
        "errors": errors_in(ran.house.home.logs),
        "unfinished": [*ran.unfinished, *([] if ran.rested else ["inbox and outbox"])],
        "expected": {
            key: value for street in ran.streets for key, value in street.expected(submissions).items()
        },
    }
