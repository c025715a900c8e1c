"""Every place where nothing personal may be, and all that is in it. A new one is a function in ``PLACES``."""

import asyncio
import re
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import httpx
from google.protobuf.message import Message
from temporalio.client import Client

from deploy.local.dumping import find_tool
from tests.e2e.running import PATIENCE, STRAAT, Running, environment
from tests.privacy.canaries import ALL
from tests.privacy.watching import Watched

NAMESPACE = "default"
NO_WEB = {"postgres", "smtp", "temporal"}
"""Ports that speak something else."""
SERVER_OF_OURS = 16
"""The oldest PostgreSQL whose dumps we read."""

Content: TypeAlias = "tuple[str, bytes]"


@dataclass(frozen=True)
class Ground:
    """What is searched: a stack, what was asked of it, and what it gave others."""

    stack: Running
    client: Client
    watched: Watched
    folder: Path
    given: list[Content]
    exporters: tuple[int, ...] = ()
    """Ports of further exporters, besides whatever of the stack answers as one."""

    @property
    def ports(self) -> dict[str, int]:
        """By name."""
        return dict(self.stack.state["ports"])


async def histories(ground: Ground) -> AsyncIterator[Content]:
    """Every workflow's whole history: its raw bytes, and each payload by itself."""
    async for found in ground.client.list_workflows():
        handle = ground.client.get_workflow_handle(found.id, run_id=found.run_id)
        history = await handle.fetch_history()
        for number, event in enumerate(history.events):
            yield f"{found.id} event {number}", event.SerializeToString()
            for payload in payloads(event):
                yield f"{found.id} event {number}, payload", payload
        described = await handle.describe()
        yield f"{found.id} attributes and memo", described.raw_description.SerializeToString()
    async for schedule in await ground.client.list_schedules():
        told = await ground.client.get_schedule_handle(schedule.id).describe()
        yield f"schedule {schedule.id}", told.raw_description.SerializeToString()


def payloads(message: Message) -> Iterator[bytes]:
    """What the payloads in a message hold, however deep."""
    for field, inner in message.ListFields():
        if field.type != field.TYPE_MESSAGE:
            continue
        several = inner if hasattr(inner, "__iter__") and not hasattr(inner, "ListFields") else [inner]
        for each in several.values() if hasattr(several, "values") else several:
            if isinstance(each, Message):
                if each.DESCRIPTOR.name == "Payload":
                    yield each.data  # type: ignore[attr-defined]
                yield from payloads(each)


async def temporal_database(ground: Ground) -> AsyncIterator[Content]:
    """The files of the Temporal server, byte for byte; and every cell of every table in them."""
    folder = ground.stack.home / "temporal"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
    for name, cell in await asyncio.to_thread(lambda: list(_cells(folder / "temporal.db"))):
        yield name, cell


