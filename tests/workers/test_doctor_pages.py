"""Pages, processes and clocks as the doctor sees them: served for real, with what is wrong about each."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from deploy.local.health import answers
from schemas.policy import read_policy
from schemas.sign_in import Provider, SignIn
from store import policies
from store.database import Database
from tests.conftest import MUNICIPALITIES, TODAY, Urls, free_port
from tests.workers.certificates import contexts
from tests.workers.doctors import NEEDED, Doctor, trusted
from workers.doctor import clock
from workers.doctor.findings import State
from workers.watching.door import door
from workers.watching.gauges import Gauges
from workers.watching.health import Health
from workers.watching.health import database as database_check
from workers.watching.pulse import Pulse
from workers.watching.serving import serve, server

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@asynccontextmanager
async def page(
    status: str = "200 OK", *, ahead: timedelta = timedelta(0), tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A host that gives every page this status, by a clock that is ahead; gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
        writer.write(
            f"HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
def doctor(database: Urls) -> Doctor:
    """With a database, and pages that are nowhere."""
    return Doctor(
        {
            "DATABASE_URL": database.app_url,
            "STRAAT_MASTER_KEY_FILE": "/nowhere",
            "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
            **dict.fromkeys(NEEDED, f"http://127.0.0.1:{free_port()}"),
        }
    )


async def test_hosts_that_are_away_or_unwell_or_well(doctor: Doctor) -> None:
    await doctor.finds("pages", "broken", "the desk at 127.0.0.1 cannot be reached from here")
    async with page() as well, page("503 Service Unavailable") as unwell:
        doctor.env["STRAAT_PUBLIC_URL"] = f"http://127.0.0.1:{unwell}"
        doctor.env["STRAAT_DESK_URL"] = f"http://127.0.0.1:{well}"
        rest = await doctor.finds(
            "pages", "broken", "the public site at 127.0.0.1 says it is unwell (status 503)"
        )
        assert ("good", "the desk at 127.0.0.1 answers, and so does its database") in rest
    doctor.env["STRAAT_PUBLIC_URL"] = "http://straat.invalid"
    await doctor.finds("pages", "broken", "STRAAT_PUBLIC_URL is not https")


async def test_a_certificate_that_is_wrong_or_almost_over(doctor: Doctor, tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path, "localhost")
    async with page(tls=theirs) as port:
        doctor.env["STRAAT_PUBLIC_URL"] = f"https://localhost:{port}"
        await doctor.finds("pages", "broken", "the certificate of the public site at localhost is wrong")
        doctor.env["SSL_CERT_FILE"] = trusted(ours, tmp_path / "root.pem")
        await doctor.finds("pages", "attention", "the certificate of localhost is valid for 0 day(s)")


async def test_a_temporal_ui_and_processes_that_are_away(doctor: Doctor) -> None:
    port = free_port()
    await doctor.finds("pages", "not checked", "the processes themselves: STRAAT_WATCH_PORT is not set here")
    rest = await doctor.finds(
        "pages", "broken", f"nobody tells at 127.0.0.1:{port}", "--watch", f"http://127.0.0.1:{port}"
    )
    assert [told for state, told in rest if state == "attention" and told.startswith("the Temporal UI at")]


@asynccontextmanager
async def watched(db: Database, pulse: Pulse, well: bool) -> AsyncIterator[str]:
    """A worker's own door for who watches, of one that has Temporal or lacks it."""

    async def temporal() -> bool:
        return well

    async def told() -> bytes:
        return b""

    health = Health(pulse, {"database": database_check(db), "temporal": temporal})
    gauges = Gauges("worker", db, health, pulse)
    REGISTRY.register(gauges)
    port = free_port()
    serving = asyncio.create_task(serve(server(door(health, gauges, told), "127.0.0.1", port)))
    try:
        while not await answers(f"http://127.0.0.1:{port}/metrics"):
            await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        REGISTRY.unregister(gauges)


async def test_a_process_that_is_not_ready_or_stuck_or_of_another_release(
    doctor: Doctor, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(db, Pulse(), well=False) as url:
        await doctor.finds("pages", "broken", "is not ready: temporal", "--watch", url)
    stuck = Pulse(still=0)
    stuck.beat("outbox")
    async with watched(db, stuck, well=True) as url:
        await doctor.finds("pages", "broken", "a loop stands still (outbox)", "--watch", url)
    async with watched(db, Pulse(), well=True) as url:
        await doctor.finds("pages", "good", "is ready: version", "--watch", url)
        monkeypatch.setattr("workers.watching.gauges.version", lambda _: "0.0.9")
        await doctor.finds("pages", "attention", "is ready: version 0.0.9", "--watch", url)


async def test_staff_who_cannot_sign_in(doctor: Doctor, db: Database, tmp_path: Path) -> None:
    policy = read_policy(next(path for path in MUNICIPALITIES if path.stem == "rotterdam"))
    ways = SignIn(provider=Provider(issuer="https://login.example/tenant", client_id="straat"))
    async with db.transaction() as conn:
        await policies.apply(conn, policy.model_copy(update={"sign_in": ways}), "engine", TODAY)
    await doctor.finds("pages", "not checked", "STRAAT_SIGN_IN_SECRETS is not set here")
    doctor.env["STRAAT_SIGN_IN_SECRETS"] = str(tmp_path)
    await doctor.finds("pages", "broken", "staff of rotterdam cannot sign in")
    (tmp_path / "rotterdam").write_text("geheim")
    await doctor.finds("pages", "good", "1 municipality(s) sign in by a provider")
    assert "geheim" not in "".join(doctor.said)


async def test_a_clock_that_differs(doctor: Doctor) -> None:
    for ahead, state, words in (
        (timedelta(minutes=5), "broken", "seconds behind the public pages"),
        (-timedelta(seconds=15), "attention", "seconds ahead of the public pages"),
        (timedelta(0), "good", "agree on the time"),
    ):
        async with page(ahead=ahead) as port:
            doctor.env["STRAAT_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
            found = await doctor.ask("clock")
        assert [told for told in found if told[0] == state and "public pages" in told[1] and words in told[1]]
        assert ("good", "this machine and PostgreSQL agree on the time") in found


def test_a_slow_answer_is_no_difference() -> None:
    """Only what the way there and back cannot explain counts."""
    second = timedelta(seconds=1)
    assert clock.apart(NOW, NOW + 9 * second, NOW + 10 * second) == timedelta(0)
    assert clock.apart(NOW, NOW + 13 * second, NOW + 10 * second) == 3 * second
    assert clock.apart(NOW, NOW - 3 * second, NOW + 10 * second) == -3 * second
    judged = [clock.judged("it", each * second).state for each in (-31, -3, 2, 3, 31)]
    assert judged == [State.BROKEN, State.ATTENTION, State.GOOD, State.ATTENTION, State.BROKEN]
