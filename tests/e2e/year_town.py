"""A municipality of 500 streets: its policy, its gangmakers, and the workflows that begin their year."""

import asyncio
import itertools
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from schwifty import IBAN
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from schemas.calendar import dutch_date
from schemas.payee import PayeeState
from schemas.payment import PayeeOrder
from schemas.person import Account, Person
from schemas.refs import Language, VaultRef, street_slug
from schemas.steps import QUEUE
from schemas.street import Phase, StreetStart, StreetState
from store import payees
from store.database import Database
from store.keys import Keyring
from store.payees import Payee
from store.vault import Vault
from tests.e2e.running import PATIENCE, STRAAT, Running, environment
from workflows.engine import attributes
from workflows.street import StreetWorkflow

CITY, NAME = "zonnedorp", "Zonnedorp"
YEAR = dutch_date(datetime.now(UTC)).year
POTJE = 150_00
"""Cents of every street's potje, however it is paid."""

BY_VOUCHER, BY_BANK = 8, 492
STREETS = BY_VOUCHER + BY_BANK
WITHOUT_ACCOUNT = 4
"""Streets whose gangmakers give their account themselves, behind their door."""

WIJKEN = ("Duinen", "Haven", "Oude Dorp", "Polder", "Zonneveld")
FUNDERS = {
    "gemeente": "Gemeente Zonnedorp",
    "havenfonds": "Het Havenfonds",
    "oranjefonds": "Het Oranjefonds & vrienden",
}
PROPOSER = f"{CITY}:coordinator-1"
AT_ONCE = 24

TREES = """
Anjer Aster Berken Beuken Braam Dahlia Dotter Eiken Elzen Essen Hazel Heide Iris
Klaproos Lelie Linden Lupine Meidoorn Narcis Olmen Rozen Tulpen Varen Vlier Wilgen
"""
KINDS = """
dijk dreef erf gaarde gracht hof kade laan oever pad
park plantsoen plein singel steeg steiger straat veld weg zoom
"""

POLICY = """
name = "Zonnedorp"
bag_code = "9999"
minimum_gangmakers = 1
wijken = ["Duinen", "Haven", "Oude Dorp", "Polder", "Zonneveld"]

[face]
title = "Lief & Leedstraat Zonnedorp"
colour = "#00703c"

[contact]
name = "het Lief & Leedteam Zonnedorp"
email = "liefenleed@zonnedorp.example"
phone = "010 765 43 21"

[spelregels]
nl = ["Het potje is voor kleine attenties."]
en = ["The potje is for small kindnesses."]

{parts}

[signup]
reminders = ["P3D"]
expires_after = "P14D"

[renewal]
month = 1
day = 1

[retention]
declined = "P28D"

[bank]
holder = "Stichting Lief en Leed Zonnedorp"
iban = "NL81 INGB 0000 0005 99"

[closing]
streets = "{streets}"
lines = "{lines}"

{funders}

[[budgets]]
year = {year}
euros = 45000

[[budgets]]
year = {year}
line = "starter"
euros = 6000.50
"""


@dataclass(frozen=True)
class Street:
    """One of the 500."""

    name: str
    wijk: str

    @property
    def slug(self) -> str:
        """What it goes by."""
        return street_slug(self.name, None)

    @property
    def email(self) -> str:
        """Its gangmaker's address."""
        return f"{self.slug}@bewoner.example"


def streets() -> list[Street]:
    """All of them, the wijken mixed."""
    names = [tree + kind for kind, tree in itertools.product(KINDS.split(), TREES.split())]
    found = [Street(name, WIJKEN[number * 7 % len(WIJKEN)]) for number, name in enumerate(names)]
    assert len({street.slug for street in found}) == len(found) == STREETS
    return found


def iban_of(number: int) -> str:
    """A Dutch account of nobody, another one for every number."""
    bank = ("ABNA", "INGB", "RABO", "TRIO")[number % 4]
    return str(IBAN.generate("NL", bank_code=bank, account_code=f"{20_000_000 + number * 37:010}").compact)


