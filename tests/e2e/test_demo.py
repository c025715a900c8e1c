"""The demo, and what a whole wijk leaves behind: right books, whole histories, no word about anybody."""

from collections import Counter
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import History
from temporalio.client import Client

from schemas.iban import grouped
from schemas.ledger import AccountKind, Verified, account_code
from schemas.money import cents_from_text
from schemas.refs import street_slug
from store import ledger
from store.database import Database
from tests.e2e.conftest import Demo
from tests.e2e.resident import Staff
from tests.e2e.running import Running, until
from workers.demo.cast import ATTENTIES, LABELS, MUNICIPALITY, STORIES, TALES, WIJK, Ending, Story
from workers.demo.concerns import REPORTER, WORDS
from workers.demo.money import GIFT

pytestmark = pytest.mark.usefixtures("demo")

POTJE_CENTS = {"rotterdam": 150_00, "den-haag": 100_00, "aalsmeer": 100_00}
"""What the example policies give a street."""

SLUGS = {street_slug(story.street, None): story for story in STORIES}
KNOWN = b"rozenlaan"
"""The demo's first street, which may be told: where it is not found, nothing was looked through."""

INTAKES = {
    Ending.CONFIRMED: "open",
    Ending.PLANNED: "planned",
    Ending.WAITING: "waiting",
    Ending.REFERRED: "referred",
    **{ending: "accepted" for ending in Ending if ending > Ending.REFERRED},
}
PHASES = {"accepted": "active", "referred": "ended"}
POTJES = {
    Ending.SHORT: "waiting_for_budget",
    Ending.ACCEPTED: "to_approve",
    Ending.APPROVED: "approved",
    Ending.REFUSED: "approved",
    Ending.SENT_BACK: "approved",
    Ending.PAID: "paid",
    Ending.HANDED: "paid",
}
PROPOSED = sum(story.ending in POTJES for story in STORIES)
PAYMENTS = {Ending.REFUSED: "rejected", Ending.SENT_BACK: "returned", Ending.PAID: "booked"}
FIRST_BATCH = "from money.batch where municipality = $1 and number = 1"
"""That of the demo; other tests made more, of what its bank could not pay."""

OUTCOMES = {"waiting": "street_waiting", "referred": "street_referred", "accepted": "street_accepted"}
GIVER = {"Stichting Buurtfonds"}
"""Of whom the bank says that they sent money: it may be a person."""

LOGS = ("mail", "postgres", "temporal", "web", "worker")


def people(story: Story) -> int:
    """How many sign up together."""
    return len(story.emails)


def letters(story: Story) -> Counter[str]:
    """The mails a story leads to."""
    both, ending = people(story), story.ending
    sent = Counter(confirm_signup=1)
    if ending >= Ending.CONFIRMED:
        sent.update(confirm_second=both - 1, welcome=1, welcome_extra=both - 1)
    if ending >= Ending.PLANNED:
        sent.update(intake_planned=both)
    if outcome := OUTCOMES.get(INTAKES.get(ending, "")):
        sent[outcome] = both
    if ending >= Ending.APPROVED and ending is not Ending.HANDED:
        sent.update(potje_approved=both)
    if ending in PAYMENTS:
        sent.update(door_code=1, account_in_force=both)
    if ending in (Ending.REFUSED, Ending.SENT_BACK):
        sent.update(potje_bounced=both)
    if ending is Ending.HANDED:
        sent.update(potje_handed=both)
    if POTJES.get(ending) == "paid":
        sent.update(potje_paid=both)
    return sent


async def column(stack: Running, sql: str) -> dict[str, str]:
    """What a register says of each street of the demo."""
    rows = await stack.rows(f"{sql} where street = any($1)", list(SLUGS))
    assert len(rows) == len({row["street"] for row in rows}), "a street twice"
    return {row["street"]: row["said"] for row in rows}


