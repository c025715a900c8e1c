"""A page of streets is asked once, however often it is asked for; and a decision is all of it or nothing."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from activities.context import Tools
from activities.renewals import Renewals
from schemas.facts import LinkOrder, LinkPurpose
from schemas.person import Person
from schemas.policy import Policy, read_policy
from schemas.refs import Slug, VaultRef
from schemas.renewal import (
    Choice,
    LateAnswers,
    RenewalDecision,
    RenewalOrder,
    RenewalOutcome,
    RenewalStatus,
    RoundPage,
)
from schemas.renewal_facts import QuestionStands, RenewalEnd, renewal_fact
from store import links, policies, renewals
from store.database import Database
from store.keys import Keyring
from store.vault import Erased, Vault
from tests.conftest import MUNICIPALITIES, TODAY

CITY, YEAR = "rotterdam", 2026
STREET = """
insert into registry.street (municipality, slug, name, wijk, phase, gangmakers, minimum, revision, since)
values ($1, $2, 'Straat', 'Noord', 'active', $3, 1, 1, '2020-01-01')"""


class Asking:
    """Streets, and the steps that ask them."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.does = Renewals(tools)

    async def street(self, slug: Slug, *names: str) -> list[VaultRef]:
        """An active street with these gangmakers."""
        async with self.tools.db.transaction() as conn:
            people = [
                await self.tools.vault.put(conn, CITY, Person(name=name, email=f"{name}@example.org"))
                for name in names
            ]
            await conn.execute(STREET, CITY, slug, people)
        return people

    async def policy(self, **renewal: object) -> None:
        """The policy with other words about the yearly question."""
        read = next(each for each in map(read_policy, MUNICIPALITIES) if each.slug == CITY)
        changed: Policy = read.model_copy(update={"renewal": read.renewal.model_copy(update=renewal)})
        async with self.tools.db.transaction() as conn:
            await policies.apply(conn, changed, "engine", TODAY)

    async def answers(self, order: RenewalOrder, person: UUID) -> bool:
        """As the page does it."""
        async with self.tools.db.transaction() as conn:
            link = LinkOrder(purpose=LinkPurpose.RENEWAL, workflow_id=order.workflow_id)
            token = links.token_of(self.tools.keyring, link, person)
            return await renewals.answer(conn, token, Choice.GO_ON, None)

    async def count(self, what: str) -> int:
        """How many there are."""
        async with self.tools.db.connection() as conn:
            return int(await conn.fetchval(f"select count(*) from {what}"))


@pytest_asyncio.fixture
async def asking(db: Database, keyring: Keyring) -> Asking:
    """Two streets a page."""
    tools = Tools(
        db, keyring, Vault(keyring), "http://public.test", "http://desk.test", "noreply@straat.example"
    )
    made = Asking(tools)
    await made.policy(at_once=2)
    return made


def page(after: str = "") -> RoundPage:
    return RoundPage(municipality=CITY, year=YEAR, after=after, round="renewal-round-rotterdam")


async def test_a_page_that_is_asked_for_again_is_the_same_and_mails_nobody_twice(asking: Asking) -> None:
    for slug in ("acacia", "berk", "ceder"):
        await asking.street(slug, f"{slug}-een", f"{slug}-twee")
    first = await asking.does.ask_page(page())
    assert [order.street for order in first.orders] == ["acacia", "berk"]
    assert first.more
    assert await asking.count("post.mail where template = 'renewal_ask'") == 4
    again = await asyncio.gather(*(asking.does.ask_page(page()) for _ in range(3)))
    assert again == [first] * 3
    last = await asking.does.ask_page(page("berk"))
    assert ([order.street for order in last.orders], last.more) == (["ceder"], False)
    assert await asking.count("post.mail") == await asking.count("post.link") == 6
    assert await asking.count("registry.fact where name = 'renewal.asked'") == 3


async def test_two_who_ask_the_same_page_ask_it_once(asking: Asking) -> None:
    await asking.street("acacia", "ans")
    await asking.street("berk", "bo")
    found = await asyncio.gather(*(asking.does.ask_page(page()) for _ in range(4)))
    assert [each == found[0] for each in found] == [True] * 4
    assert await asking.count("post.mail") == 2


