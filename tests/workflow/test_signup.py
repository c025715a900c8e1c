"""Sign-up: asked, reminded, confirmed, withdrawn or lapsed; and what is erased, and when."""

import pytest
from cryptography.exceptions import InvalidTag
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError

from schemas.facts import LinkPurpose
from schemas.refs import signup_id
from schemas.refusals import Refusal
from schemas.signup import MOST_AGAIN, Answer, AskAgain, SignupOrder
from store.vault import Erased
from tests.workflow.town import BO, Town, second_of
from workflows.signup import SignupWorkflow

NOOR = "rotterdam:coordinator-1"


async def _status(town: Town, order: SignupOrder) -> str:
    return str(await town.value("select status from registry.signup where submission = $1", order.submission))


async def _unreadable(town: Town, order: SignupOrder) -> None:
    mails = await town.rows("select id, sealed from post.mail where person = $1", order.gangmaker)
    assert mails
    async with town.db.connection() as conn:
        for mail in mails:
            with pytest.raises((Erased, InvalidTag)):
                await town.vault.open_letter(conn, order.gangmaker, mail["id"], mail["sealed"])


async def test_reminders_come_on_the_days_of_the_policy(town: Town) -> None:
    order = await town.sign_up("den-haag")
    assert [span.days for span in order.reminders] == [2, 6]
    signup = town.signup(order)
    reminded = []
    for _ in range(7):
        await town.later(signup, days=1, minutes=1)
        reminded.append((await town.mails()).count("remind_signup"))
    assert reminded == [0, 1, 1, 1, 1, 2, 2]
    assert await town.confirm(order)
    assert (await signup.result()).joined == 1


@pytest.mark.parametrize("municipality", ["rotterdam", "aalsmeer"])
async def test_silence_until_the_deadline_erases(town: Town, municipality: str) -> None:
    order = await town.sign_up(municipality)
    signup = town.signup(order)
    almost = order.expires_after.total_seconds() - 60
    await town.later(signup, seconds=almost)
    assert not await town.erased(order.gangmaker)
    await town.later(signup, minutes=2)
    assert (await signup.result()).joined == 0
    assert await town.erased(order.gangmaker)
    assert await _status(town, order) == "expired"
    assert not await town.confirm(order)
    assert await town.mails() == ["confirm_signup", "remind_signup", "remind_signup"]
    await _unreadable(town, order)


async def test_an_answer_receipted_just_before_the_end_counts(town: Town) -> None:
    order = await town.sign_up()
    signup = town.signup(order)
    link = signup_id(order.submission)
    assert await town.answers(link, order.gangmaker, LinkPurpose.CONFIRM_SIGNUP)
    await town.later(signup, days=15)
    assert (await signup.describe()).status is WorkflowExecutionStatus.RUNNING
    assert not await town.erased(order.gangmaker)
    await town.relay.work()
    assert (await signup.result()).joined == 1
    assert await _status(town, order) == "confirmed"


async def test_a_late_no_is_a_no(town: Town) -> None:
    order = await town.sign_up()
    await town.answers(signup_id(order.submission), order.gangmaker, LinkPurpose.CONFIRM_SIGNUP, yes=False)
    await town.later(town.signup(order), days=15)
    await town.relay.work()
    assert (await town.signup(order).result()).joined == 0
    assert await town.erased(order.gangmaker)
    assert await _status(town, order) == "withdrawn"


async def test_no_erases_at_once_both_of_them(town: Town) -> None:
    order = await town.sign_up("den-haag", second=BO)
    await town.confirm(order, yes=False)
    assert (await town.signup(order).result()).joined == 0
    assert await town.erased(order.gangmaker)
    assert await town.erased(second_of(order))
    assert await town.mails() == ["confirm_signup"]
    assert await town.value("select count(*) from registry.street") == 0
    await _unreadable(town, order)