async def test_it_tells_how_far_the_streets_came(demo: Demo) -> None:
    counts = Counter(story.ending for story in STORIES)
    assert sum(story.wijk == WIJK for story in STORIES) == 20
    lines = {" ".join(line.split()) for line in demo.said.splitlines()}
    assert {f"{count} {LABELS[ending]}" for ending, count in counts.items()} <= lines


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select street, status as said from registry.signup",
            {slug: "confirmed" if story.ending else "awaiting" for slug, story in SLUGS.items()},
        ),
        (
            "select * from (select slug as street, phase as said from registry.street) s",
            {
                slug: PHASES.get(INTAKES[story.ending], "intake")
                for slug, story in SLUGS.items()
                if story.ending in INTAKES
            },
        ),
        (
            """select * from (select slug as street, cardinality(gangmakers) as said
                              from registry.street) s""",
            {slug: people(story) for slug, story in SLUGS.items() if story.ending},
        ),
        (
            "select street, status as said from registry.intake",
            {slug: INTAKES[story.ending] for slug, story in SLUGS.items() if story.ending in INTAKES},
        ),
        (
            "select street, status as said from registry.potje",
            {slug: POTJES[story.ending] for slug, story in SLUGS.items() if story.ending in POTJES},
        ),
        (
            """select * from (select street, state as said from money.payment
                              where state <> 'cancelled') p""",
            {slug: PAYMENTS[story.ending] for slug, story in SLUGS.items() if story.ending in PAYMENTS},
        ),
        (
            "select street, share as said from registry.story",
            {slug: True for slug, story in SLUGS.items() if story.street in TALES},
        ),
    ],
    ids=["signups", "phases", "gangmakers", "intakes", "potjes", "payments", "stories"],
)
async def test_the_registers_tell_the_stories(stack: Running, sql: str, expected: dict[str, object]) -> None:
    async def so() -> bool:
        return await column(stack, sql) == expected

    await until(so, "the register follows")


async def test_every_mail_was_accepted_and_none_was_sent_twice(stack: Running) -> None:
    await stack.at_rest()
    sql = """select m.template, m.state, count(*) from post.mail m
             where exists (select from post.link l where l.person = m.person and l.street = any($1))
             group by 1, 2"""
    rows = await stack.rows(sql, list(SLUGS))
    expected = sum((letters(story) for story in STORIES), Counter[str]())
    assert {(row["template"], row["state"]): row["count"] for row in rows} == {
        (template, "accepted"): count for template, count in expected.items() if count
    }
    caught = [mail for story in STORIES for email in story.emails for mail in await stack.mails(email)]
    assert len(caught) == expected.total()
    assert len({dict(mail["headers"])["Message-ID"] for mail in caught}) == len(caught)


async def test_one_batch_was_paid_and_one_line_of_the_bank_seeks_a_place(stack: Running) -> None:
    by_bank = sum(story.ending in PAYMENTS for story in STORIES)
    (batch,) = await stack.rows(f"select * {FIRST_BATCH}", MUNICIPALITY)
    assert (batch["state"], batch["payments"]) == ("settled", by_bank)
    assert (batch["frozen_by"], batch["released_by"]) == ("rotterdam:treasurer-1", "rotterdam:treasurer-2")
    (waits,) = await stack.rows("select * from money.suspense where placed_at is null")
    assert (waits["municipality"], waits["cents"]) == (MUNICIPALITY, GIFT)


def given_out(story: Story) -> tuple[int, int]:
    """What reached a street, and what of it was spent on attenties; cents."""
    got = POTJE_CENTS[story.municipality] if POTJES.get(story.ending) == "paid" else 0
    return got, sum(cents_from_text(amount) for _, amount in ATTENTIES.get(story.street, ()))


async def test_the_books_verify(stack: Running) -> None:
    db = Database(f"postgresql://postgres@127.0.0.1:{stack.state['ports']['postgres']}/straat")
    try:
        async with db.connection() as conn:
            years = await conn.fetch("select municipality, fiscal_year from ledger.year")
            assert {"rotterdam", "den-haag", "aalsmeer"} <= {year["municipality"] for year in years}
            for year in years:
                assert isinstance(await ledger.verify(conn, *year), Verified), year
            potjes = await conn.fetch("select municipality, street, year from registry.potje")
            assert len([row for row in potjes if row["street"] in SLUGS]) == PROPOSED
            for potje in potjes:
                if story := SLUGS.get(potje["street"]):
                    code = account_code(
                        AccountKind.STREET, potje["municipality"], potje["year"], potje["street"]
                    )
                    booked = await ledger.balance(conn, code)
                    got, spent = given_out(story)
                    sent_back = POTJE_CENTS[MUNICIPALITY] if story.ending is Ending.SENT_BACK else 0
                    assert (booked.credits_posted, booked.credits_pending) == (got + sent_back, 0), code
                    assert booked.debits_posted == spent + sent_back, code
    finally:
        await db.close()


