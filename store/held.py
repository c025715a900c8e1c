"""All that is kept of one person, gathered from every room of the house."""

from contextlib import suppress
from datetime import UTC, datetime

from schemas.concern import reference
from schemas.my_data import (
    AccountHeld,
    AskedHeld,
    ConcernHeld,
    Contact,
    Held,
    LookHeld,
    MailHeld,
    StoryHeld,
    StreetHeld,
    role_of,
)
from schemas.person import Story
from schemas.refs import Slug, VaultRef
from store.database import Connection
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("held")


async def held(conn: Connection, vault: Vault, municipality: Slug, refs: list[VaultRef]) -> Held:
    """Everything, oldest first. ``refs`` are the records of one person; who reads it is that person."""
    accounts = await _accounts(conn, vault, municipality, refs)
    stories, words = await _stories(conn, vault, municipality, refs)
    return Held(
        municipality=municipality,
        written_at=datetime.now(UTC),
        contacts=await _contacts(conn, vault, refs),
        streets=[
            StreetHeld(
                street=row["slug"],
                title=f"{row['name']} ({row['part']})" if row["part"] else row["name"],
                phase=row["phase"],
                wijk=row["wijk"],
            )
            for row in await conn.fetch(SQL["streets"], municipality, refs)
        ],
        asked=[
            AskedHeld(
                question=row["purpose"],
                street=row["street"],
                asked_at=row["created_at"],
                answered_at=row["answered_at"],
                answer=row["answer"],
            )
            for row in await conn.fetch(SQL["asked"], municipality, refs)
        ],
        accounts=accounts,
        stories=stories,
        concerns=[
            ConcernHeld(reference=reference(row["id"]), status=row["status"], raised_at=row["raised_at"])
            for row in await conn.fetch(SQL["concerns"], municipality, refs)
        ],
        mails=[
            MailHeld(template=row["template"], state=row["state"], queued_at=row["created_at"])
            for row in await conn.fetch(SQL["mails"], municipality, refs)
        ],
        looks=[
            LookHeld(role=role_of(row["staff"]), purpose=row["purpose"], at=row["looked_at"])
            for row in await conn.fetch(SQL["looks"], [*refs, *words])
        ],
    )


async def _contacts(conn: Connection, vault: Vault, refs: list[VaultRef]) -> list[Contact]:
    people = await vault.people(conn, refs)
    since = {row["ref"]: row["created_at"] for row in await conn.fetch(SQL["since"], refs)}
    return [Contact.of(ref, people[ref], since[ref]) for ref in refs if ref in people]


async def _accounts(
    conn: Connection, vault: Vault, municipality: Slug, refs: list[VaultRef]
) -> list[AccountHeld]:
    rows = await conn.fetch(SQL["accounts"], municipality, refs)
    found = await vault.accounts(conn, [row["ref"] for row in rows])
    return [
        AccountHeld(
            street=row["street"],
            state=row["state"],
            given_at=row["given_at"],
            **found[row["ref"]].model_dump(),
        )
        for row in rows
        if row["ref"] in found
    ]


async def _stories(
    conn: Connection, vault: Vault, municipality: Slug, refs: list[VaultRef]
) -> tuple[list[StoryHeld], list[VaultRef]]:
    told, words = [], []
    for row in await conn.fetch(SQL["stories"], municipality, refs):
        with suppress(Erased):
            text = (await vault.get(conn, row["words"], Story)).text
            words.append(row["words"])
            told.append(
                StoryHeld(street=row["street"], text=text, shared=row["share"], told_at=row["told_at"])
            )
    return told, words