async def test_confirming_twice_changes_nothing(town: Town) -> None:
    order = await town.sign_up("den-haag", second=BO)
    assert await town.confirm(order)
    assert not await town.confirm(order)
    signup = town.signup(order)
    await signup.signal("answer", Answer(person=order.gangmaker, yes=False))
    await town.second_confirms(order)
    assert (await signup.result()).joined == 2
    assert await town.facts(order, "street.") == ["street.joined", "street.joined"]


async def test_the_second_is_asked_after_the_first_confirmed(town: Town) -> None:
    order = await town.sign_up("den-haag", second=BO)
    second = second_of(order)
    await town.later(town.signup(order), days=3)
    assert await town.mails(second) == []
    await town.confirm(order)
    await town.mailed(second, "confirm_second")
    assert await town.value("select gangmakers from registry.street") == [order.gangmaker]
    await town.second_confirms(order)
    assert (await town.signup(order).result()).joined == 2
    assert await town.value("select gangmakers from registry.street") == [order.gangmaker, second]
    assert await town.mails(second) == ["confirm_second", "welcome_extra"]
    assert await _status(town, order) == "confirmed"


async def test_a_second_who_says_no_is_erased_and_the_street_goes_on(town: Town) -> None:
    order = await town.sign_up("den-haag", second=BO)
    await town.confirm(order)
    await town.second_confirms(order, yes=False)
    assert (await town.signup(order).result()).joined == 1
    assert await town.erased(second_of(order))
    assert not await town.erased(order.gangmaker)
    assert await _status(town, order) == "confirmed"
    assert await town.value("select gangmakers from registry.street") == [order.gangmaker]


async def test_a_second_who_never_answers_is_erased_and_the_street_goes_on(town: Town) -> None:
    order = await town.sign_up("den-haag", second=BO)
    await town.confirm(order)
    second = second_of(order)
    await town.mailed(second, "confirm_second")
    await town.later(town.signup(order), days=14, minutes=1)
    assert (await town.signup(order).result()).joined == 1
    assert await town.mails(second) == ["confirm_second", "remind_second", "remind_second"]
    assert await town.erased(second)
    assert not await town.erased(order.gangmaker)
    assert not await town.answers(signup_id(order.submission), second, LinkPurpose.CONFIRM_SECOND)
    assert await _status(town, order) == "confirmed"


async def test_a_submission_relayed_twice_starts_one_workflow(town: Town) -> None:
    order = await town.sign_up()
    again = "update post.submission set relayed_at = null where id = $1"
    await town.value(again, order.submission)
    await town.relay.work()
    await town.confirm(order)
    await town.signup(order).result()
    await town.value(again, order.submission)
    await town.relay.work()
    assert await town.value(
        "select relayed_at is not null and refused is null from post.submission where id = $1",
        order.submission,
    )
    runs = await town.client.count_workflows(f'WorkflowId="{signup_id(order.submission)}"')
    assert runs.count == 1
    assert await town.mails() == ["confirm_signup", "welcome"]


async def test_the_question_is_asked_again_on_request_with_the_same_link(town: Town) -> None:
    order = await town.sign_up()
    signup = town.signup(order)
    for number in range(MOST_AGAIN):
        await signup.execute_update(SignupWorkflow.ask_again, AskAgain(by=NOOR))
        assert (await town.mails()).count("remind_signup") == number + 1
    with pytest.raises(WorkflowUpdateFailedError) as enough:
        await signup.execute_update(SignupWorkflow.ask_again, AskAgain(by=NOOR))
    assert enough.value.cause.type == Refusal.ASKED_ENOUGH
    actors = await town.rows("select actor from registry.fact where name like 'signup.confirm_signup-%'")
    assert [row["actor"] for row in actors] == [NOOR] * MOST_AGAIN
    assert await town.value("select count(*) from post.link where person = $1", order.gangmaker) == 1
    # The reminders of the policy still come, and the first mail's link still says yes.
    await town.later(signup, days=3, minutes=1)
    assert (await town.mails()).count("remind_signup") == MOST_AGAIN + 1
    assert await town.confirm(order)
    assert (await signup.result()).joined == 1
