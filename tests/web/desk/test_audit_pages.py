"""The log: who may read it, what one can look for, and files of which an auditor sees that they are whole."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from forms import desk
from schemas.audit import Line, beginning, following
from schemas.facts import Fact
from store import registry
from store.database import Database
from tests.today import today
from tests.web.desk.conftest import Seat

HERE = "/den-haag/logboek"
TREASURER = "den-haag:treasurer-1"
GANGMAKER = "gangmaker:7d5e0d5e-0000-4000-8000-000000000001"


@pytest_asyncio.fixture
async def journal(rows: Database) -> Database:
    """Facts by several people, about several things, over several days."""
    async with rows.transaction() as conn:
        await conn.execute(
            "insert into registry.fact (seq, key, name, municipality, subject, actor, recorded_at)"
            " overriding system value"
            " values (0, 'old', 'street.joined', 'den-haag', 'oude-laan', $1, now() - interval '40 days')",
            GANGMAKER,
        )
        for number in range(60):
            fact = Fact(
                key=f"k{number}",
                name="budget.grant" if number % 2 else "street.left",
                municipality="den-haag",
                subject="lindelaan" if number % 3 else "beukstraat",
                actor=TREASURER if number % 2 else GANGMAKER,
            )
            await registry.enter(conn, fact)
        await registry.enter(
            conn,
            Fact(
                key="c", name="concern.closed", municipality="den-haag", subject="concern/1", actor="pro:team"
            ),
        )
        await registry.enter(
            conn,
            Fact(key="r", name="street.left", municipality="rotterdam", subject="elders", actor="engine"),
        )
    return rows


@pytest_asyncio.fixture
async def privacy(seat: Seat, journal: Database) -> httpx.AsyncClient:
    """The privacy officer, signed in."""
    assert journal
    return await seat("privacy-1")


async def test_each_line_is_a_sentence_with_who_and_when(privacy: httpx.AsyncClient) -> None:
    page = await privacy.get(HERE)
    assert page.status_code == 200
    for told in ("Ties", "een bewoner", "Er kwam geld van een geldgever bij in het budget.", "lindelaan"):
        assert told in page.text
    assert GANGMAKER not in page.text
    assert "elders" not in page.text
    assert "Bladzijde 1 van 2" in page.text
    assert "oude-laan" not in page.text
    second = await privacy.get(f"{HERE}?pagina=2")
    assert "Bladzijde 2 van 2" in second.text
    assert "oude-laan" in second.text


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        (f"wie={TREASURER}", "Er kwam geld", "Een gangmaker stopte"),
        (f"wie={GANGMAKER}", "Een gangmaker stopte", "Er kwam geld"),
        ("waarover=Beukstraat", "beukstraat", "lindelaan</td>"),
        ("tot={then}", "oude-laan", "lindelaan</td>"),
        (
            "van={then}&waarover=oude-laan",
            "Er is niets gevonden.",
            "Een gangmaker sloot",
        ),
        ("wie=%27%3Bdrop&van=gisteren&tot=x&pagina=nul", "lindelaan", "drop table"),
    ],
)
async def test_one_can_look_for_who_what_and_when(
    privacy: httpx.AsyncClient, query: str, there: str, gone: str
) -> None:
    then = today() - timedelta(days=20)
    page = await privacy.get(f"{HERE}?{query.format(then=then)}")
    assert there in page.text
    assert gone not in page.text


async def test_the_treasurer_sees_no_concerns_and_takes_no_file(
    seat: Seat, privacy: httpx.AsyncClient
) -> None:
    treasurer = await seat("treasurer-1")
    page = await treasurer.get(HERE)
    assert page.status_code == 200
    assert "Een zorg is afgerond." in (await privacy.get(HERE)).text
    assert "Een zorg is afgerond." not in page.text
    assert "logboek.csv" not in page.text
    assert (await treasurer.get(f"{HERE}/logboek.csv")).status_code == 403
    assert (await privacy.get(f"{HERE}/logboek.exe")).status_code == 404


def checked(lines: list[dict[str, str]]) -> None:
    """Recompute every digest, as an auditor would."""
    begin, *told, end = lines
    assert (begin["what"], end["what"], int(end["seq"])) == ("begin", "end", len(told))
    digest = begin["hash"]
    for each in told:
        line = Line.model_validate({key: each[key] for key in ("seq", "at", "name", "subject", "actor")})
        digest = following(digest, line)
        assert digest == each["hash"]
    assert digest == end["hash"]


async def test_the_files_are_whole_and_show_it(privacy: httpx.AsyncClient) -> None:
    answer = await privacy.get(f"{HERE}/logboek.jsonl")
    assert answer.headers["content-type"] == "application/jsonl"
    name = f"logboek-den-haag-{today():%Y%m%d}.jsonl"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["cache-control"] == "no-store"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    checked(lines)
    assert lines[0]["hash"] == beginning("den-haag")
    assert {line["subject"] for line in lines[1:-1]} >= {"lindelaan", "concern/1", "oude-laan"}
    rows = list(csv.DictReader(io.StringIO((await privacy.get(f"{HERE}/logboek.csv")).text)))
    checked(rows)
    assert [row["hash"] for row in rows] == [line["hash"] for line in lines]


async def test_a_period_agrees_with_the_whole(privacy: httpx.AsyncClient) -> None:
    whole = [json.loads(line) for line in (await privacy.get(f"{HERE}/logboek.jsonl")).text.splitlines()]
    part = await privacy.get(f"{HERE}/logboek.jsonl?van={today() - timedelta(days=3)}")
    lines = [json.loads(line) for line in part.text.splitlines()]
    checked(lines)
    known = {line["seq"]: line["hash"] for line in whole[1:-1]}
    assert 60 <= len(lines) - 2 < len(known)
    assert all(known[line["seq"]] == line["hash"] for line in lines[1:-1])


async def test_what_somebody_took_out_is_seen(
    privacy: httpx.AsyncClient, owner_conn: asyncpg.Connection
) -> None:
    before = (await privacy.get(f"{HERE}/logboek.jsonl")).text.splitlines()
    lines = [json.loads(line) for line in before]
    del lines[5]
    with pytest.raises(AssertionError):
        checked([*lines[:-1], lines[-1] | {"seq": len(lines) - 2}])
    await owner_conn.execute("set session_replication_role = replica")
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await owner_conn.execute("delete from registry.fact where key = 'k10'")
    await owner_conn.execute("alter table registry.fact disable trigger append_only")
    await owner_conn.execute("delete from registry.fact where key = 'k10'")
    await owner_conn.execute("alter table registry.fact enable always trigger append_only")
    after = (await privacy.get(f"{HERE}/logboek.jsonl")).text.splitlines()
    assert json.loads(after[-1])["hash"] != json.loads(before[-1])["hash"]


async def test_the_journal_takes_no_change(db: Database) -> None:
    for change in (
        "update registry.fact set actor = 'x'",
        "delete from registry.fact",
        "truncate registry.fact",
    ):
        async with db.connection() as conn:
            with pytest.raises(asyncpg.PostgresError):
                await conn.execute(change)


def test_the_desk_opens_nothing_sealed_without_a_logged_look() -> None:
    """Only ``look`` and ``look_at`` write who looked; the others are for letters and for residents."""
    opened = re.compile(r"vault\.(get|people|accounts)\(")
    code = {str(path): path.read_text("utf-8") for path in Path(desk.__path__[0]).rglob("*.py")}
    assert len(code) > 50
    assert [name for name, text in code.items() if opened.search(text)] == []
    assert sum(text.count("vault.look") for text in code.values()) > 10
