"""Concerns on the desk: states and deadlines. Their words are read only by who holds them, and in a log."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.operators import workflow_url
from forms.desk.outcome import SURE, ask_again, form_id, in_words
from forms.desk.paging import page_of
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.concern import OFFICE, ActKind, ConcernAct, Outcome, reference
from schemas.facts import ConcernStatus
from schemas.person import Concern, Person
from schemas.suppression import hidden
from store import concerns
from store.database import Connection
from store.vault import Erased

router = APIRouter(prefix="/{municipality}/zorgen")
ConcernId = Annotated[UUID, Path()]

PURPOSE = "concern"
YEAR = timedelta(days=365)
KINDS = ("topic", "wijk", "outcome")
OUTCOME = marked("Kies hoe het is afgelopen.")
WHO = marked("Kies aan wie u de melding doorgeeft.")
FOR_GOOD = (ActKind.HAND_ON, ActKind.CLOSE)
GONE = marked("Deze melding is niet meer bij het bureau. Hieronder ziet u hoe het er nu voor staat.")


class Tally(NamedTuple):
    """How many there were; None where so few that it could tell about somebody."""

    name: str
    number: int | None


@router.get("")
async def overview(visit: Visiting) -> Response:
    """What is open by deadline, how soon concerns are picked up, and how many of each kind there were."""
    visit.require(Act.CONCERN)
    asked = visit.request.query_params.get("stand")
    status = asked if asked in (ConcernStatus.WAITING, ConcernStatus.PICKED_UP) else None
    policy = visit.policy.concerns
    async with visit.desk.db.connection() as conn:
        found = await concerns.not_closed(conn, visit.municipality, status, page_of(visit))
        counts = await concerns.counts(conn, visit.municipality)
        speed = await concerns.speed(conn, visit.municipality, YEAR)
        tallies = {
            by: await concerns.tally(conn, visit.municipality, by, YEAR)
            for by in ("topic", "wijk", "outcome")
        }
    topics = {topic.key: topic.within(visit.language) for topic in policy.topics}
    return visit.render(
        "concerns.html",
        here="concerns",
        found=found,
        page=page_of(visit),
        standing=status,
        counts=counts,
        speed=speed,
        tallies={by: suppressed(each) for by, each in tallies.items()},
        topics=topics,
        reference=reference,
        now=datetime.now(UTC),
    )


def suppressed(counts: dict[str, int]) -> list[Tally]:
    """Small numbers are shown to nobody: in a small wijk everybody would know who it is."""
    small = hidden(counts)
    return [Tally(name, None if name in small else count) for name, count in counts.items()]


@router.get("/{concern}")
async def one(visit: Visiting, concern: ConcernId) -> Response:
    """One concern; with its words only while it is with the office, which is then the last to ask."""
    visit.require(Act.CONCERN)
    return await _page(visit, concern)


@router.post("/{concern}/{act}")
async def act(visit: Visiting, concern: ConcernId, act: str) -> Response:
    """Pick up, hand on or close; receipted here, done by the engine."""
    visit.require(Act.CONCERN)
    if act not in (ActKind.PICK_UP, ActKind.HAND_ON, ActKind.CLOSE):
        raise HTTPException(404)
    deed, values = ActKind(act), await typed(visit.request)
    form = form_id(values)
    errors = _mistakes(visit, deed, values)
    if errors:
        return await _page(visit, concern, errors, values)
    if deed in FOR_GOOD and SURE not in values and (page := await _sure(visit, concern, deed, values)):
        return page
    if not await _receipt(visit, concern, deed, values, form):
        return await _page(visit, concern, {"stand": GONE})
    return RedirectResponse(f"/{visit.municipality}/zorgen/{concern}?gedaan={Act.CONCERN}", 303)


async def _receipt(visit: Visit, concern: UUID, deed: ActKind, values: dict[str, str], form: UUID) -> bool:
    """Receipt a deed; whether it can still be done."""
    async with visit.desk.db.transaction() as conn:
        row = await _row(conn, visit, concern)
        if not _may(deed, row):
            return False
        order = ConcernAct(
            kind=deed,
            by=row["holder"],
            actor=visit.staff,
            to=values.get("to") if deed is ActKind.HAND_ON else None,
            outcome=Outcome(values["outcome"]) if deed is ActKind.CLOSE else None,
        )
        await concerns.act(conn, row, order, form)
    return True


async def _sure(visit: Visit, concern: UUID, deed: ActKind, values: dict[str, str]) -> Response | None:
    """Asks once more; None for what cannot be done any more, which is told instead."""
    async with visit.desk.db.connection() as conn:
        row = await _row(conn, visit, concern)
    if not _may(deed, row):
        return None
    to = visit.policy.concerns.professional(values.get("to", "")) if deed is ActKind.HAND_ON else None
    subject = f"{reference(concern)} → {to.organisation}" if to else reference(concern)
    return ask_again(visit, deed, subject, values, f"/{visit.municipality}/zorgen/{concern}")


def _mistakes(visit: Visit, deed: ActKind, values: dict[str, str]) -> dict[str, str]:
    if deed is ActKind.CLOSE and values.get("outcome") not in list(Outcome):
        return {"outcome": OUTCOME}
    if deed is ActKind.HAND_ON and visit.policy.concerns.professional(values.get("to", "")) is None:
        return {"to": WHO}
    return {}


def _may(deed: ActKind, row: asyncpg.Record) -> bool:
    """Another way can be chosen for any open concern, also unread: somebody may be ill, or on holiday."""
    return _ours(row) or (deed is ActKind.HAND_ON and row["status"] != ConcernStatus.CLOSED)


def _ours(row: asyncpg.Record) -> bool:
    return row["holder"] in OFFICE and row["status"] != ConcernStatus.CLOSED


async def _row(conn: Connection, visit: Visit, concern: UUID) -> asyncpg.Record:
    row = await concerns.one(conn, visit.municipality, concern)
    if row is None:
        raise HTTPException(404)
    return row


async def _page(
    visit: Visit, concern: UUID, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    async with visit.desk.db.transaction() as conn:
        row = await _row(conn, visit, concern)
        words = await _words(conn, visit, row) if _ours(row) else None
        reporter = await _reporter(conn, visit, row) if _ours(row) else None
    return visit.render(
        "concern.html",
        422 if errors else 200,
        here="concerns",
        row=row,
        ours=_ours(row),
        words_told=words,
        reporter=reporter,
        topic=visit.policy.concerns.topic(row["topic"]),
        holder=visit.policy.concerns.professional(row["holder"]),
        reference=reference(row["id"]),
        flash=Act.CONCERN if visit.request.query_params.get("gedaan") == Act.CONCERN else None,
        errors=in_words(visit, errors or {}),
        values=values or {},
        link=workflow_url(visit.desk.settings, row["workflow_id"]),
        new_form=uuid4,
        now=datetime.now(UTC),
    )


async def _words(conn: Connection, visit: Visit, row: asyncpg.Record) -> str | None:
    try:
        return (await visit.desk.vault.look_at(conn, row["text"], Concern, visit.staff, PURPOSE)).text
    except Erased:
        return None


async def _reporter(conn: Connection, visit: Visit, row: asyncpg.Record) -> Person | None:
    if not row["may_call"] or row["reporter"] is None:
        return None
    try:
        return await visit.desk.vault.look_at(conn, row["reporter"], Person, visit.staff, PURPOSE)
    except Erased:
        return None
