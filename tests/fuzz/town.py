"""A town with something in every room, and everybody who can open a door in it: each a set of cookies."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from deploy.local.postgres import Postgres
from forms.desk.app import desk_app
from forms.public.app import public_app
from forms.settings import WebSettings
from schemas.facts import LinkOrder, LinkPurpose
from schemas.person import Concern
from schemas.staff import InvitationForm, Role
from store import invitations, links, staff
from store.codes import code_of
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import _other
from tests.fuzz.watching import Rows
from tests.web.desk.colleagues import member, session
from tests.web.desk.fakes import FakeTemporal
from tests.web.desk.test_intake_pages import can
from tests.web.house import House, furnish
from tests.web.public.doorstep import Doorstep
from tests.web.public.resident import FROM_HERE, Resident, form_of
from tests.web.public.test_my_data import Mine
from tests.web.public.test_picking import Invited
from tests.web.public.test_professional import Case, come_in
from tests.web.public.test_public_answers import Mailbox
from tests.web.public.test_renewal_page import Asked

PUBLIC, DESK = "http://127.0.0.1:8600", "http://localhost:8601"
"""By name, because browsers take no passkeys for a bare address."""

SETTINGS = WebSettings(PUBLIC, DESK, "http://127.0.0.1:8602", "default", local_sign_in=True)
SEATS = ("coordinator-1", "treasurer-1", "scout-1", "privacy-1", "lead-1", "operator-1")
ASKED = [
    LinkPurpose.CONFIRM_SIGNUP,
    LinkPurpose.CONFIRM_SECOND,
    LinkPurpose.CONFIRM_RECEIPT,
    LinkPurpose.CONFIRM_ACCOUNT,
    LinkPurpose.WAKE_STREET,
    LinkPurpose.REOPEN_CONCERN,
]
INTAKES = ("coordinator-1", "treasurer-1")
"""Who has buttons on the page of a street."""

Enter = Callable[[httpx.AsyncClient], Awaitable[object]]


@dataclass
class Somebody:
    """A browser of somebody: which app, how they come in, and where they can be seen to be in."""

    name: str
    app: str
    municipality: str
    home: str
    enter: Enter
    paths: list[str] = field(default_factory=list)
    """What they were mailed, besides what the routes say."""
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass
class Town:
    """Both apps on one database, with all of its people."""

    house: House
    rows: Rows
    temporal: FakeTemporal
    apps: dict[str, FastAPI]
    people: list[Somebody] = field(default_factory=list)
    settle: Callable[[], Awaitable[None]] = field(kw_only=True)
    """Has the street's people live there again, after somebody had themselves erased."""

    def browser(self, app: str) -> httpx.AsyncClient:
        """A browser without cookies; what an app raises is an answer of 500."""
        transport = httpx.ASGITransport(self.apps[app], raise_app_exceptions=False)
        url = PUBLIC if app == "public" else DESK
        return httpx.AsyncClient(transport=transport, base_url=url, headers=FROM_HERE)

    def seen_from(self, municipality: str) -> House:
        """The names of what exists, for the addresses of a municipality."""
        return House(self.house.db, self.house.keyring, {**self.house.known, "municipality": municipality})

    async def let_in(self, who: Somebody) -> bool:
        """Have somebody come in (again); whether their home opens."""
        try:
            return await self._enter(who)
        except Exception:  # noqa: BLE001 - who was erased is not found again, in more than one way
            await self.settle()
            return await self._enter(who)

    async def _enter(self, who: Somebody) -> bool:
        async with self.browser(who.app) as browser:
            await who.enter(browser)
            home = await browser.get(who.home)
            who.cookies = dict(browser.cookies.items())
            return home.status_code == 200


