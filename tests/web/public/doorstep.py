"""A street with gangmakers, the link they were mailed, and their way through the door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx

from forms.public.app import public_app
from schemas.accounts import bank_account, spec_of, street_account
from schemas.facts import LinkOrder, LinkPurpose
from schemas.ledger import Leg, LegKind
from schemas.person import Person
from schemas.refs import Language, street_id
from store import ledger, links
from store.codes import code_of
from store.database import Database
from store.door import subject_of
from store.keys import Keyring
from store.vault import Vault
from tests.today import this_year
from tests.web.public.conftest import SETTINGS
from tests.web.public.resident import ORIGIN, Resident

HOME = "/rotterdam/mijn-straat"


@asynccontextmanager
async def browser(db: Database, keyring: Keyring) -> AsyncIterator[Resident]:
    """One more browser, with cookies of its own."""
    transport = httpx.ASGITransport(app=public_app(db, keyring, SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        yield Resident(http)


@dataclass
class Doorstep:
    """The Rozenlaan and its gangmakers, by name."""

    db: Database
    keyring: Keyring
    municipality: str = "rotterdam"
    street: str = "rozenlaan"
    people: dict[str, UUID] = field(default_factory=dict)

    async def settle(self, *names: str, language: Language = Language.NL) -> None:
        """Have these people be the gangmakers of the street, and nobody else."""
        async with self.db.transaction() as conn:
            for name in names:
                if name not in self.people:
                    person = Person(name=name, email=f"{name.lower()}@voorbeeld.nl", language=language)
                    self.people[name] = await Vault(self.keyring).put(conn, self.municipality, person)
            await conn.execute(
                """insert into registry.street
                       (municipality, slug, name, part, wijk, phase, gangmakers, minimum, revision)
                   values ($1, $2, 'Rozenlaan', 'oost', 'Noord', 'active', $3, 1, 1)
                   on conflict (municipality, slug) do update set gangmakers = excluded.gangmakers""",
                self.municipality,
                self.street,
                [self.people[name] for name in names],
            )

    async def link(self, name: str, purpose: LinkPurpose = LinkPurpose.STREET_DOOR) -> str:
        """The path of the link this person was mailed."""
        order = LinkOrder(purpose=purpose, workflow_id=street_id(self.municipality, self.street))
        token = links.token_of(self.keyring, order, self.people[name])
        async with self.db.connection() as conn:
            await links.make(
                conn,
                links.NewLink(
                    token, order, municipality=self.municipality, person=self.people[name], street=self.street
                ),
            )
        return f"/{self.municipality}/mijn-straat/{token}"

    async def code(self) -> str:
        """The digits of the latest code that was asked for."""
        rows = await self.rows("select id from post.code order by created_at desc limit 1")
        return code_of(self.keyring, subject_of(rows[0]["id"]))

    async def ask(self, visitor: Resident, name: str) -> httpx.Response:
        """Press the button behind the link; gives the page it leads to."""
        answer = await visitor.post(await self.link(name), {"go": "1"})
        assert answer.status_code == 303
        return await visitor.get(answer.headers["location"])

    async def let_in(self, visitor: Resident, name: str) -> httpx.Response:
        """All the way in; gives the overview."""
        await self.ask(visitor, name)
        answer = await visitor.post(f"{HOME}/code", {"code": await self.code()})
        assert (answer.status_code, answer.headers["location"]) == (303, HOME)
        return await visitor.get(HOME)

    async def rows(self, query: str, *arguments: object) -> list[Any]:
        """What the database holds."""
        async with self.db.connection() as conn:
            return list(await conn.fetch(query, *arguments))

    async def count(self, table: str) -> int:
        """How many rows."""
        return int((await self.rows(f"select count(*) as n from {table}"))[0]["n"])

    async def pay(self, cents: int, kind: LegKind = LegKind.SINGLE, year: int | None = None) -> None:
        """Money for the street: there, or on its way."""
        year = year or this_year()
        bank, street = (
            bank_account(self.municipality, year),
            street_account(self.municipality, self.street, year),
        )
        leg = Leg(id=uuid4(), kind=kind, debit=bank, credit=street, cents=cents, reason="potje.test")
        async with self.db.transaction() as conn:
            await ledger.open_year(conn, self.municipality, year)
            await ledger.open_accounts(conn, [spec_of(bank), spec_of(street)])
            await ledger.transfer(conn, [leg], actor="engine", group_id=leg.id, booked_on=date(year, 1, 1))
