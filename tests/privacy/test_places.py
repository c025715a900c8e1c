"""After all that can happen, nothing personal is anywhere but in the vault and in its reader's mail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage

import pytest

from tests.privacy.canaries import ALL, PLANTED, STEM, value
from tests.privacy.conftest import Played
from tests.privacy.places import PLACES, SHALLOW, Ground
from tests.privacy.sought import Hit, search

pytestmark = pytest.mark.timeout(600)

FEWEST = {
    "histories": 500,
    "temporal database": 300,
    "logs": 8,
    "metrics": 1,
    "addresses": 200,
    "temporal ui": 30,
    "database": 50,
    "database files": 800,
    "backup": 4,
    "mails": 200,
    "given to others": 15,
}
"""What has to be there at least: a place where nothing is cannot be clean."""


async def hits(ground: Ground, place: str) -> tuple[list[Hit], int]:
    """Every canary in a place, and how much there was to read."""
    found: list[Hit] = []
    read = 0
    async for where, content in PLACES[place](ground):
        read += 1
        found += search(where, content, deep=place not in SHALLOW)
    return found, read


async def test_everything_was_sealed_and_read_by_whom_it_is_for(played: Played) -> None:
    """What is searched for was there: every kind of it is sealed, and mails have their reader's name."""
    assert played.ground.watched.statuses
    stack = played.ground.stack
    kinds = await stack.rows("select kind, count(*) as n from vault.item group by kind")
    assert {row["kind"] for row in kinds} == {
        *("person", "place", "account", "story", "concern", "document", "staff")
    }
    assert value("ans.name") in (await stack.mails(value("ans.email")))[0]["text"]
    print(f"played in {played.seconds:.0f} s")  # noqa: T201


@pytest.mark.parametrize("place", list(PLACES))
async def test_nothing_personal_is_in(place: str, played: Played) -> None:
    found, read = await hits(played.ground, place)
    assert found == []
    assert read >= FEWEST[place]
    print(f"{place}: {read} read")  # noqa: T201


async def test_every_level_was_logged(played: Played) -> None:
    logs = played.ground.stack.home / "logs"
    for name, levels in (("web", {"debug", "info"}), ("worker", {"debug", "info", "warning"})):
        text = (logs / f"{name}.log").read_text()
        assert levels <= {each for each in levels if f'"level": "{each}"' in text}, name
    assert "violates check constraint" in (logs / "postgres.log").read_text()


@asynccontextmanager
async def in_a_workflow(ground: Ground) -> AsyncIterator[Ground]:
    """As an argument and in the memo of a workflow that nobody runs."""
    handle = await ground.client.start_workflow(
        "Nobody", {"name": PLANTED.value}, id="planted", task_queue="nobody", memo={"name": PLANTED.value}
    )
    yield ground
    await handle.terminate()


@asynccontextmanager
async def in_a_log(ground: Ground) -> AsyncIterator[Ground]:
    path = ground.stack.home / "logs" / "planted.log"
    path.write_text(f'{{"event": "hello {PLANTED.value.upper()}"}}\n')
    yield ground
    path.unlink()


@asynccontextmanager
async def in_metrics(ground: Ground) -> AsyncIterator[Ground]:
    """As a label, of an exporter that listens somewhere else."""
    body = f'# TYPE mails counter\nmails{{to="{PLANTED.value}"}} 1\n'.encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield replace(ground, exporters=(server.sockets[0].getsockname()[1],))


@asynccontextmanager
async def in_an_address(ground: Ground) -> AsyncIterator[Ground]:
    ground.watched.addresses.append(f"http://x/?wie={''.join(f'%{ord(c):02X}' for c in PLANTED.value)}")
    yield ground
    ground.watched.addresses.pop()


@asynccontextmanager
async def in_a_table(ground: Ground) -> AsyncIterator[Ground]:
    await ground.stack.rows("insert into post.attempt (key) values ($1)", PLANTED.value)
    yield ground
    await ground.stack.rows("delete from post.attempt where key = $1", PLANTED.value)


@asynccontextmanager
async def in_bytes_of_a_table(ground: Ground) -> AsyncIterator[Ground]:
    """A sealed column that is not sealed."""
    secret = PLANTED.value.encode()
    await ground.stack.rows("insert into staff.spent (digest, expires_at) values ($1, now())", secret)
    yield ground
    await ground.stack.rows("delete from staff.spent where digest = $1", secret)


@asynccontextmanager
async def in_what_is_given(ground: Ground) -> AsyncIterator[Ground]:
    ground.given.append(("a report", PLANTED.value.encode("utf-16")))
    yield ground
    ground.given.pop()


def mail(to: str, subject: str, text: str) -> EmailMessage:
    made = EmailMessage()
    made["To"], made["Subject"] = f"{value(f'{to}.name')} <{value(f'{to}.email')}>", subject
    made.set_content(text, cte="quoted-printable")
    return made


async def _with_mail(ground: Ground, made: EmailMessage) -> AsyncIterator[Ground]:
    path = ground.stack.home / "mails" / "planted.eml"
    path.write_bytes(made.as_bytes())
    yield ground
    path.unlink()


@asynccontextmanager
async def in_a_strangers_mail(ground: Ground) -> AsyncIterator[Ground]:
    """What Fred told, in a mail to Ans."""
    async for each in _with_mail(ground, mail("ans", "Hallo", f"{'x' * 60} {value('fred.concern')}")):
        yield each


@asynccontextmanager
async def in_a_subject(ground: Ground) -> AsyncIterator[Ground]:
    """One's own name, where every server on the way reads it."""
    async for each in _with_mail(ground, mail("ans", f"Dag {value('ans.name')}", "Hallo")):
        yield each


PLANTS: list[tuple[str, Callable[[Ground], object], str]] = [
    ("histories", in_a_workflow, "planted"),
    ("temporal database", in_a_workflow, "planted"),
    ("temporal ui", in_a_workflow, ""),
    ("logs", in_a_log, "planted"),
    ("metrics", in_metrics, "planted"),
    ("addresses", in_an_address, "planted"),
    ("database", in_a_table, "planted"),
    ("database", in_bytes_of_a_table, ""),
    ("database files", in_a_table, "planted"),
    ("backup", in_a_table, "planted"),
    ("mails", in_a_strangers_mail, "fred"),
    ("mails", in_a_subject, "ans"),
    ("given to others", in_what_is_given, ""),
]


@pytest.mark.parametrize(
    ("place", "plant", "who"), PLANTS, ids=[f"{place}, {plant.__name__}" for place, plant, _ in PLANTS]
)
async def test_a_planted_one_is_found_in(
    place: str, plant: Callable[[Ground], object], who: str, played: Played
) -> None:
    """A search that sees nothing would find nothing: so each place gets one, and it is found."""
    async with plant(played.ground) as ground:  # type: ignore[attr-defined]
        found, _ = await hits(ground, place)
    assert [hit for hit in found if hit.what.startswith((f"{STEM}{who}", STEM[1:]))], found[:5]


def test_every_place_has_its_plant() -> None:
    assert {place for place, _, _ in PLANTS} == PLACES.keys() == FEWEST.keys()
    assert PLANTED.key not in ALL
