"""What machines ask of the desk: is it well, and how does it look."""

import asyncio
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forms.desk.visit import desk_of
from forms.site.assets import FOR_GOOD
from forms.site.templating import face_css, logo_of
from schemas.policy import Policy
from store import policies
from store.database import LOST

STYLE = Path(__file__).parent / "static" / "desk.css"
HEALTH_SECONDS = 3
KEPT = {"Cache-Control": FOR_GOOD}


@cache
def _style() -> bytes:
    return STYLE.read_bytes()


def style_url() -> str:
    """The desk's own stylesheet; the address changes with its contents."""
    return f"/bureau.css?v={sha256(_style()).hexdigest()[:10]}"


async def style() -> Response:
    """The stylesheet."""
    return Response(_style(), media_type="text/css", headers=KEPT)


async def _policy(request: Request, municipality: str) -> Policy:
    async with desk_of(request).db.connection() as conn:
        found = await policies.current(conn, municipality)
    if found is None:
        raise HTTPException(404)
    return found[0]


async def face(request: Request, municipality: str) -> Response:
    """The municipality's colour."""
    return Response(face_css(await _policy(request, municipality)), media_type="text/css", headers=KEPT)


async def logo(request: Request, municipality: str, kind: str) -> Response:
    """The municipality's own logo."""
    return logo_of(await _policy(request, municipality), kind)


async def health(request: Request) -> Response:
    """Whether this process can do its work; the code says what it misses."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS), desk_of(request).db.connection() as conn:
            await conn.fetchval("select 1")
    except LOST:
        return JSONResponse({"status": "unavailable", "reason": "postgres"}, 503)
    return JSONResponse({"status": "ok"})