async def test_a_street_that_was_asked_keeps_its_people_and_its_day(asking: Asking) -> None:
    """Whatever changed before its workflow began: somebody joined, the policy, the street sleeps."""
    people = await asking.street("acacia", "ans", "bo")
    (order,) = (await asking.does.ask_page(page())).orders
    newcomer = (await asking.street("berk", "cees"))[0]
    async with asking.tools.db.transaction() as conn:
        changed = "update registry.street set gangmakers = $1, phase = 'sleeping' where slug = 'acacia'"
        await conn.execute(changed, [newcomer, *people])
    await asking.policy(at_once=2, sleep_after=timedelta(days=90))
    found = await asking.does.ask_page(page())
    assert [each.street for each in found.orders] == ["acacia", "berk"]
    assert (found.orders[0].people, found.orders[0].ends_at) == (people, order.ends_at)
    async with asking.tools.db.transaction() as conn:
        await conn.execute("update registry.renewal set status = 'decided' where street = 'acacia'")
    assert [each.street for each in (await asking.does.ask_page(page())).orders] == ["berk"]


def _end(order: RenewalOrder, silent: list[VaultRef], outcome: RenewalOutcome) -> RenewalEnd:
    stands = QuestionStands(RenewalStatus.DECIDED, 2**62, outcome)
    return RenewalEnd(
        workflow_id=order.workflow_id,
        fact=renewal_fact(order, "decided", stands),
        silent=silent,
        decision=RenewalDecision(year=YEAR, outcome=outcome),
        round=order.round,
    )


async def test_who_answered_at_the_last_moment_stops_all_of_a_decision(asking: Asking) -> None:
    ans, bo = await asking.street("acacia", "ans", "bo")
    (order,) = (await asking.does.ask_page(page())).orders
    assert await asking.answers(order, bo)
    assert await asking.does.decide(_end(order, [ans, bo], RenewalOutcome.SILENT)) == LateAnswers(people=[bo])
    assert await asking.count("post.link where voided_at is not null") == 0
    assert await asking.count("registry.fact where name = 'renewal.decided'") == 0
    assert await asking.count("post.submission where kind like '%decided'") == 0
    for _ in range(2):
        end = _end(order, [ans], RenewalOutcome.GO_ON)
        assert await asking.does.decide(end) == LateAnswers(people=[])
    assert not await asking.answers(order, ans)
    async with asking.tools.db.connection() as conn:
        told = await conn.fetch(
            "select kind, payload ->> 'workflow_id' as whom, payload ->> 'outcome' as what"
            " from post.submission where kind like '%decided' order by kind"
        )
    assert [tuple(row) for row in told] == [
        ("renewal_decided", "street-rotterdam-acacia", "go_on"),
        ("round_decided", "renewal-round-rotterdam", "go_on"),
    ]


async def test_letters_that_are_written_together_go_each_to_their_own_reader(asking: Asking) -> None:
    vault, keyring = asking.tools.vault, asking.tools.keyring
    ans, bo = await asking.street("rozenlaan", "ans", "bo")
    cas, dirk = await asking.street("tulplaan", "cas", "dirk")
    async with asking.tools.db.transaction() as conn:
        await vault.erase(conn, [cas], "asked_for")
    begun = await asking.does.ask_page(page())
    orders = {order.street: order.workflow_id for order in begun.orders}
    mailed = {ans: "rozenlaan", bo: "rozenlaan", dirk: "tulplaan"}
    async with asking.tools.db.connection() as conn:
        mails = await conn.fetch("select id, key, person, sealed from post.mail")
        made = {row["person"]: row["street"] for row in await conn.fetch("select * from post.link")}
        assert made == mailed
        assert {mail["person"] for mail in mails} == set(mailed)
        for mail in mails:
            text = (await vault.open_letter(conn, mail["person"], mail["id"], mail["sealed"])).decode()
            workflow = orders[mailed[mail["person"]]]
            order = LinkOrder(purpose=LinkPurpose.RENEWAL, workflow_id=workflow)
            assert mail["key"].startswith(workflow)
            assert links.token_of(keyring, order, mail["person"]) in text.replace("=\r\n", "")


async def test_who_is_erased_while_a_letter_is_written_is_not_mailed(asking: Asking) -> None:
    [ans] = await asking.street("rozenlaan", "ans")
    vault = asking.tools.vault
    async with asking.tools.db.transaction() as conn:
        read = await vault.read(conn, [ans])
        async with asking.tools.db.transaction() as other:
            await vault.erase(other, [ans], "asked_for")
        sealed = read.seal_letter(ans, ans, b"Beste ans")
        with pytest.raises(Erased):
            await vault.open_letter(conn, ans, ans, sealed)
