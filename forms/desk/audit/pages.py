"""The log: who did what, for the privacy officer and the treasurer. What it tells of residents is opaque."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from forms.desk.audit.export import MEDIA_TYPES, Kind, chunks
from forms.desk.paging import page_of
from forms.desk.staff import Act, Role
from forms.desk.visit import Visit, Visiting
from schemas.calendar import dutch_date, start_of
from store import audit
from store.audit import Wanted
from store.reports import snapshot

router = APIRouter(prefix="/{municipality}/logboek")
PLAIN = re.compile(r"[a-z0-9:/-]{1,120}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _plain(text: str) -> str | None:
    tidy = text.strip().lower()
    return tidy if PLAIN.fullmatch(tidy) else None


def _period(visit: Visit) -> tuple[datetime | None, datetime | None]:
    """The Dutch days of the address as moments; the last day is in it as a whole."""
    asked = visit.request.query_params
    first, last = _day(asked.get("van", "")), _day(asked.get("tot", ""))
    return start_of(first) if first else None, start_of(last + timedelta(days=1)) if last else None


@router.get("")
async def log(visit: Visiting) -> Response:
    """The latest first; what of the address means nothing is left out. Concerns are the privacy officer's."""
    asked = visit.request.query_params
    since, until = _period(visit)
    wanted = Wanted(
        actor=_plain(asked.get("wie", "")),
        subject=_plain(asked.get("waarover", "")),
        since=since,
        until=until,
        concerns=visit.role is Role.PRIVACY,
        page=page_of(visit),
    )
    async with visit.desk.db.connection() as conn:
        found = await audit.page(conn, visit.municipality, wanted)
    query = {name: asked.get(name, "")[:120] for name in ("wie", "waarover", "van", "tot")}
    return visit.render(
        "audit.html",
        here="audit",
        found=found,
        wanted=wanted,
        query=query,
        kinds=list(Kind) if visit.may(Act.EXPORT_AUDIT) else [],
    )


@router.get("/logboek.{kind}")
async def export(visit: Visiting, kind: str) -> Response:
    """All of a period, streamed; complete, so only for who may see all of it."""
    visit.require(Act.EXPORT_AUDIT)
    if kind not in list(Kind):
        raise HTTPException(404)
    since, until = _period(visit)
    wanted = Kind(kind)

    async def content() -> AsyncIterator[bytes]:
        async with snapshot(visit.desk.db) as conn:
            async for chunk in chunks(conn, visit.municipality, wanted, since, until):
                yield chunk

    name = f"logboek-{visit.municipality}-{dutch_date(datetime.now(UTC)):%Y%m%d}.{wanted}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content(), media_type=MEDIA_TYPES[wanted], headers=headers)
