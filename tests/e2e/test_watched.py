"""A stack that is watched: one thread from form to mail, health that tells the truth, a gentle stop."""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from deploy.local.processes import birth_of
from tests.conftest import free_port
from tests.e2e.collector import Collector, Seen, collecting
from tests.e2e.conftest import fresh_stack
from tests.e2e.resident import Resident, receipt_of
from tests.e2e.running import Running, until

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the traces of this stack go."""
    with collecting(free_port()) as found:
        yield found


@pytest.fixture(scope="module")
def traced(collector: Collector) -> Iterator[Running]:
    """A stack of our own, with traces."""
    os.environ[ENDPOINT] = collector.url
    try:
        yield from fresh_stack(28_200)
    finally:
        del os.environ[ENDPOINT]


@pytest_asyncio.fixture
async def resident(traced: Running) -> AsyncIterator[Resident]:
    """Somebody who signs up."""
    async with Resident(traced) as resident:
        yield resident


def lines(stack: Running, process: str) -> list[dict[str, Any]]:
    """What a process logged."""
    text = (stack.home / "logs" / f"{process}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def logged(stack: Running, process: str, **said: object) -> list[dict[str, Any]]:
    """Those lines that say all of this."""
    return [line for line in lines(stack, process) if line.items() >= said.items()]


async def asked(stack: Running, process: str, page: str) -> tuple[int, dict[str, Any]]:
    """What the door of a process answers."""
    address = f"http://127.0.0.1:{stack.state['ports'][f'{process}_watch']}"
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        try:
            answer = await client.get(address + page)
        except httpx.TransportError:
            return 0, {}
    return answer.status_code, answer.json()


async def becomes(stack: Running, process: str, status: int, **parts: bool) -> dict[str, Any]:
    """Wait until a process says so of itself."""
    told: dict[str, Any] = {}

    async def so() -> bool:
        nonlocal told
        code, told = await asked(stack, process, "/klaar")
        return code == status and told["parts"].items() >= parts.items()

    await until(so, f"{process} says {status} {parts}")
    return told


async def test_one_trace_leads_from_the_form_to_the_mail(
    traced: Running, collector: Collector, resident: Resident
) -> None:
    await resident.sign_up()
    link = await resident.link()
    form = await traced.value(
        "select id::text from post.submission where kind = 'signup' and payload ->> 'street' = $1",
        resident.slug,
    )

    def of_form() -> list[Seen]:
        [trace] = {s.trace for s in collector.spans if s.attributes.get("straat.submission") == form} or {""}
        return [span for span in collector.spans if span.trace == trace]

    request = "POST /{municipality}/aanmelden/controleer"
    # The SDK hangs what a workflow does beside its first run, under its start.
    above = {
        "relay": request,
        "StartWorkflow:SignupWorkflow": "relay",
        "RunWorkflow:SignupWorkflow": "StartWorkflow:SignupWorkflow",
        "StartActivity:ask_confirmation": "StartWorkflow:SignupWorkflow",
        "RunActivity:ask_confirmation": "StartActivity:ask_confirmation",
        "mail": "RunActivity:ask_confirmation",
    }

    async def whole() -> bool:
        return {span.name for span in of_form()} >= {request, *above}

    await until(whole, "every part of the trace")
    spans = {span.name: span for span in of_form()}
    assert {name: span.service for name, span in spans.items() if name in above} == dict.fromkeys(
        above, "straat-worker"
    )
    assert (spans[request].service, spans[request].parent) == ("straat-web", "")
    for lower, upper in above.items():
        assert spans[lower].parent == spans[upper].id, (upper, lower)
    [mail] = await traced.rows(
        "select id::text, workflow_id, trace from post.mail where workflow_id = $1", f"signup-{form}"
    )
    assert spans["mail"].attributes == {"straat.mail": mail["id"]}
    everything = b"".join(collector.raw)
    for secret in (link.rpartition("/")[2].partition("?")[0], resident.email, "Proef Persoon"):
        assert secret.encode() not in everything


async def test_the_log_leads_from_a_receipt_to_the_mail(traced: Running, resident: Resident) -> None:
    receipt = await resident.sign_up()
    await resident.link()
    [taken] = logged(traced, "web", event="taken in", receipt=receipt)
    assert taken["path"] == "/{municipality}/aanmelden/controleer"
    [brought] = logged(traced, "worker", event="brought", submission=taken["submission"])
    workflow = brought["workflow_id"]
    assert workflow == f"signup-{taken['submission']}"
    [step] = logged(traced, "worker", event="activity", workflow_id=workflow)
    assert (step["activity_type"], step["state"], step["attempt"]) == ("ask_confirmation", "done", 1)

    async def sent() -> bool:
        return bool(logged(traced, "worker", event="mail", workflow_id=workflow, state="accepted"))

    await until(sent, "the postman's line")
    [mail] = logged(traced, "worker", event="mail", workflow_id=workflow)
    assert {each["trace"] for each in (taken, brought, step, mail)} == {taken["trace"]}
    assert re.fullmatch("[0-9a-f]{32}", taken["trace"])
    for process in ("web", "worker"):
        text = (traced.home / "logs" / f"{process}.log").read_text()
        assert resident.email not in text


async def test_both_say_what_is_away_and_come_back_by_themselves(traced: Running) -> None:
    await becomes(traced, "worker", 200, database=True, temporal=True, polling=True)
    await becomes(traced, "web", 200, database=True, pages=True)
    pids = {process: traced.pid(process) for process in ("web", "worker")}
    async with traced.without("postgres"):
        await becomes(traced, "worker", 503, database=False, temporal=True)
        # The pages say so themselves, so a web process stays in the row, and tells what it lacks.
        await becomes(traced, "web", 200, database=False, pages=True)
        for process in pids:
            assert await asked(traced, process, "/levend") == (200, {"alive": True, "stuck": []})
        measures = f"http://127.0.0.1:{traced.state['ports']['web_watch']}/metrics"
        async with httpx.AsyncClient(timeout=20) as client:
            text = (await client.get(measures)).text
        assert 'straat_part_up{part="database"} 0.0' in text
        assert "straat_inbox_waiting" not in text
    await becomes(traced, "worker", 200, database=True)
    async with traced.without("temporal"):
        await becomes(traced, "worker", 503, database=True, temporal=False, polling=False)
        assert (await asked(traced, "worker", "/levend"))[0] == 200
    await becomes(traced, "worker", 200, temporal=True, polling=True)
    assert {process: traced.pid(process) for process in pids} == pids


async def test_a_database_of_an_older_release_is_not_ready(traced: Running) -> None:
    [last] = await traced.rows("delete from public.migration where name like '0032%' returning *")
    await becomes(traced, "worker", 503, database=False)
    await traced.rows("insert into public.migration values ($1, $2, $3)", *last.values())
    await becomes(traced, "worker", 200, database=True)


async def test_a_worker_that_stops_ends_its_step_first(traced: Running, resident: Resident) -> None:
    await becomes(traced, "worker", 200)
    pid, birth = traced.pid("worker"), birth_of(traced.pid("worker"))
    conn = await asyncpg.connect(traced.admin_url)
    held = conn.transaction()
    await held.start()
    await conn.execute("lock table registry.signup in access exclusive mode")
    await resident.sign_up()
    waiting = (
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'registry')"
    )

    async def under_way() -> bool:
        return bool(await traced.value(waiting))

    await until(under_way, "the step waits")
    os.kill(pid, signal.SIGTERM)

    async def stopping() -> bool:
        code, told = await asked(traced, "worker", "/klaar")
        return code == 503 and told["stopping"] is True

    await until(stopping, "it says that it stops")
    await held.rollback()
    await conn.close()

    async def gone() -> bool:
        return birth_of(pid) != birth

    await until(gone, "it has stopped")
    await resident.link()
    said = lines(traced, "worker")
    stops = max(number for number, line in enumerate(said) if line["event"] == "stops")
    after = [line for line in said[stops:] if line["event"] == "activity"]
    assert after[0]["state"] == "done"
    assert after[0]["attempt"] == 1
    assert not logged(traced, "worker", event="did not end in time")
    await becomes(traced, "worker", 200)


async def test_a_web_process_that_stops_answers_who_is_being_served(
    traced: Running, resident: Resident
) -> None:
    await until(traced.is_well, "all is well")
    form = await resident.fill_in()
    request = resident.client.build_request("POST", f"{resident.form}/controleer", data={"form": form})
    body = request.read()
    host = traced.urls["public"].removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    headers = [
        f"{name}: {value}" for name, value in request.headers.items() if name not in ("host", "connection")
    ]
    head = "\r\n".join([f"POST {request.url.path} HTTP/1.1", f"Host: {host}", *headers, "", ""])
    writer.write(head.encode() + body[:5])
    await writer.drain()
    await asyncio.sleep(0.3)
    os.kill(traced.pid("web"), signal.SIGTERM)

    async def stopping() -> bool:
        code, told = await asked(traced, "web", "/klaar")
        return code == 503 and told["stopping"] is True

    await until(stopping, "it says that it stops")
    writer.write(body[5:])
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 303"), answer
    assert await resident.submissions() == 1
    await until(traced.is_well, "the web is back")
    assert receipt_of(await resident.send(form))