def _cells(path: Path) -> Iterator[Content]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
        tables = [row[0] for row in conn.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for number, row in enumerate(conn.execute(f'select * from "{table}"')):
                cells = [cell if isinstance(cell, bytes) else str(cell).encode() for cell in row]
                yield f"temporal.db {table} row {number}", b"\0".join(cells)


async def logs(ground: Ground) -> AsyncIterator[Content]:
    """What every process wrote, the servers too, and what the terminal said."""
    for path in sorted((ground.stack.home / "logs").iterdir()):
        yield f"log {path.name}", path.read_bytes()
    yield "terminal", ground.stack.said.encode()


async def metrics(ground: Ground) -> AsyncIterator[Content]:
    """Whatever answers as an exporter does, wherever it listens; Temporal's does always."""
    ports = {name: port for name, port in ground.ports.items() if name not in NO_WEB}
    ports |= {f"exporter {port}": port for port in ground.exporters}
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        for name, port in ports.items():
            try:
                answer = await http.get(f"http://127.0.0.1:{port}/metrics")
            except (httpx.HTTPError, ValueError):
                continue
            if answer.status_code == httpx.codes.OK and b"# TYPE" in answer.content:
                yield f"metrics {name}", answer.content


async def addresses(ground: Ground) -> AsyncIterator[Content]:
    """Every address that a browser asked for or was sent to; and the headers of every answer."""
    for address in ground.watched.addresses:
        yield f"address {address[:60]}", unquote(address).encode() + b" " + address.encode()
    for where, content in ground.watched.answers:
        yield f"answer of {where}", content


async def temporal_ui(ground: Ground) -> AsyncIterator[Content]:
    """What the Web UI's own server answers: lists of workflows and schedules, and each history."""
    base = f"{ground.stack.urls['temporal_ui']}/api/v1/namespaces/{NAMESPACE}"
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        token = ""
        while True:
            params = {"maximumPageSize": "200", "nextPageToken": token}
            listed = await http.get(f"{base}/workflows", params=params)
            yield "ui: workflows", listed.content
            for each in listed.json().get("executions", []):
                execution = each["execution"]
                where = f"{base}/workflows/{execution['workflowId']}"
                run = {"execution.runId": execution["runId"]}
                for what in ("", "/history"):
                    answer = await http.get(f"{where}{what}", params=run)
                    assert answer.status_code == httpx.codes.OK, answer.url
                    yield f"ui: {execution['workflowId']}{what}", answer.content
            token = listed.json().get("nextPageToken", "")
            if not token:
                break
        yield "ui: schedules", (await http.get(f"{base}/schedules")).content


async def database(ground: Ground) -> AsyncIterator[Content]:
    """All of PostgreSQL as text, sealed columns too: they are noise."""
    tool = find_tool("pg_dump", SERVER_OF_OURS)
    command = [str(tool), "--format=plain", "--inserts", ground.stack.admin_url]
    dumped = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    for number, piece in enumerate(re.split(rb"\n-- Data for Name: ", dumped.stdout)):
        name = piece.split(b";")[0].decode()[:60] if number else "schema"
        yield f"dump {name}", piece


async def database_files(ground: Ground) -> AsyncIterator[Content]:
    """What PostgreSQL has on the disk: tables, indexes and its log of changes since it began."""
    await ground.stack.rows("checkpoint")
    for path in sorted((ground.stack.home / "postgres").rglob("*")):
        if path.is_file():
            yield f"postgres {path.relative_to(ground.stack.home)}", path.read_bytes()


async def backup(ground: Ground) -> AsyncIterator[Content]:
    """A backup: its manifest and its dump, and the log of erasures that is kept apart."""
    env = environment()
    parts = [ground.folder / name for name in ("backup", "keys")]
    command = [*STRAAT, "backup", "--home", str(ground.stack.home), "--output", str(parts[0])]
    command += ["--keys", str(parts[1])]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    yield "backup says", done.stdout + done.stderr
    for part in parts:
        for path in sorted(part.rglob("*")):
            if path.is_file():
                yield f"{part.name} {path.name}", path.read_bytes()
    dumped = max(parts[0].rglob("*.dump"))
    restore = [str(find_tool("pg_restore", SERVER_OF_OURS)), "--file=-", str(dumped)]
    text = await asyncio.to_thread(subprocess.run, restore, capture_output=True, check=True)
    yield "backup, as it is restored", text.stdout
    for path in sorted(ground.stack.home.glob("*.json*")):
        yield path.name, path.read_bytes()


async def mails(ground: Ground) -> AsyncIterator[Content]:
    """Every mail that left, its headers and parts decoded, without what is its own reader's to read."""
    for path in sorted((ground.stack.home / "mails").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        own = readers_own(str(mail["To"]))
        for name, header in mail.items():
            text = str(header).encode()
            yield f"mail {path.name} {name}", without(text, own) if name in OWN_HEADERS else text
        for part in mail.walk():
            if not part.is_multipart():
                yield f"mail {path.name} {part.get_content_type()}", without(_decoded(part), own)


OWN_HEADERS = {"To", "Delivered-To"}
"""Where the reader's own name and address stand. ``Delivered-To`` is the catcher's note of the envelope."""

FELLOWS = {
    "bo": ("ans.name", "ans.holder", "ans.place", "ans.iban", "ans.second_iban"),
    "hugo": ("bo.name",),
}
"""What of others a reader is told: with whom they carry the street, where they talk, where it is paid."""


def readers_own(to: str) -> set[str]:
    """The canaries that may stand in a mail to somebody: their own, and what fellow gangmakers share."""
    whose = {key.partition(".")[0] for key, each in ALL.items() if each.value in to}
    return {key for key in ALL if key.partition(".")[0] in whose}.union(*(FELLOWS.get(w, ()) for w in whose))


def without(text: bytes, own: set[str]) -> bytes:
    """The rest of a text. As in an invitation for a calendar, lines are unfolded and commas freed first."""
    text = re.sub(rb"\r?\n[ \t]", b"", text).replace(b"\\,", b",")
    for key in own:
        canary = ALL[key]
        for part in (canary.value, *canary.digits):
            text = re.sub(re.escape(part).encode(), b"", text, flags=re.IGNORECASE)
    return text


def _decoded(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


async def given(ground: Ground) -> AsyncIterator[Content]:
    """What others get: reports, books, the log, what the API answers, what webhooks carry."""
    for each in ground.given:
        yield each


Place: TypeAlias = Callable[[Ground], AsyncIterator[Content]]

PLACES: dict[str, Place] = {
    "histories": histories,
    "temporal database": temporal_database,
    "logs": logs,
    "metrics": metrics,
    "addresses": addresses,
    "temporal ui": temporal_ui,
    "database": database,
    "database files": database_files,
    "backup": backup,
    "mails": mails,
    "given to others": given,
}
SHALLOW = {"database files"}
"""Too much to unpack every byte of: what is in them is unpacked where it is read by table."""
