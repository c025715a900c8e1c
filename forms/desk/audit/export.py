"""The audit log as a file: every line of a period, with a running digest over the whole journal.

The digest begins with the first fact of all, whatever the period: two files that overlap agree on each
line they share, or somebody changed something.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from forms.desk.story import sentence
from schemas.audit import Line, beginning, following
from schemas.exports.comma import safe
from schemas.refs import Slug
from store import audit
from store.database import Connection

COLUMNS = ("what", "seq", "at", "name", "sentence", "subject", "actor", "hash")


class Kind(StrEnum):
    """What a file can be."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {Kind.CSV: "text/csv; charset=utf-8", Kind.JSONL: "application/jsonl"}


def _as_csv(told: dict[str, Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([safe(str(told.get(name, ""))) for name in COLUMNS])
    return text.getvalue()


def _as_json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False) + "\n"


WRITERS: dict[Kind, Callable[[dict[str, Any]], str]] = {Kind.CSV: _as_csv, Kind.JSONL: _as_json}


async def chunks(
    conn: Connection,
    municipality: Slug,
    kind: Kind,
    since: datetime | None,
    until: datetime | None,
) -> AsyncIterator[bytes]:
    """The file, line by line. ``until`` itself is not in it; the caller holds a snapshot."""
    write = WRITERS[kind]
    if kind is Kind.CSV:
        yield _as_csv({name: name for name in COLUMNS}).encode()
    wanted = await audit.bounds(conn, municipality, since, until)
    digest, count = beginning(municipality), 0
    async for line in audit.every_line(conn, municipality):
        if wanted and line.seq >= wanted.stop:
            break
        if line.seq in wanted and not count:
            yield write({"what": "begin", "hash": digest}).encode()
        digest = following(digest, line)
        if line.seq in wanted:
            count += 1
            yield write(_told(line, digest)).encode()
    yield write({"what": "end", "seq": count, "hash": digest}).encode()


def _told(line: Line, digest: str) -> dict[str, Any]:
    return {
        "what": "fact",
        "seq": line.seq,
        "at": line.at.isoformat(),
        "name": line.name,
        "sentence": sentence(line.name),
        "subject": line.subject,
        "actor": line.actor,
        "hash": digest,
    }
