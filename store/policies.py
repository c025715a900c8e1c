"""Policies as applied: every version stays; applying grants the budgets of the year in the ledger."""

from datetime import date
from uuid import uuid4

from schemas.ledger import AccountKind, AccountSpec, Leg, account_code, transfer_id
from schemas.policy import Budget, Policy
from store import ledger
from store.database import Connection
from store.inbox import Submission, receive
from store.queries import queries

SQL = queries("registry")


async def current(conn: Connection, municipality: str) -> tuple[Policy, int] | None:
    """The policy in force and its version; None for a municipality that does not take part."""
    row = await conn.fetchrow(SQL["current_policy"], municipality)
    return (Policy.model_validate(row["document"]), row["version"]) if row else None


async def all_current(conn: Connection) -> list[Policy]:
    """The policies in force, by municipality."""
    return [Policy.model_validate(row["document"]) for row in await conn.fetch(SQL["all_policies"])]


async def apply(conn: Connection, policy: Policy, actor: str, today: date) -> int:
    """Store a policy as a new version, if it differs, and move the budgets to what it grants.

    Raises :class:`~store.ledger.Overdraft` when a budget would go below what is reserved or given out.
    """
    await conn.execute(SQL["lock_policies"], policy.slug)
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
    """Bring what was granted to what the policy says; more money wakes the potjes that wait."""
    year = budget.year
    kinds = (AccountKind.FUNDING, AccountKind.BUDGET)
    funding, purse = (account_code(kind, municipality, year) for kind in kinds)
    await ledger.open_year(conn, municipality, year)
    await ledger.open_accounts(
        conn,
        [
            AccountSpec(code=code, kind=kind, municipality=municipality, fiscal_year=year)
            for kind, code in zip(kinds, (funding, purse), strict=True)
        ],
    )
    source = await ledger.balance(conn, funding)
    change = budget.cents - (source.debits_posted - source.credits_posted)
    if change == 0:
        return
    debit, credit = (funding, purse) if change > 0 else (purse, funding)
    leg = Leg(
        id=transfer_id("grant", municipality, str(year), str(version)),
        debit=debit,
        credit=credit,
        cents=abs(change),
        reason="grant" if change > 0 else "grant.less",
    )
    await ledger.transfer(conn, [leg], actor=actor, group_id=leg.id, booked_on=today)
    if change > 0:
        money = Submission(uuid4(), "money", municipality, {"municipality": municipality, "year": year})
        await receive(conn, money)