@asynccontextmanager
async def town(postgres: Postgres, keyring: Keyring) -> AsyncIterator[Town]:
    """A furnished town on a database of its own."""
    name = f"t_{uuid4().hex}"
    server = await asyncpg.connect(_other(postgres.admin_url, "postgres"))
    await server.execute(f"create database {name} template straat")
    db = Database(_other(postgres.app_url, name))
    owner = await asyncpg.connect(_other(postgres.admin_url, name))
    try:
        house, temporal = await furnish(db, keyring), FakeTemporal()
        apps = {
            "public": public_app(db, keyring, SETTINGS),
            "desk": desk_app(db, keyring, temporal, SETTINGS),
        }
        step = Doorstep(db, keyring)

        async def settle() -> None:
            step.people.clear()
            await step.settle("Anna", "Bram")

        people = await everybody(house, step)
        made = Town(house, await Rows.of(owner), temporal, apps, people, settle=settle)
        for who in people:
            assert await made.let_in(who), f"{who.name} does not come in"
        await made.rows.changed()
        yield made
    finally:
        await owner.close()
        await db.close()
        await server.execute(f"drop database {name} with (force)")
        await server.close()


async def everybody(house: House, step: Doorstep) -> list[Somebody]:
    """All who can open a door."""
    return [*await _residents(house, step), *await _staff(house)]


