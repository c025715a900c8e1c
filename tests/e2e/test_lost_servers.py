"""Each server taken away in the middle of a sign-up: what a receipt was given for comes to its end, once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.resident import Resident, assert_each_mail_once, complete, decide, receipt_of
from tests.e2e.running import Running, until


@pytest_asyncio.fixture
async def resident(stack: Running) -> AsyncIterator[Resident]:
    """Somebody with a browser that says where its forms come from, on a stack in good health."""
    await until(stack.is_well, "the stack is well")
    async with Resident(stack) as somebody:
        somebody.client.headers["Sec-Fetch-Site"] = "same-origin"
        yield somebody


async def asked_once(resident: Resident) -> None:
    """One submission, and one mail that asks to confirm it."""
    await resident.link()
    await resident.stack.at_rest()
    assert len(await resident.stack.mails(resident.email)) == 1
    assert await resident.submissions() == 1


async def test_postgres_away_while_sending(stack: Running, resident: Resident) -> None:
    form = await resident.fill_in()
    async with stack.without("postgres"):
        refused = await resident.send(form)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        assert form in refused.text
        kept = await resident.get(f"{resident.form}/controleer")
        assert resident.street in kept.text
        assert resident.email in kept.text
    assert await resident.submissions() == 0

    receipt = receipt_of(await resident.send(form))
    assert receipt_of(await resident.send(form)) == receipt
    await asked_once(resident)
    await complete(resident)


async def test_postgres_away_while_answering(stack: Running, resident: Resident) -> None:
    await resident.sign_up()
    link = await resident.link()
    async with stack.without("postgres"):
        assert (await resident.post(link, answer="yes")).status_code == 503
    await complete(resident)


@pytest.mark.parametrize("server", ["temporal", "mail"])
async def test_a_server_away_while_sending(stack: Running, resident: Resident, server: str) -> None:
    form = await resident.fill_in()
    async with stack.without(server):
        receipt = receipt_of(await resident.send(form))
        assert receipt_of(await resident.send(form)) == receipt
    await asked_once(resident)
    await complete(resident)


@pytest.mark.parametrize("server", ["temporal", "mail"])
async def test_a_server_away_while_answering(stack: Running, resident: Resident, server: str) -> None:
    await resident.sign_up()
    link = await resident.link()
    async with stack.without(server):
        assert (await resident.post(link, answer="yes")).status_code == 200
    await decide(resident)
    await assert_each_mail_once(resident)


async def test_the_worker_dies_right_after_sending_and_after_the_answer(
    stack: Running, resident: Resident
) -> None:
    await resident.sign_up()
    stack.kill("worker")
    await asked_once(resident)
    await until(stack.is_well, "the worker is back")

    assert (await resident.say("yes")).status_code == 200
    stack.kill("worker")
    await decide(resident)
    await assert_each_mail_once(resident)


async def test_the_web_server_dies_between_two_steps(stack: Running, resident: Resident) -> None:
    form_before = await resident.fill_in()
    stack.kill("web")
    await until(stack.is_well, "web is back")

    changed = await resident.post(
        f"{resident.form}/u", name="Proef Persoon", email=resident.email, phone="0612345678"
    )
    assert changed.url.path == f"{resident.form}/samen"
    check = await resident.get(f"{resident.form}/controleer")
    for kept in (form_before, resident.street, resident.email):
        assert kept in check.text
    receipt_of(await resident.send(form_before))
    await asked_once(resident)
    await complete(resident)
