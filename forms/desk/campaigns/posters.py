"""What hangs on the wall: a page to print, and the QR code by itself."""

from io import BytesIO

import asyncpg
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.desk.visit import Visit, Visiting
from store import campaigns

router = APIRouter(prefix="/{municipality}/campagnes/kanalen/{code}")

QUIET = 4
"""Modules of white around a QR code, as ISO/IEC 18004 asks."""


@router.get("/poster")
async def poster(visit: Visiting, code: str) -> Response:
    """One sheet of A4 in the municipality's face, in the reader's language."""
    channel = await _channel(visit, code)
    return visit.render("poster.html", channel=channel, link=_link(visit, code))


@router.get("/qr.svg")
async def qr(visit: Visiting, code: str) -> Response:
    """The code as a drawing, black on white, with its quiet zone."""
    import segno  # noqa: PLC0415 - read with the first code

    await _channel(visit, code)
    drawn = BytesIO()
    segno.make(_link(visit, code), error="m", micro=False).save(
        drawn, kind="svg", border=QUIET, xmldecl=False, light="white", omitsize=True
    )
    return Response(drawn.getvalue(), media_type="image/svg+xml")


def _link(visit: Visit, code: str) -> str:
    return f"{visit.desk.settings.public_url}/{visit.municipality}/c/{code}"


async def _channel(visit: Visit, code: str) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        row = await campaigns.channel(conn, visit.municipality, code)
    if row is None:
        raise HTTPException(404)
    return row
