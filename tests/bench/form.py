"""A form that is sent: how soon it is answered, and how soon its workflow has begun.

Beside each, at the same pace and in turns, the commit of the same rows by itself, and that commit with a bare
start after it. At the end Temporal is stopped: forms are answered all the same.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles
from time import perf_counter, time
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deploy.local.mail import Catcher
from deploy.local.postgres import Postgres
from deploy.local.straat import StraatProcess
from deploy.local.temporal import Temporal
from forms.public.sending import Incoming, take_in
from schemas.policy import Policy
from schemas.refs import Language, signup_id
from schemas.signup import SignupForm
from store import policies
from tests.bench import bare
from tests.bench.engine import bounded, connected, folder, master_key, until
from tests.bench.ground import CITY, Ground, opened
from tests.bench.row import Row, at_most
from tests.bench.worker import bare_worker
from tests.conftest import free_port

EACH_ITS_OWN = httpx.Limits(max_keepalive_connections=0)
"""A connection a request, as of people who take their time."""
PACE = 20
"""Forms a second."""
FORM = {"content-type": "application/x-www-form-urlencoded"}
FORM_ID = re.compile(r'name="form" value="([0-9a-f-]{36})"')
ANSWERS = {"street": "Proeflaan", "part": "", "wijk": "Noord", "name": "Proef Persoon", "phone": ""}


@dataclass
class Visitor:
    """Somebody who filled in all of the form, and has only to press the button."""

    browser: httpx.AsyncClient
    form: UUID

    async def press(self) -> float:
        """The button; milliseconds until the answer."""
        begun = perf_counter()
        answer = await self.browser.post(
            f"/{CITY}/aanmelden/controleer", content=urlencode({"form": str(self.form)}), headers=FORM
        )
        assert answer.status_code == 303, answer.status_code
        assert "bon" in answer.headers["location"] or "ontvangen" in answer.headers["location"]
        return (perf_counter() - begun) * 1000


@dataclass
class Times:
    """Milliseconds, one for each."""

    answered: list[float] = field(default_factory=list)
    committed: list[float] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)
    committed_then: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class House:
    """What a bench needs of a stack."""

    made: Ground
    web: str
    temporal: Temporal
    policy: Policy
    postgres: Postgres
    worker: StraatProcess


def percentile(times: list[float], part: int) -> float:
    """Of a hundred, so many were no slower."""
    return quantiles(times, n=100, method="inclusive")[part - 1] if len(times) > 1 else times[0]


async def form(forms: int, rounds: int = 1) -> list[Row]:
    """So many forms a round, and half as many without Temporal."""
    async with AsyncExitStack() as stack:
        there = await house(stack)
        made, web, temporal, policy = there.made, there.web, there.temporal, there.policy
        client = await connected(temporal.address)
        await stack.enter_async_context(bare_worker(client))
        times = Times()
        for number in range(rounds):
            visitors = await _visitors(stack, web, forms, number)
            await _in_turns(made, client, policy, visitors, times)
        visitors = await _visitors(stack, web, max(2, forms // 2), rounds)
        await temporal.stop()
        await paced([partial(_both_then, made, policy, visitor, times) for visitor in visitors])
    return _rows(times)


async def house(stack: AsyncExitStack) -> House:
    """PostgreSQL, Temporal, a mail catcher, worker and web, as the local stack starts them."""
    enter = stack.enter_async_context
    place = await enter(folder())
    postgres = await enter(Postgres(place, free_port()))
    temporal = await enter(Temporal(place, free_port()))
    mail = await enter(Catcher(place, free_port(), free_port()))
    made = await enter(opened(postgres.admin_url, postgres.app_url))
    public, desk = free_port(), free_port()
    env = _environment(place, postgres.app_url, temporal.address, mail.smtp_url, public, desk)
    worker = await enter(StraatProcess("worker", place, env))
    await enter(StraatProcess("web", place, env, [f"http://127.0.0.1:{public}/gezond"]))
    async with made.db.connection() as conn:
        found = await policies.current(conn, CITY)
    assert found
    return House(made, f"http://127.0.0.1:{public}", temporal, found[0], postgres, worker)


def _environment(
    place: Path, database: str, temporal: str, smtp: str, public: int, desk: int
) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return kept | {
        "DATABASE_URL": database,
        "TEMPORAL_ADDRESS": temporal,
        "SMTP_URL": smtp,
        "STRAAT_MASTER_KEY_FILE": str(master_key(place)),
        "STRAAT_PUBLIC_URL": f"http://127.0.0.1:{public}",
        "STRAAT_DESK_URL": f"http://127.0.0.1:{desk}",
        "STRAAT_TEMPORAL_UI_URL": "http://127.0.0.1:1",
        "STRAAT_LOCAL_SIGN_IN": "1",
        "STRAAT_TRUSTED_PROXIES": "127.0.0.1",
        "STRAAT_PUBLIC_PORT": str(public),
        "STRAAT_DESK_PORT": str(desk),
    }


async def _visitors(stack: AsyncExitStack, web: str, count: int, number: int) -> list[Visitor]:
    """Each at an address of their own, so that nobody is one of many."""

    async def one(each: int) -> Visitor:
        said = {"x-forwarded-for": f"10.{number}.{each // 250}.{each % 250 + 1}"}
        browser = await stack.enter_async_context(
            httpx.AsyncClient(base_url=web, headers=said, timeout=60, limits=EACH_ITS_OWN)
        )
        steps = {
            "straat": {
                "street": f"Proeflaan {_letters(each)}{_letters(number)}",
                "part": "",
                "wijk": "Noord",
            },
            "u": {"name": "Proef Persoon", "email": f"proef-{number}-{each}@example.org", "phone": ""},
            "samen": {"together": "not_yet"},
        }
        for step, typed in steps.items():
            content = urlencode(typed)
            await browser.post(f"/{CITY}/aanmelden/{step}", content=content, headers=FORM)
        found = FORM_ID.search((await browser.get(f"/{CITY}/aanmelden/controleer")).text)
        assert found
        return Visitor(browser, UUID(found[1]))

    return await bounded([partial(one, each) for each in range(count)], at_once=8)


def _letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


async def _in_turns(
    made: Ground, client: Client, policy: Policy, visitors: list[Visitor], times: Times
) -> None:
    """At the pace: a form, and between two forms a commit with a bare start."""
    sent: dict[str, float] = {}

    async def both(visitor: Visitor) -> None:
        sent[signup_id(visitor.form)] = time()
        times.answered.append(await visitor.press())
        times.committed.append(await _commit(made, policy))

    async def bare_one() -> None:
        began, name = time(), f"bare-{uuid4()}"
        await _commit(made, policy)
        await bare.start_idle(client, name)
        times.started.append((await _start_of(client, name) - began) * 1000)

    await asyncio.gather(
        paced([partial(both, visitor) for visitor in visitors]),
        paced([bare_one for _ in visitors], late=0.5 / PACE),
    )
    for name, at in sent.items():
        times.begun.append((await _start_of(client, name) - at) * 1000)


async def _both_then(made: Ground, policy: Policy, visitor: Visitor, times: Times) -> None:
    times.without.append(await visitor.press())
    times.committed_then.append(await _commit(made, policy))


async def paced(work: list[Callable[[], Awaitable[None]]], *, late: float = 0.0) -> None:
    """Each at its own moment, whether or not those before it are done."""
    begun = perf_counter() + late

    async def one(number: int, do: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(max(0.0, begun + number / PACE - perf_counter()))
        await do()

    await asyncio.gather(*(one(number, do) for number, do in enumerate(work)))


async def _commit(made: Ground, policy: Policy) -> float:
    """The rows of a form, in one transaction, and nothing else; milliseconds."""
    said = SignupForm.model_validate(
        {
            **ANSWERS,
            "email": "proef@example.org",
            "together": "not_yet",
            "second_name": "",
            "second_email": "",
        }
    )
    incoming, begun = Incoming(uuid4(), said, Language.NL), perf_counter()
    async with made.db.transaction() as conn:
        await take_in(conn, made.vault, policy, incoming)
        # The relay has nothing to do with it: it is the commit alone.
        await conn.execute("update post.submission set relayed_at = now() where id = $1", incoming.id)
    return (perf_counter() - begun) * 1000


async def _start_of(client: Client, name: str) -> float:
    """When a workflow began, as Temporal's own clock has it; it is waited for."""
    found: list[float] = []

    async def there() -> bool:
        try:
            told = await client.get_workflow_handle(name).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        found.append(told.start_time.timestamp())
        return True

    await until(there)
    return found[0]


def _rows(times: Times) -> list[Row]:
    pairs = (
        (f"form to started workflow, {PACE} a second", times.begun, times.started, 2.0, START),
        ("form answered", times.answered, times.committed, 5.0, COMMIT),
        ("form answered while Temporal is stopped", times.without, times.committed_then, 5.0, COMMIT),
    )
    rows = []
    for what, ours, theirs, most, beside in pairs:
        for part in (50, 99):
            target = at_most(most) if part == 99 else None
            one, other = percentile(ours, part), percentile(theirs, part)
            rows.append(Row(f"{what}: p{part}", one, "ms", beside, other, None, target))
    return rows


START = "the commit of the same rows, and a bare start"
COMMIT = "the commit of the same rows"