async def _residents(house: House, step: Doorstep) -> list[Somebody]:
    db, keyring = house.db, house.keyring
    await step.settle("Anna", "Bram")
    mail = Mailbox(db, keyring)
    answers = [await mail.link(purpose) for purpose in ASKED]
    asked, invited = Asked(db, keyring), Invited(db, keyring)
    invited.people = asked.people = step.people
    answers += [await asked.link("Anna"), await step.link("Bram")]
    await step.settle("Anna", "Bram")
    await invited.offer(48, 72)
    answers.append(await invited.mailed("Anna"))
    case = await _case(db, keyring)
    answers.append(await case.link())
    transport = httpx.ASGITransport(public_app(db, keyring, SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC, headers=FROM_HERE) as browser:
        answers.append(await Mine(step, Resident(browser)).link())
        await _told(step, Resident(browser))

    async def nobody(_: httpx.AsyncClient) -> None:
        return

    async def signing_up(browser: httpx.AsyncClient) -> None:
        await Resident(browser).fill_in()

    async def at_the_door(browser: httpx.AsyncClient) -> None:
        await _freely(db)
        await step.ask(Resident(browser), "Anna")

    async def inside(browser: httpx.AsyncClient) -> None:
        await _freely(db)
        await step.let_in(Resident(browser), "Anna")

    async def account(browser: httpx.AsyncClient) -> None:
        await inside(browser)
        typed = {"holder": "Anna de Boer", "iban": "NL91 ABNA 0417 1643 00"}
        await Resident(browser).post("/rotterdam/mijn-straat/rekening", typed)

    async def own_data(browser: httpx.AsyncClient) -> None:
        await _freely(db)
        await Mine(step, Resident(browser)).let_in()

    async def own_code(browser: httpx.AsyncClient) -> None:
        await _freely(db)
        mine = Mine(step, Resident(browser))
        await mine.visitor.post(await mine.link(), {"go": "1"})

    async def reading(browser: httpx.AsyncClient) -> None:
        await _freely(db)
        await come_in(Resident(browser), case)

    async def professional(browser: httpx.AsyncClient) -> None:
        await _freely(db)
        await Resident(browser).post(await case.link(), {"ask": "yes"})

    here, street, mine = "/rotterdam", "/rotterdam/mijn-straat", "/rotterdam/mijn-gegevens"
    return [
        Somebody("a stranger", "public", "rotterdam", here, nobody, answers),
        Somebody("who signs up", "public", "rotterdam", f"{here}/aanmelden/controleer", signing_up),
        Somebody("at the street's door", "public", "rotterdam", f"{street}/code", at_the_door),
        Somebody("a gangmaker", "public", "rotterdam", street, inside),
        Somebody("with an account", "public", "rotterdam", f"{street}/rekening/controleer", account),
        Somebody("at their data's door", "public", "rotterdam", f"{mine}/code", own_code),
        Somebody("with their data", "public", "rotterdam", f"{mine}/overzicht", own_data),
        Somebody("at a concern's door", "public", "rotterdam", f"{here}/melding/code", professional),
        Somebody("a professional", "public", "rotterdam", f"{here}/melding/lezen", reading),
    ]


async def _told(step: Doorstep, visitor: Resident) -> None:
    """An attentie and a story, which can be taken back."""
    await step.pay(10_000)
    await step.let_in(visitor, "Anna")
    street = "/rotterdam/mijn-straat"
    typed = {"day": "vandaag", "occasion": "birth", "amount": "7,50", "text": "Er was soep.", "share": "yes"}
    for page in ("attentie", "verhaal"):
        form = form_of(await visitor.get(f"{street}/{page}"))
        assert (await visitor.post(f"{street}/{page}", {"form": form, **typed})).status_code == 303


async def _case(db: Database, keyring: Keyring) -> Case:
    async with db.transaction() as conn:
        text = await Vault(keyring).put(
            conn, "rotterdam", Concern(text="De gordijnen zijn al een week dicht.")
        )
    case = Case(db, keyring, uuid4(), text)
    await case.write()
    return case


async def _freely(db: Database) -> None:
    """Somebody comes in often today; limits are tried elsewhere."""
    async with db.transaction() as conn:
        await conn.execute("delete from post.attempt")


async def _staff(house: House) -> list[Somebody]:
    db, vault = house.db, Vault(house.keyring)
    who = await member(db, vault, Role.LEAD, Role.COORDINATOR, name="Sef Vos", email="sef@den-haag.example")
    await can(db, vault, 50, 72, 74)
    form = InvitationForm(name="Ine Bos", email="ine@den-haag.example", role=Role.SCOUT)
    async with db.transaction() as conn:
        guest = await staff.invite(conn, vault, "den-haag", form, "operator")
        order = LinkOrder(
            purpose=LinkPurpose.STAFF_INVITATION,
            workflow_id=guest.workflow_id,
            expires_at=datetime.now(UTC) + timedelta(days=3),
            number=1,
        )
        token = links.token_of(house.keyring, order, guest.contact)
        await links.make(
            conn, links.NewLink(token, order, municipality="den-haag", person=guest.contact, street=guest.ref)
        )
        known = await conn.fetch("select slug from registry.street where municipality = 'den-haag'")
    link, streets = f"/uitnodiging/den-haag/{token}", [f"/den-haag/straten/{row['slug']}" for row in known]

    async def nobody(_: httpx.AsyncClient) -> None:
        return

    def sits(seat: str) -> Enter:
        async def sit(browser: httpx.AsyncClient) -> None:
            await browser.post("/", data={"municipality": "den-haag", "seat": seat})

        return sit

    async def with_a_passkey(browser: httpx.AsyncClient) -> None:
        browser.cookies.set("straat-8601", await session(db, who.ref, Role.LEAD))

    async def invited(browser: httpx.AsyncClient) -> None:
        await _freely(db)
        await browser.post(link, data={"x": ""})

    async def joining(browser: httpx.AsyncClient) -> None:
        await invited(browser)
        async with db.connection() as conn:
            found = await conn.fetchval("select id from staff.code order by created_at desc limit 1")
        code = code_of(house.keyring, invitations.subject_of(found))
        await browser.post("/uitnodiging/den-haag/code", data={"code": code})

    def at(name: str, home: str, enter: Enter, *paths: str) -> Somebody:
        return Somebody(name, "desk", "den-haag", home, enter, list(paths))

    own = "/den-haag/mijn-aanmelding"
    return [
        at("a stranger at the desk", "/", nobody, link, "/?gemeente=den-haag"),
        *(at(seat, own, sits(seat), *(streets if seat in INTAKES else ())) for seat in SEATS),
        at("with a passkey", own, with_a_passkey),
        at("who was invited", "/uitnodiging/den-haag/code", invited),
        at("who comes in", "/uitnodiging/den-haag/passkey", joining),
    ]