@dataclass
class Town:
    """The municipality on a running stack."""

    stack: Running
    folder: Path

    @cached_property
    def vault(self) -> Vault:
        """With the stack's own key."""
        return Vault(Keyring.read(self.stack.home / "keys" / "master.key"))

    @cached_property
    def db(self) -> Database:
        """As the application's own role."""
        return Database(f"postgresql://straat_app@127.0.0.1:{self.stack.state['ports']['postgres']}/straat")

    async def straat(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """A command of the command line, on the stack's home."""
        command = [*STRAAT, *words, "--home", str(self.stack.home)]
        return await asyncio.to_thread(
            subprocess.run, command, capture_output=True, env=environment(), check=False
        )

    async def decree(self, *kinds: tuple[str, int], closing: tuple[str, str] = ("keep", "return")) -> None:
        """Apply a policy: how a potje is paid, and where what is left goes."""
        parts = [f'[[potje.parts]]\nkind = "{kind}"\neuros = {euros}' for kind, euros in kinds]
        funders = [f'[[funders]]\nkey = "{key}"\nname = "{name}"' for key, name in FUNDERS.items()]
        text = POLICY.format(
            parts="\n\n".join(parts),
            funders="\n\n".join(funders),
            year=YEAR,
            streets=closing[0],
            lines=closing[1],
        )
        path = self.folder / f"{CITY}.toml"
        path.write_text(text)
        done = await self.straat("municipality", "apply", str(path))
        assert (done.returncode, done.stderr) == (0, b""), done.stderr
        assert done.stdout.startswith(b"Zonnedorp: version ")

    async def settle(self, some: Sequence[Street]) -> dict[str, VaultRef]:
        """The gangmakers of these streets, in the vault, by slug."""
        people: dict[str, VaultRef] = {}
        async with self.db.transaction() as conn:
            for number, street in enumerate(some):
                language = Language.EN if number % 9 == 0 else Language.NL
                person = Person(name=f"Bewoner {street.name}", email=street.email, language=language)
                people[street.slug] = await self.vault.put(conn, CITY, person)
        return people

    async def give_accounts(self, some: Iterable[Street], people: dict[str, VaultRef]) -> None:
        """Accounts in force, as they were given in an earlier year."""
        async with self.db.transaction() as conn:
            for number, street in enumerate(some):
                holder = f"Bewoner Ørsted {number}" if number % 50 == 0 else f"Bewoner {street.name}"
                ref = await self.vault.put(conn, CITY, Account(holder=holder, iban=iban_of(number)))
                given_by = people[street.slug]
                order = PayeeOrder(ref=ref, municipality=CITY, street=street.slug, given_by=given_by)
                await conn.execute(payees.SQL["ask"], ref, CITY, order.street, given_by)
                given = Payee(ref, given_by, PayeeState.ASKED)
                await payees.put_in_force(conn, self.vault, given, None)

    async def begin_year(self, some: Sequence[Street], people: dict[str, VaultRef]) -> None:
        """Have these streets begin their year, each as its workflow does; returns when all have proposed."""
        address = f"127.0.0.1:{self.stack.state['ports']['temporal']}"
        client = await Client.connect(address, data_converter=pydantic_data_converter)
        turns = asyncio.Semaphore(AT_ONCE)

        async def begin(street: Street) -> None:
            state = StreetState(
                municipality=CITY,
                slug=street.slug,
                name=street.name,
                wijk=street.wijk,
                phase=Phase.ACTIVE,
                gangmakers=[people[street.slug]],
                accepted_by=PROPOSER,
                intakes=1,
            )
            async with turns:
                await client.start_workflow(
                    StreetWorkflow.run,
                    StreetStart(state=state),
                    id=state.workflow_id,
                    task_queue=QUEUE,
                    search_attributes=attributes(CITY, Phase.ACTIVE, street.wijk),
                    static_summary=f"{street.name}, {NAME}",
                )

        before = await self.potjes()
        await asyncio.gather(*map(begin, some))
        whole = before.total() + len(some)

        async def proposed() -> int:
            return (await self.potjes()).total()

        await becomes(proposed, whole)

    async def potjes(self) -> Counter[str]:
        """How many potjes stand where."""
        sql = "select status, count(*) as n from registry.potje where municipality = $1 group by status"
        return Counter({row["status"]: row["n"] for row in await self.stack.rows(sql, CITY)})

    async def comes_to(self, **expected: int) -> None:
        """Wait until exactly so many potjes stand where."""
        await becomes(self.potjes, Counter(expected))

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """What the database holds, as its superuser sees it."""
        return list(await self.stack.rows(sql, *values))


async def becomes(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Wait for an answer, as long as it keeps changing: 500 streets take their time on a busy machine."""
    last, since = None, time.monotonic()
    while (found := await ask()) != wanted:
        if found != last:
            last, since = found, time.monotonic()
        assert time.monotonic() - since < PATIENCE, f"wanted {wanted}, found {found}"
        await asyncio.sleep(0.1)
