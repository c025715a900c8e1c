"""What a process says of itself: the pulse, ready and alive, systemd's socket, and what traces let out."""

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from store import origin, watching
from store.database import Database
from workers.loops import to_its_end
from workers.settings import Settings, SettingsError
from workers.watching import systemd, traces
from workers.watching.door import _listen
from workers.watching.exporting import Discreet
from workers.watching.gauges import TOWNS
from workers.watching.health import Health, database
from workers.watching.pulse import Pulse
from workers.watching.requests import Templates


async def yes() -> bool:
    """It is there."""
    return True


def test_a_loop_that_stands_still_is_named_and_one_that_waits_for_its_turn_is_not() -> None:
    pulse = Pulse(still=0)
    pulse.beat("inbox")
    pulse.rest("outbox")
    assert list(pulse.stuck()) == ["inbox"]
    assert list(Pulse(still=60).stuck()) == []
    pulse.beat("outbox")
    assert sorted(pulse.stuck()) == ["inbox", "outbox"]
    pulse.forget("inbox")
    assert list(pulse.stuck()) == ["outbox"]


async def test_ready_asks_every_part_and_never_after_the_word_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.watching.health.FRESH", 0.0)
    there = {"a": True, "b": False}

    async def b() -> bool:
        if not there["b"]:
            raise OSError
        return True

    strict, lenient = Health(Pulse(), {"a": yes, "b": b}), Health(Pulse(), {"a": yes, "b": b}, lenient=True)
    assert [await each.ready() for each in (strict, lenient)] == [False, False]
    assert strict.parts == {"a": True, "b": False}
    there["b"] = True
    assert [await each.ready() for each in (strict, lenient)] == [True, True]
    there["b"] = False
    assert [await each.ready() for each in (strict, lenient)] == [False, True]
    lenient.stop()
    assert await lenient.ready() is False


async def test_a_part_that_hangs_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.watching.health.PATIENCE", 0.05)

    async def hangs() -> bool:
        await asyncio.sleep(60)
        return True

    assert await Health(Pulse(), {"a": hangs}).ready() is False


async def test_a_database_has_to_have_every_migration(db: Database, owner_conn: object) -> None:
    assert await database(db)() is True
    async with db.connection() as conn:
        assert await watching.lacking(conn) == []
    assert await database(Database("postgresql://nobody@127.0.0.1:1/nothing"))() is False


async def test_the_measures_are_those_of_the_query(db: Database) -> None:
    async with db.connection() as conn:
        measured = await watching.measure(conn)
    assert set(measured.towns) == {"rotterdam", "den-haag", "aalsmeer"}
    for values in measured.towns.values():
        assert set(values) == set(TOWNS) | {"ledger_links"}
    assert measured.backup is None


async def test_the_application_reads_of_migrations_only_their_names(db: Database) -> None:
    async with db.connection() as conn:
        readable = "select has_column_privilege('public.migration', $1, 'select')"
        assert await conn.fetchval(readable, "name") is True
        assert await conn.fetchval(readable, "digest") is False


async def test_systemd_hears_that_we_live_as_long_as_it_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", place)
    monkeypatch.setenv("WATCHDOG_USEC", "60000")
    pulse = Pulse(still=3600)
    pulse.beat("inbox")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(place)
        ear.setblocking(False)
        systemd.notify("READY=1")
        task = asyncio.create_task(systemd.keep_awake(Health(pulse, {})))
        loop = asyncio.get_running_loop()
        heard = [await asyncio.wait_for(loop.sock_recv(ear, 100), 20) for _ in range(3)]
        assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        pulse._still = 0.0
        assert list(pulse.stuck()) == ["inbox"]
        with suppress(BlockingIOError):
            while ear.recv(100):
                pass
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.sock_recv(ear, 100), 0.3)
        task.cancel()


def test_nobody_is_told_where_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.notify("READY=1")


def test_traces_let_out_what_is_listed_and_of_errors_the_type() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Discreet(kept)))
    with (
        pytest.raises(ValueError, match="jan"),
        provider.get_tracer("t").start_as_current_span("step") as span,
    ):
        span.set_attributes({"http.route": "/{municipality}", "url.full": "/rotterdam/antwoord/geheim"})
        raise ValueError("jan@example.nl")
    [told] = kept.get_finished_spans()
    assert dict(told.attributes or {}) == {"http.route": "/{municipality}"}
    assert [dict(event.attributes or {}) for event in told.events] == [{"exception.type": "ValueError"}]
    assert "jan" not in told.to_json()


def test_without_a_collector_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in traces.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    with traces.request("public", {"path": "/"}) as span:
        assert span is traces.UNTRACED
        assert origin.traceparent() is None
    with traces.carried("mail", f"00-{'1' * 32}-{'2' * 16}-01"):
        assert origin.traceparent() is None


def test_nothing_of_traces_is_loaded_without_a_collector() -> None:
    words = "import sys, workers.worker, workers.web; print('opentelemetry.sdk' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_whoever_does_not_end_in_time_is_ended() -> None:
    words = (
        "import time; from workers.watching import leaving; leaving.BOUND = 0.1; leaving.bound(); "
        "time.sleep(60)"
    )
    assert subprocess.run([sys.executable, "-c", words], check=False, timeout=50).returncode == 1


def test_a_route_is_told_by_its_template() -> None:
    async def page(request: object) -> PlainTextResponse:
        return PlainTextResponse("")

    app = FastAPI(routes=[Route("/{town}/a", page), Route("/{town}/b/{token}", page)])
    app.mount("/static", files := Starlette())
    templates = Templates(app)
    assert templates.of({"path": "/x/b/geheim", "endpoint": page}) == "/{town}/b/{token}"
    assert templates.of({"path": "/x/a", "endpoint": page}) == "/{town}/a"
    assert templates.of({"path": "/static/geheim", "endpoint": files}) == "/static/*"
    assert templates.of({"path": "/geheim"}) == "none"


async def test_a_step_under_way_ends_before_its_loop_does() -> None:
    ended = False

    async def step() -> None:
        nonlocal ended
        await asyncio.sleep(0.1)
        ended = True

    task = asyncio.create_task(to_its_end(step()))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


def test_a_port_that_is_taken_is_named() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(SettingsError, match="STRAAT_WATCH_PORT"),
    ):
        _listen("127.0.0.1", other.getsockname()[1])


@pytest.mark.parametrize(("name", "wrong"), [("STRAAT_WATCH_PORT", "0"), ("STRAAT_DRAIN_SECONDS", "61")])
def test_settings_say_what_is_wrong(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv(name, wrong)
    with pytest.raises(SettingsError, match=f"{name} is wrong"):
        Settings.read()
