"""What is kept how long, what went, and what goes next: counts per class, and nobody's data."""

from fastapi import APIRouter
from starlette.responses import Response

from forms.desk.retention import words
from forms.desk.visit import Visiting
from store import retention

router = APIRouter(prefix="/{municipality}/bewaren")


@router.get("")
async def front(visit: Visiting) -> Response:
    """The classes with their terms, and the report of the last days."""
    async with visit.desk.db.connection() as conn:
        waiting = await retention.waiting(conn, visit.policy)
        days = await retention.report(conn, visit.municipality)
    return visit.render(
        "retention.html",
        here="retention",
        waiting=waiting,
        days=days,
        kept_words=words.CLASSES,
        span=lambda term: words.span(term, visit.language),
        day=lambda moment: words.day(moment, visit.language),
    )
