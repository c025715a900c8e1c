"""The access log, for the privacy officer: who read what was told about a concern, and when."""

from fastapi import APIRouter
from starlette.responses import Response

from forms.desk.paging import page_of
from forms.desk.visit import Visiting
from schemas.concern import reference
from store import concerns

router = APIRouter(prefix="/{municipality}/inzage")


@router.get("")
async def log(visit: Visiting) -> Response:
    """The latest first; never what was told."""
    async with visit.desk.db.connection() as conn:
        found = await concerns.looks(conn, visit.municipality, page_of(visit))
    topics = {topic.key: topic.within(visit.language) for topic in visit.policy.concerns.topics}
    return visit.render(
        "access_log.html", here="access", found=found, page=page_of(visit), topics=topics, reference=reference
    )