@pytest_asyncio.fixture(scope="module")
async def histories(stack: Running) -> dict[str, History]:
    """Every history of the stack, payloads as they were sent."""
    client = await Client.connect(stack.urls["temporal"].removeprefix("grpc://"))
    found = {}
    async for execution in client.list_workflows():
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        found[f"{execution.id} {execution.run_id}"] = History(
            events=[event async for event in handle.fetch_history_events()]
        )
    assert len(found) > len(STORIES)
    return found


async def test_no_workflow_failed(stack: Running) -> None:
    client = await Client.connect(stack.urls["temporal"].removeprefix("grpc://"))
    assert (await client.count_workflows('ExecutionStatus="Running"')).count
    failed = [execution.id async for execution in client.list_workflows('ExecutionStatus="Failed"')]
    assert failed == []


def test_no_workflow_task_failed(histories: dict[str, History]) -> None:
    kinds = Counter(event.event_type for history in histories.values() for event in history.events)
    assert kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    assert not kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED]


def canaries() -> set[bytes]:
    """What may be nowhere in the open, in small letters: names, addresses, accounts, and what was told."""
    names = {name for story in STORIES for name in (story.gangmaker, story.second) if name}
    emails = {email for story in STORIES for email in story.emails}
    accounts = {text for story in STORIES for text in (story.holder, story.iban, grouped(story.iban))}
    told = {*TALES.values(), *WORDS, REPORTER}
    return {text.lower().encode() for text in names | emails | accounts | told | GIVER}


def sung_in(content: bytes) -> set[bytes]:
    """The canaries that some bytes hold."""
    small = content.lower()
    return {canary for canary in canaries() if canary in small}


def files(folder: Path, pattern: str) -> dict[str, bytes]:
    """All there is in some files."""
    return {path.name: path.read_bytes() for path in folder.glob(pattern) if path.is_file()}


def test_the_canaries_sing_where_they_may(stack: Running) -> None:
    mails = b"".join(path.read_bytes() for path in (stack.home / "mails").rglob("*") if path.is_file())
    assert {f"{story.email}".encode() for story in STORIES} <= sung_in(mails)


async def test_accounts_and_givers_sing_at_the_treasurer_s_desk(stack: Running) -> None:
    async with Staff(stack, MUNICIPALITY, "treasurer-2") as treasurer:
        batch = f"betalen/{await stack.value(f'select id {FIRST_BATCH}', MUNICIPALITY)}"
        file = await treasurer.press_on(batch, f"{batch}/download")
        line = await stack.value("select transfer from money.suspense where municipality = $1", MUNICIPALITY)
        told = await treasurer.get(f"/{MUNICIPALITY}/afschriften/regels/{line}")
    paid = [story for story in STORIES if story.ending in PAYMENTS]
    owners = {text.lower().encode() for story in paid for text in (story.holder, story.iban)}
    assert owners <= sung_in(file.content)
    assert {giver.lower().encode() for giver in GIVER} <= sung_in(told.content)


def test_no_log_names_anybody(stack: Running) -> None:
    logs = files(stack.home / "logs", "*")
    assert {f"{name}.log" for name in LOGS} <= logs.keys()
    assert b"accepted" in logs["worker.log"]
    assert {name: sung for name, log in logs.items() if (sung := sung_in(log))} == {}
    assert sung_in(stack.said.encode()) == set()


def test_temporal_keeps_nobodys_name(stack: Running) -> None:
    kept = files(stack.home / "temporal", "temporal.db*")
    assert any(KNOWN in content for content in kept.values())
    assert {name: sung for name, content in kept.items() if (sung := sung_in(content))} == {}


def test_no_history_names_anybody(histories: dict[str, History]) -> None:
    exported = {workflow: history.SerializeToString() for workflow, history in histories.items()}
    assert any(KNOWN in content for content in exported.values())
    assert {workflow: sung for workflow, content in exported.items() if (sung := sung_in(content))} == {}


def test_postgres_keeps_names_sealed_only(stack: Running) -> None:
    kept = [path.read_bytes() for path in (stack.home / "postgres").rglob("*") if path.is_file()]
    assert any(KNOWN in content for content in kept)
    assert set().union(*map(sung_in, kept)) == set()
