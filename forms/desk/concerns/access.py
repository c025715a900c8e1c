"""The access log, for the privacy officer: who read what was told about a concern, and when."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from forms.desk.paging import page_of
from forms.desk.staff import Act
from forms.desk.visit import Visit, anybody
from schemas.concern import reference
from store import concerns

router = APIRouter(prefix="/{municipality}/inzage")


async def _visit(request: Request, municipality: str) -> Visit:
    visiting = await anybody(request, municipality)
    visiting.require(Act.READ_LOG)
    return visiting


Visiting = Annotated[Visit, Depends(_visit)]


@router.get("")
async def log(visit: Visiting) -> Response:
    """The latest first; never what was told."""
    async with visit.desk.db.connection() as conn:
        found = await concerns.looks(conn, visit.municipality, page_of(visit))
    topics = {topic.key: topic.within(visit.language) for topic in visit.policy.concerns.topics}
    return visit.render(
        "access_log.html", here="access", found=found, page=page_of(visit), topics=topics, reference=reference
    )
