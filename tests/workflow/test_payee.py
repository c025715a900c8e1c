"""An account for a street: the first counts at once, another one is asked about and waits a day."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.exceptions import ApplicationError

from schemas.facts import LinkPurpose
from schemas.payee import Ending, PayeeAct
from schemas.payment import payee_id
from schemas.person import Person
from schemas.refusals import Refusal
from store import payees, payments
from tests.store.payout_rows import CITY, TREASURER, account, order, version
from tests.workflow.payee_street import STREET, street_of
from tests.workflow.town import ANS, BO, Town
from workflows.engine import DUE
from workflows.payee import PayeeWorkflow

CEES = Person(name="Cees Smit", email="cees@example.org")


async def test_the_first_account_counts_at_once(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, bo)
    assert await street.ending(first) is Ending.IN_FORCE
    assert await street.paid_on() == first.ref
    assert [await street.mails(person) for person in (ans, bo)] == [["in_force"]] * 2
    assert await town.phase(street.handle(first)) == "payee_in_force"
    (row,) = await town.rows("select name, actor from registry.fact where subject = $1", STREET)
    assert tuple(row) == ("account.in_force", f"gangmaker:{bo}")
    history = (await street.handle(first).fetch_history()).to_json()
    assert account(1).iban not in history


async def test_a_change_needs_a_yes_and_a_day(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    second, change = await street.changes(2, bo)
    assert [await street.mails(ans), await street.mails(bo)] == [
        ["in_force", "confirm"],
        ["in_force", "changed"],
    ]
    assert "wacht op een ja uit de straat" in await town.details(change)
    now = await town.skipper.get_current_time(change)
    assert 13 <= ((await change.describe()).typed_search_attributes[DUE] - now).days <= 14
    assert not await street.says(second, bo, yes=True)
    assert await street.says(second, ans, yes=True)
    await town.until_phase(change, "payee_confirmed")
    await town.later(change, hours=23)
    assert await street.paid_on() == first.ref
    await town.later(change, hours=2)
    assert await street.ending(second) is Ending.IN_FORCE
    assert await street.paid_on() == second.ref
    assert await town.erased(first.ref)
    assert [(await street.mails(person))[-1] for person in (ans, bo)] == ["in_force"] * 2
    assert await street.facts() == [
        "account.in_force",
        "account.asked",
        "account.confirmed",
        "account.in_force",
    ]


async def test_an_account_that_a_bank_closed_counts_once_it_is_given_again(town: Town) -> None:
    street, ans = await street_of(town, ANS)
    first = await street.gives(1, ans)
    await street.ending(first)
    refused, again = order(), order()
    for asked, payments_held in ((refused, 1), (again, 0)):
        async with town.db.transaction() as conn:
            assert (await payments.freeze(conn, asked, await version(conn))).payments == payments_held
            await conn.execute(
                "update money.payment set state = 'rejected', code = 'AC04', resolved_at = now()"
            )
    same = await street.gives(1, ans)
    assert await street.ending(same) is Ending.IN_FORCE
    assert await street.paid_on() == same.ref
    async with town.db.connection() as conn:
        (row,) = await payments.ready(conn, CITY, again.year)
        (failed,) = await payments.failed(conn, CITY)
    assert (row["has_account"], failed["new_account"]) == (True, True)
    assert await street.ending(await street.gives(1, ans)) is Ending.SAME


async def test_until_then_batches_pay_on_the_old_one(town: Town) -> None:
    street, ans = await street_of(town, ANS)
    first = await street.gives(1, ans)
    await street.ending(first)
    second, change = await street.changes(2, ans)
    await street.says(second, ans, yes=True)
    await town.until_phase(change, "payee_confirmed")
    async with town.db.transaction() as conn:
        asked = order()
        assert (await payments.freeze(conn, asked, await version(conn))).payments == 1
        (row,) = await payments.payments_of(conn, asked.batch)
    assert row["payee"] == first.ref
    await town.later(change, days=1, minutes=1)
    assert await street.ending(second) is Ending.IN_FORCE
    assert not await town.erased(first.ref)


async def test_a_no_keeps_the_old_one(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    second, _ = await street.changes(2, bo)
    await street.says(second, ans, yes=False)
    assert await street.ending(second) is Ending.KEPT
    assert await street.paid_on() == first.ref
    assert await town.erased(second.ref)
    assert not await town.erased(first.ref)
    assert [(await street.mails(person))[-1] for person in (ans, bo)] == ["kept"] * 2
    (row,) = await town.rows("select actor from registry.fact where name = 'account.kept'")
    assert row["actor"] == f"gangmaker:{ans}"


async def test_silence_keeps_the_old_one(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    second, change = await street.changes(2, bo)
    await town.later(change, days=6, hours=23)
    assert (await street.mails(ans)).count("confirm") == 1
    await town.later(change, hours=2)
    await town.mailed(ans, "account_confirm", 2)
    await town.later(change, days=6, hours=22)
    assert await town.phase(change) == "payee_asked"
    await town.later(change, hours=2)
    assert await street.ending(second) is Ending.KEPT
    assert await town.erased(second.ref)
    assert not await street.says(second, ans, yes=True)
    assert await street.paid_on() == first.ref
    assert (await street.mails(ans)).count("confirm") == 2


async def test_an_answer_at_the_last_moment_counts(town: Town) -> None:
    """It is receipted, and its signal is under way when time is up."""
    street, ans, bo = await street_of(town, ANS, BO)
    await street.ending(await street.gives(1, ans))
    second, change = await street.changes(2, bo)
    await town.answers(payee_id(second.ref), ans, LinkPurpose.CONFIRM_ACCOUNT, yes=True)
    await town.later(change, days=15)
    assert not await town.erased(second.ref)
    await town.relay.work()
    await town.until_phase(change, "payee_confirmed")
    await town.later(change, days=1, minutes=1)
    assert await street.ending(second) is Ending.IN_FORCE


async def test_the_same_account_again_is_nothing(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    again = await street.gives(1, bo)
    assert await street.ending(again) is Ending.SAME
    assert await town.erased(again.ref)
    assert await street.paid_on() == first.ref
    assert [await street.mails(person) for person in (ans, bo)] == [["in_force"]] * 2


async def test_the_same_change_twice_is_asked_once(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    await street.ending(await street.gives(1, ans))
    second, change = await street.changes(2, bo)
    again = await street.gives(2, bo)
    assert await street.ending(again) is Ending.SAME
    assert await town.erased(again.ref)
    assert await town.phase(change) == "payee_asked"
    assert not await town.erased(second.ref)
    assert (await street.mails(ans)).count("confirm") == 1


async def test_another_name_at_the_same_iban_counts_at_once(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    better = await street.gives(1, bo, holder="Gangmakers van het Anjerhof")
    assert await street.ending(better) is Ending.IN_FORCE
    assert await street.paid_on() == better.ref
    assert await town.erased(first.ref)
    assert await street.mails(ans) == ["in_force", "in_force"]


async def test_a_newer_change_takes_the_place_of_an_older(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    second, _ = await street.changes(2, bo)
    third, newer = await street.changes(3, bo)
    assert await street.ending(second) is Ending.REPLACED
    assert await town.erased(second.ref)
    assert not await street.says(second, ans, yes=True)
    assert await street.says(third, ans, yes=True)
    await town.until_phase(newer, "payee_confirmed")
    fourth, newest = await street.changes(2, ans)
    assert await street.ending(third) is Ending.REPLACED
    assert await street.says(fourth, ans, yes=True)
    await town.until_phase(newest, "payee_confirmed")
    await town.later(newest, days=1, minutes=1)
    assert await street.ending(fourth) is Ending.IN_FORCE
    assert await street.paid_on() == fourth.ref
    states = await town.rows("select state from money.payee order by given_at")
    assert [row["state"] for row in states] == ["replaced", "refused", "refused", "in_force"]


async def test_giving_the_old_account_again_takes_a_change_back(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    second, _ = await street.changes(2, bo)
    back = await street.gives(1, ans)
    assert await street.ending(back) is Ending.SAME
    assert await street.ending(second) is Ending.REPLACED
    assert await street.paid_on() == first.ref
    assert [(await street.mails(person))[-1] for person in (ans, bo)] == ["kept"] * 2


@pytest.mark.parametrize("after_yes", [False, True])
async def test_somebody_calls_and_the_desk_stops_it(town: Town, *, after_yes: bool) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    first = await street.gives(1, ans)
    await street.ending(first)
    second, change = await street.changes(2, bo)
    if after_yes:
        await street.says(second, ans, yes=True)
        await town.until_phase(change, "payee_confirmed")
    _ = await change.execute_update(PayeeWorkflow.stop, PayeeAct(by=TREASURER))
    assert await street.ending(second) is Ending.KEPT
    assert await street.paid_on() == first.ref
    assert await town.erased(second.ref)
    (row,) = await town.rows("select actor from registry.fact where name = 'account.kept'")
    assert row["actor"] == TREASURER


async def test_what_is_in_force_cannot_be_stopped(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    await street.ending(await street.gives(1, ans))
    second, change = await street.changes(2, bo)
    await street.says(second, ans, yes=True)
    await town.until_phase(change, "payee_confirmed")
    async with town.db.transaction() as conn:
        await payees.of_street(conn, CITY, STREET)
        waiting = asyncio.create_task(town.later(change, days=1, minutes=1))
        await town.until(
            "select exists (select from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database())"
        )
        stopping = await change.start_update(
            PayeeWorkflow.stop,
            PayeeAct(by=TREASURER),
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        )
    await waiting
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stopping.result()
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == Refusal.ACCOUNT_DECIDED
    assert await street.ending(second) is Ending.IN_FORCE


async def test_who_gave_the_old_one_has_left(town: Town) -> None:
    """Any other gangmaker may say yes, but not who gave the new one."""
    street, ans, bo, cees = await street_of(town, ANS, BO, CEES)
    await street.ending(await street.gives(1, ans))
    await street.leaves(ans)
    second, change = await street.changes(2, bo)
    assert [(await street.mails(person))[-1] for person in (bo, cees)] == ["changed", "confirm"]
    assert (await street.mails(ans)) == ["in_force"]
    await street.says(second, cees, yes=True)
    await town.until_phase(change, "payee_confirmed")


async def test_alone_one_confirms_it_oneself(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    await street.ending(await street.gives(1, ans))
    await street.leaves(ans)
    second, change = await street.changes(2, bo)
    assert await street.says(second, bo, yes=True)
    await town.until_phase(change, "payee_confirmed")


async def test_the_first_of_two_answers_counts(town: Town) -> None:
    street, ans, bo, cees = await street_of(town, ANS, BO, CEES)
    dirk = await town.keep(Person(name="Dirk Mol", email="dirk@example.org"))
    await street.ending(await street.gives(1, ans))
    await street.leaves(ans)
    async with town.db.transaction() as conn:
        await conn.execute("update registry.street set gangmakers = gangmakers || $1::uuid", dirk)
    second, change = await street.changes(2, bo)
    await street.says(second, cees, yes=True)
    await town.until_phase(change, "payee_confirmed")
    assert not await street.says(second, dirk, yes=False)


async def test_who_is_no_gangmaker_changes_nothing(town: Town) -> None:
    street, ans, bo = await street_of(town, ANS, BO)
    await street.leaves(bo)
    given = await street.gives(1, bo)
    assert await street.ending(given) is Ending.REPLACED
    assert await town.erased(given.ref)
    assert await street.paid_on() is None
    assert await street.mails(ans) == []


async def test_two_first_accounts_at_the_same_moment(town: Town) -> None:
    """One is the first; the other is a change, or came too late."""
    street, ans, bo = await street_of(town, ANS, BO)
    given = [await street.gives(1, ans), await street.gives(2, bo)]
    await town.until("select exists (select from money.payee where state = 'in_force')")
    for each in given:
        await town.at_rest(street.handle(each))
    states = await town.rows("select state from money.payee order by given_at")
    assert [row["state"] for row in states] in (["in_force", "asked"], ["refused", "in_force"])
