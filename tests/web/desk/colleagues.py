"""Real members of a desk, and sessions of theirs, without the way in."""

import httpx
from fastapi import FastAPI

from schemas.person import Colleague
from schemas.refs import StaffRef
from schemas.staff import How, Role, Source
from store import sessions, staff
from store.database import Database
from store.staff import Member
from store.vault import Vault


async def member(
    rows: Database,
    vault: Vault,
    *roles: Role,
    name: str = "Mila Bakker",
    email: str = "mila@den-haag.example",
    municipality: str = "den-haag",
    source: Source = Source.DESK,
) -> Member:
    """Somebody who works here, and came in before."""
    async with rows.transaction() as conn:
        made = await staff.create(conn, vault, municipality, Colleague(name=name, email=email))
        for role in roles:
            await staff.give(conn, made, role, "operator", source)
        await staff.joins(conn, made)
    return made


async def session(rows: Database, ref: StaffRef, role: Role, how: How = How.PASSKEY) -> str:
    """Signed in: the token of the cookie."""
    async with rows.connection() as conn:
        municipality = ref.partition(":")[0]
        return await sessions.begin(conn, sessions.Session(ref, municipality, role, how=how))


async def seated(rows: Database, vault: Vault, *roles: Role) -> str:
    """A new member who sits in the first of these roles."""
    made = await member(rows, vault, *roles)
    return await session(rows, made.ref, roles[0])


def browser_with(app: FastAPI, token: str, url: str = "http://127.0.0.1:8601") -> httpx.AsyncClient:
    """A browser with that session."""
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url)
    browser.cookies.set("straat-8601", token)
    return browser
