"""Every check is seen to find something: a promise is broken in the real data of a run, and mended again."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from store.database import Database
from store.keys import Keyring
from tests.chaos.auditor import (
    CHECKS,
    STOPS_WITHIN,
    Check,
    Finding,
    agreement,
    deadlines,
    ledger,
    logs,
    mails,
    money,
    once,
    pages,
    receipts,
    returns,
    stories,
    stuck,
    submissions,
    workflows,
)
from tests.chaos.conftest import Aftermath
from tests.chaos.evidence import Evidence, apart, errors_in, of_database
from tests.chaos.histories import of_temporal
from tests.chaos.people import Receipt
from tests.chaos.plan import Fault, Kind
from tests.chaos.storm import Struck

pytestmark = pytest.mark.timeout(600)


@asynccontextmanager
async def broken(aftermath: Aftermath, *statements: str) -> AsyncIterator[Evidence]:
    """What PostgreSQL would hold after these, as its superuser; then it is as it was."""
    house = aftermath.ran.house
    conn = await asyncpg.connect(house.database.admin_url)
    change = conn.transaction()
    await change.start()
    try:
        # What PostgreSQL itself would not let anybody do.
        for table in ("ledger.transfer", "ledger.balance", "post.submission", "post.mail", "registry.potje"):
            await conn.execute(f"alter table {table} disable trigger all")
        for statement in statements:
            assert await conn.execute(statement) != "UPDATE 0", statement
        held = await of_database(conn, Keyring.read(house.home.master_key), aftermath.ran.rested)
        yield replace(aftermath.held, **held)
    finally:
        await change.rollback()
        await conn.close()


def found(check: Check, held: Evidence) -> list[Finding]:
    """What a check finds; the run itself was clean."""
    return list(check(held))


ONE_SIGNUP = "(select id from post.submission where kind = 'signup' order by id limit 1)"


async def test_a_receipt_whose_submission_is_gone(aftermath: Aftermath) -> None:
    async with broken(aftermath, f"delete from post.submission where id = {ONE_SIGNUP}") as held:
        findings = found(receipts, held)
    assert findings
    assert {finding.subject for finding in findings} <= {seen.number for seen in held.receipts}


async def test_a_receipt_of_another_municipality(aftermath: Aftermath) -> None:
    seen = aftermath.held.receipts[0]
    held = replace(aftermath.held, receipts=[Receipt("elders", seen.kind, seen.number)])
    assert [finding.subject for finding in found(receipts, held)] == [seen.number]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("relayed_at = null", "never left the inbox"),
        ("refused = 'malformed'", "was refused: malformed"),
        ("id = gen_random_uuid()", "is not there"),
    ],
)
async def test_a_submission_that_did_not_arrive(aftermath: Aftermath, change: str, told: str) -> None:
    async with broken(aftermath, f"update post.submission set {change} where id = {ONE_SIGNUP}") as held:
        (finding,) = found(submissions, held)
    assert finding.told.endswith(told)


async def test_an_answer_that_found_nobody(aftermath: Aftermath) -> None:
    """Unless its workflow had heard it, and ended by it, before the relay could note that."""
    one = """(select id from post.submission
        where kind = 'answer' and payload ->> 'yes' = 'false' order by id limit 1)"""
    change = f"update post.submission set refused = 'workflow_gone' where id = {one}"
    async with broken(aftermath, change) as held:
        assert found(submissions, held) == []
        deaf = {key: replace(told, heard=set()) for key, told in held.workflows.items()}
        (finding,) = found(submissions, replace(held, workflows=deaf))
    assert finding.told == "was refused: workflow_gone"


async def test_the_registers_say_that_an_ended_potje_is_open(aftermath: Aftermath) -> None:
    change = "update registry.potje set status = 'approved' where status = 'rejected'"
    async with broken(aftermath, change) as held:
        (finding,) = found(workflows, held)
        assert finding.told == "has ended, and the registers say approved"
        assert [each.told for each in found(stories, held)] == ["is approved, where rejected is right"]


async def test_a_no_that_did_not_count(aftermath: Aftermath) -> None:
    """Somebody said no, saw that it was heard, and the registers never knew."""
    change = "update registry.signup set status = 'confirmed' where status = 'withdrawn'"
    async with broken(aftermath, change) as held:
        assert [each.told for each in found(stories, held)] == ["is confirmed, where withdrawn is right"]


ONE_POSTING = """(select id from ledger.transfer
    where kind = 'post' and debit like 'bank:%' and credit like 'street:stormdorp:%' order by seq limit 1)"""
"""The potje of a street, paid by bank."""


@pytest.mark.parametrize("change", ["cents = cents + 1", "actor = 'iemand'", "hash = sha256('x')"])
async def test_a_posting_that_was_changed(aftermath: Aftermath, change: str) -> None:
    async with broken(aftermath, f"update ledger.transfer set {change} where id = {ONE_POSTING}") as held:
        assert found(ledger, held)


async def test_a_balance_that_was_changed(aftermath: Aftermath) -> None:
    change = "update ledger.balance set debits_posted = debits_posted + 1 where account like 'street:%'"
    async with broken(aftermath, change) as held:
        assert found(ledger, held)


async def test_a_posting_that_is_there_twice(aftermath: Aftermath) -> None:
    """Whatever the chain says of it."""
    twice = f"""insert into ledger.transfer
        select t.municipality, t.fiscal_year, t.seq + 100000, gen_random_uuid(), 'single', t.debit, t.credit,
            t.debit_year, t.credit_year, t.cents, null, null, t.reason, t.group_id, t.actor, t.booked_on,
            t.recorded_at, t.hash
        from ledger.transfer t where t.id = {ONE_POSTING}"""
    async with broken(aftermath, twice) as held:
        (finding,) = found(money, held)
        assert "30000 cents booked, where 15000 is right" in finding.told
        assert found(ledger, held)


async def test_a_paid_potje_without_its_posting(aftermath: Aftermath) -> None:
    async with broken(aftermath, f"delete from ledger.transfer where id = {ONE_POSTING}") as held:
        (finding,) = found(money, held)
    assert "with 0 cents booked" in finding.told


@pytest.mark.parametrize("state", ["queued", "unknown", "failed"])
async def test_a_mail_that_did_not_leave(aftermath: Aftermath, state: str) -> None:
    change = f"update post.mail set state = '{state}' where template = 'potje_rejected'"
    async with broken(aftermath, change) as held:
        (finding,) = found(mails, held)
    assert finding.told.startswith(f"is {state} after")


async def test_a_mail_that_only_counts_as_sent(aftermath: Aftermath) -> None:
    letter = aftermath.held.caught[0]
    rest = [each for each in aftermath.held.caught if each.message_id != letter.message_id]
    (finding,) = found(mails, replace(aftermath.held, caught=rest))
    assert finding.told == "counts as sent, and the mail server never took it"


async def test_a_mail_that_the_outbox_does_not_know(aftermath: Aftermath) -> None:
    async with broken(aftermath, "delete from post.mail where template = 'potje_rejected'") as held:
        (finding,) = found(mails, held)
    assert finding.told == "was sent, and the outbox does not know it"


async def test_a_mail_that_came_twice_for_no_reason(aftermath: Aftermath) -> None:
    """A copy in the folder of the catcher, as a second delivery leaves it."""
    held, letters = aftermath.held, aftermath.ran.town.letters
    quiet = replace(held, struck=[])
    sound = next(
        o for o in held.offers if o.heard and sum(x.message_id == o.message_id for x in held.offers) == 1
    )
    letter = next(each for each in held.caught if each.message_id == sound.message_id)
    folder = aftermath.ran.house.home.folder / "mails"
    copy = folder / "99999999999999999999-twice.eml"
    shutil.copyfile(folder / f"{letter.file}.eml", copy)
    try:
        twice = replace(
            quiet, caught=[*held.caught, letters.look()[-1]], offers=[*held.offers, replace(sound)]
        )
        found_twice = [finding for finding in found(once, twice) if finding.subject == letter.message_id]
    finally:
        copy.unlink()
        letters.all.pop(copy.stem)
    assert [finding.told for finding in found_twice] == ["was taken 2 times, and 0 of them had a reason"]


async def test_a_fault_far_away_is_no_reason(aftermath: Aftermath) -> None:
    """Only what may have kept the postman from noting its 250 is."""
    held = aftermath.held
    sound = next(offer for offer in held.offers if offer.heard)
    letter = next(each for each in held.caught if each.message_id == sound.message_id)
    twice = replace(held, caught=[letter, letter], offers=[sound, sound], struck=[])
    assert found(once, twice)
    for target, after, explains in (("worker", 1, True), ("worker", 60, False), ("web", 1, False)):
        began = sound.at + after
        struck = Struck(Fault(0, Kind.KILL, target), began, began + 1)
        assert bool(found(once, replace(twice, struck=[struck]))) is not explains


async def test_a_timer_that_fired_late(aftermath: Aftermath) -> None:
    told = next(each for each in aftermath.held.workflows.values() if each.fired and not each.skipped)
    timer = told.fired[0]
    assert timer.fired
    late = replace(timer, due=timer.fired - timedelta(seconds=60), heeded=None, done=None)
    held = replace(aftermath.held, workflows={told.workflow_id: replace(told, fired=[late])}, struck=[])
    (finding,) = found(deadlines, held)
    assert finding.told.startswith("fired 60.0 s late")
    away = Struck(Fault(0, Kind.AWAY, "temporal"), late.due.timestamp(), timer.fired.timestamp())
    assert found(deadlines, replace(held, struck=[away])) == [], "Temporal was away all that time"
    web = Struck(Fault(0, Kind.AWAY, "web"), late.due.timestamp(), timer.fired.timestamp())
    assert found(deadlines, replace(held, struck=[web])), "the web has nothing to do with it"


@pytest.mark.parametrize("what", ["heeded", "done"])
async def test_a_deadline_that_was_followed_late(aftermath: Aftermath, what: str) -> None:
    """A concern, of which nobody is asked again in time."""
    told = next(e for e in aftermath.held.workflows.values() if e.kind == "EscalationWorkflow" and e.fired)
    timer = next(each for each in told.fired if each.fired and each.done)
    assert timer.fired
    after = {"heeded": None, "done": None} | {what: timer.fired + timedelta(seconds=90)}
    late = replace(timer, due=timer.fired, **after)
    held = replace(aftermath.held, workflows={told.workflow_id: replace(told, fired=[late])}, struck=[])
    (finding,) = found(deadlines, held)
    assert "90.0 s late, with 0.0 s of outages" in finding.told


async def test_a_timer_that_should_have_fired(aftermath: Aftermath) -> None:
    told = next(e for e in aftermath.held.workflows.values() if e.open_timers and not e.skipped)
    overdue = replace(told.open_timers[0], due=told.open_timers[0].started - timedelta(days=1))
    held = replace(
        aftermath.held,
        workflows={told.workflow_id: replace(told, fired=[], open_timers=[overdue])},
        struck=[],
    )
    (finding,) = found(deadlines, held)
    assert finding.told.startswith("should have gone on at")


async def test_what_tries_again_and_again(aftermath: Aftermath) -> None:
    told = next(iter(aftermath.held.workflows.values()))
    for change in ({"task_attempts": 2}, {"activity_attempts": 9}):
        held = replace(aftermath.held, workflows={told.workflow_id: replace(told, **change)})
        (finding,) = found(stuck, held)
        assert finding.subject == told.workflow_id


async def test_pages_logs_and_processes(aftermath: Aftermath) -> None:
    assert found(pages, replace(aftermath.held, failures=["POST /x gave 500"]))
    assert found(stories, replace(aftermath.held, unfinished=["Stormstraat Aa"]))
    assert found(returns, replace(aftermath.held, never_back=["worker after kill worker"]))
    assert found(returns, replace(aftermath.held, stopped_in=[("worker", STOPS_WITHIN + 1)]))
    house = aftermath.ran.house
    log = house.home.logs / "worker.log"
    before = log.read_bytes()
    try:
        log.write_bytes(before + b'{"event": "x", "level": "error"}\nTraceback (most recent call last):\n')
        findings = found(logs, replace(aftermath.held, errors=errors_in(house.home.logs)))
        assert len(findings) == 2 + len(set(aftermath.held.errors))
    finally:
        log.write_bytes(before)


async def test_a_workflow_that_somebody_ended(aftermath: Aftermath) -> None:
    """The last of these tests: what Temporal ended does not come back."""
    house = aftermath.ran.house
    client = await house.temporal()
    streets = (e for e in aftermath.held.workflows.values() if e.kind == "StreetWorkflow")
    street = next(each for each in streets if each.open_timers and not each.children)
    await client.get_workflow_handle(street.workflow_id).terminate("to see whether anybody notices")
    told = await of_temporal(client)
    async with broken(aftermath) as now:
        held = replace(now, workflows=told)
    assert [(each.subject, each.told) for each in found(workflows, held)] == [
        (street.workflow_id, "ended as terminated")
    ]
    db = Database(house.database.app_url)
    try:
        held = replace(held, apart=await apart(db, Keyring.read(house.home.master_key), client))
    finally:
        await db.close()
    assert street.workflow_id in {each.subject for each in found(agreement, held)}


async def test_a_workflow_that_nothing_wakes(aftermath: Aftermath) -> None:
    told = next(e for e in aftermath.held.workflows.values() if e.kind == "StreetWorkflow" and e.open_timers)
    held = replace(aftermath.held, workflows={told.workflow_id: replace(told, open_timers=[], children=0)})
    (finding,) = found(workflows, held)
    assert finding.told.endswith("and nothing wakes it")


def test_every_check_is_broken_here() -> None:
    text = Path(__file__).read_text("utf-8")
    assert {check.__name__ for check in CHECKS} == set(re.findall(r"found\((\w+), ", text))
