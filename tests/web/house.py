"""A house with something in every room: The Hague with one of each thing that has an address of its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from forms.desk.app import desk_app
from forms.public.app import public_app
from forms.settings import WebSettings
from schemas.client import Scope, new_key
from schemas.staff import Role, key_of
from schemas.webhook import WebhookForm
from store import clients, sessions, webhooks
from store.clients import NewClient
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.today import this_year, today
from tests.web.addresses import Address
from tests.web.desk import bank, rows, scouting
from tests.web.desk.colleagues import member, session
from tests.web.desk.fakes import FakeTemporal
from tests.web.desk.test_campaigns_pages import made
from tests.web.desk.test_concern_pages import put as put_concern
from tests.web.desk.test_desk_suspense import LINES, ROOM
from tests.web.desk.test_intake_pages import can
from tests.web.desk.test_renewals_pages import asked
from tests.web.public.doorstep import Doorstep
from tests.web.public.resident import FROM_HERE, Resident
from tests.web.public.storytelling import Storytelling
from workers.demo import bank as demo_bank

PUBLIC, DESK = "http://127.0.0.1:8600", "http://127.0.0.1:8601"
HERE, ELSEWHERE = "den-haag", "aalsmeer"
LENA = f"{HERE}:lead-1"
FORM = {"funder": "gemeente", "line": "campaign", "cents": "500", "reason": "Besluit van het college"}
SEATS = ("coordinator-1", "treasurer-1", "scout-1", "privacy-1", "lead-1", "operator-1")


def settings(*, secure: bool = False) -> WebSettings:
    """On this machine, or behind https."""
    public, desk = ("https://straat.example", "https://balie.example") if secure else (PUBLIC, DESK)
    return WebSettings(public, desk, "http://127.0.0.1:8602", "default", local_sign_in=True)


@dataclass
class House:
    """Both apps on one database."""

    db: Database
    keyring: Keyring
    known: Mapping[str, str]
    """Something that exists, by the name of its place in an address and the room it is in."""

    def public(self, *, secure: bool = False) -> FastAPI:
        """The pages of residents."""
        return public_app(self.db, self.keyring, settings(secure=secure))

    def desk(self, *, secure: bool = False) -> FastAPI:
        """The desk."""
        return desk_app(self.db, self.keyring, FakeTemporal(), settings(secure=secure))

    def real(self, address: Address, municipality: str = HERE) -> str:
        """An address with what exists in The Hague in each place."""
        room = next((part for part in address.path.split("/")[2:3]), "")
        here = self.known | {"municipality": municipality}
        return address.filled(lambda place: here.get(f"{room}/{place}", here.get(place, "verzonnen")))


@asynccontextmanager
async def browser_of(app: FastAPI, url: str, *, quiet: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """A browser; an exception is an answer of 500 when ``quiet``."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=not quiet)
    async with httpx.AsyncClient(transport=transport, base_url=url, headers=FROM_HERE) as browser:
        yield browser


async def sit_down(browser: httpx.AsyncClient, seat: str, municipality: str = HERE) -> None:
    """Sign in as the local stack lets one."""
    answer = await browser.post("/", data={"municipality": municipality, "seat": seat})
    assert answer.headers["location"].startswith(f"/{municipality}/")


async def furnish(db: Database, keyring: Keyring) -> House:
    """Put something in every room, by the ways that there are."""
    vault = Vault(keyring)
    await rows.seed(db, vault)
    await bank.by_bank(db, vault)
    known: dict[str, str] = {
        "street": "lindelaan",
        "year": str(this_year()),
        "step": "straat",
        "act": "close",
    }
    known["batch"] = str(await bank.released(db, vault))
    known["round_id"] = str((await scouting.put(db, scouting.order_of())).round)
    known["concern"] = str(await put_concern(db, vault, holder="coordinator"))
    known["slot"] = str((await can(db, vault, 48))[0])
    known["verhalen/story"] = str(await _story(db, vault))
    known["vernieuwing/workflow_id"] = (await asked(db, "fuchsiastraat", "to_call")).rpartition("/")[2]
    known["intakes/workflow_id"] = "intake-den-haag-beukstraat-1"
    known["potjes/workflow_id"] = f"potje-den-haag-lindelaan-{this_year()}"
    house = House(db, keyring, known)
    async with browser_of(house.desk(), DESK) as browser:
        await sit_down(browser, "coordinator-1")
        known["campaign"] = (await made(browser, "Bij de bakker")).rpartition("/")[2]
        await sit_down(browser, "treasurer-2")
        statement = demo_bank.statement("NL47RABO0300000518", today(), LINES, number="s1")
        assert (await browser.post(ROOM, files={"bestand": ("a.xml", statement)})).status_code == 303
        granted = FORM | {"form": str(uuid4())}
        assert (await browser.post(f"/{HERE}/budget/{this_year()}/grant", data=granted)).status_code == 303
    known |= await connected(db, keyring)
    known |= await _found(db)
    known |= {"kanalen/code": known["code"], "rapporten/kind": "csv", "rapporten/report": "begroting"}
    return house


async def connected(db: Database, keyring: Keyring) -> dict[str, str]:
    """Another system with a key and a webhook, and a colleague with a passkey's session."""
    client, webhook = uuid4(), uuid4()
    given = WebhookForm(name="Zaaksysteem", url="https://zaken.example/in", kinds=[])
    who = await member(db, Vault(keyring), Role.COORDINATOR)
    token = await session(db, who.ref, Role.COORDINATOR)
    scopes, until = [Scope.STREETS_READ], date(2099, 1, 1)
    async with db.transaction() as conn:
        await clients.make(conn, NewClient(client, HERE, "Zaaksysteem", scopes, until), new_key(), LENA)
        await webhooks.make(conn, keyring, HERE, webhook, given, LENA)
        found = await sessions.touch(conn, token)
    assert found
    return {
        "client": str(client),
        "webhook": str(webhook),
        "key": key_of(who.ref),
        "session": str(found.id),
        "role": Role.COORDINATOR,
        "passkey": str(uuid4()),
    }


async def _story(db: Database, vault: Vault) -> Any:
    telling = Storytelling(db, vault)
    await telling.streets(1, HERE)
    return await telling.tell("De buren kwamen met soep.", municipality=HERE, state="unread")


async def _found(db: Database) -> dict[str, str]:
    """What the rooms named themselves."""
    asking = {
        "transfer": "select transfer from money.suspense limit 1",
        "statement": "select id from money.statement limit 1",
        "code": "select code from outreach.channel limit 1",
        "ref": "select ref from money.payee limit 1",
        "gangmaker": "select gangmakers[1] from registry.street where slug = 'lindelaan'",
        "entry": "select id from money.entry limit 1",
    }
    async with db.connection() as conn:
        return {name: str(await conn.fetchval(sql)) for name, sql in asking.items()}


@asynccontextmanager
async def at_home(house: House) -> AsyncIterator[Resident]:
    """A gangmaker of the Rozenlaan in Rotterdam, inside their street's door and inside *my data*."""
    doorstep = Doorstep(house.db, house.keyring)
    await doorstep.settle("Anna")
    async with browser_of(house.public(), PUBLIC) as browser:
        resident = Resident(browser)
        await doorstep.let_in(resident, "Anna")
        yield resident
