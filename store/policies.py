"""Policies as applied: every version stays; applying grants the budgets of the year in the ledger."""

import json
from datetime import date
from functools import lru_cache
from uuid import uuid4

from schemas.accounts import BudgetLine, funder_account, line_account, spec_of
from schemas.ledger import Leg, transfer_id
from schemas.policy import Policy
from schemas.programme import Budget
from store import ledger, registry
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries

SQL = queries("registry")

GRANT_OF_FILE = "grant.policy"
"""The reason of what a policy file grants, so that it can be told from what the desk grants."""


async def current(conn: Connection, municipality: str) -> tuple[Policy, int] | None:
    """The policy in force and its version; None for a municipality that does not take part."""
    row = await conn.fetchrow(SQL["current_policy"], municipality)
    return (_read(row["document"]), row["version"]) if row else None


async def all_current(conn: Connection) -> list[Policy]:
    """The policies in force, by municipality."""
    return [_read(row["document"]) for row in await conn.fetch(SQL["all_policies"])]


@lru_cache(maxsize=512)
def _read(document: str) -> Policy:
    """A policy is asked for at every step and on every page, and changes once a year."""
    return Policy.model_validate(json.loads(document))


async def apply(conn: Connection, policy: Policy, actor: str, today: date) -> int:
    """Store a policy as a new version, if it differs, and move the budgets to what it grants.

    Raises :class:`~store.ledger.Overdraft` when a budget would go below what is reserved or given out, and
    :class:`~store.ledger.YearNotOpen` for another grant in a closed year.
    """
    await conn.execute(SQL["lock_policies"], policy.slug)
    await registry.own_budget(conn, policy.slug)
    found = await current(conn, policy.slug)
    version = found[1] if found else 0
    if found is None or found[0] != policy:
        version += 1
        document = policy.model_dump(mode="json")
        await conn.execute(SQL["write_policy"], policy.slug, version, document)
    for budget in policy.budgets:
        await _grant(conn, policy.slug, budget, version, actor, today)
    return version


async def _grant(
    conn: Connection, municipality: str, budget: Budget, version: int, actor: str, today: date
) -> None:
    """Bring what the file granted to what it says now; more money wakes the potjes that wait.

    What was granted on the desk comes on top of it, and stays.
    """
    year = budget.year
    funder = funder_account(municipality, budget.funder, year)
    line = line_account(municipality, budget.line, year)
    await ledger.open_year(conn, municipality, year, actor)
    await ledger.open_accounts(conn, [spec_of(funder), spec_of(line)])
    granted = int(await conn.fetchval(SQL["granted_by_file"], municipality, year, funder, line))
    change = budget.cents - granted
    if change == 0:
        return
    debit, credit = (funder, line) if change > 0 else (line, funder)
    leg = Leg(
        id=transfer_id("grant", municipality, str(year), budget.line, budget.funder, str(version)),
        debit=debit,
        credit=credit,
        cents=abs(change),
        reason=GRANT_OF_FILE,
    )
    await ledger.transfer(conn, [leg], actor=actor, group_id=leg.id, booked_on=today)
    if change > 0 and budget.line is BudgetLine.POTJES:
        money = Submission(uuid4(), "money", municipality, {"municipality": municipality, "year": year})
        await receive(conn, money)
