"""Stories that gangmakers want to share: somebody of the municipality reads them before everybody can."""

from typing import Annotated, NamedTuple
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.outcome import form_id, in_words
from forms.desk.paging import page_of
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.person import Story
from store import stories
from store.database import Connection

router = APIRouter(prefix="/{municipality}/verhalen")
StoryId = Annotated[UUID, Path()]

PURPOSE = "story"
ANSWERS = {"show": True, "hide": False}
GONE = marked("Dit verhaal is er niet meer. De gangmaker nam het terug.")


class Told(NamedTuple):
    """A story, and its words."""

    row: asyncpg.Record
    text: str


@router.get("")
async def overview(visit: Visiting) -> Response:
    """What is still to read, and what was read. Reading is logged."""
    visit.require(Act.STORY)
    return await _overview(visit)


@router.post("/{story}")
async def answer(visit: Visiting, story: StoryId) -> Response:
    """Put it on the website, or keep it off; that can be turned round later."""
    visit.require(Act.STORY)
    values = await typed(visit.request)
    form, said = form_id(values), values.get("answer", "")
    if said not in ANSWERS:
        raise HTTPException(400)
    async with visit.desk.db.transaction() as conn:
        there = await stories.judge(
            conn, visit.municipality, story, shown=ANSWERS[said], staff=visit.staff, form=form
        )
    if not there:
        return await _overview(visit, {"verhalen": GONE})
    return RedirectResponse(f"/{visit.municipality}/verhalen?gedaan={Act.STORY}", 303)


async def _overview(visit: Visit, errors: dict[str, str] | None = None) -> Response:
    page = page_of(visit)
    async with visit.desk.db.transaction() as conn:
        unread = await stories.offered(conn, visit.municipality, unread=True)
        read = await stories.offered(conn, visit.municipality, unread=False, page=page)
        to_read, was_read = await _opened(conn, visit, unread), await _opened(conn, visit, read)
    return visit.render(
        "stories.html",
        422 if errors else 200,
        here="stories",
        to_read=to_read,
        left=unread.total - len(unread.rows),
        was_read=was_read,
        page=page,
        pages=read.pages,
        public=f"{visit.desk.settings.public_url}/{visit.municipality}/verhalen",
        flash=Act.STORY if visit.request.query_params.get("gedaan") == Act.STORY else None,
        errors=in_words(visit, errors or {}),
        new_form=uuid4,
    )


async def _opened(conn: Connection, visit: Visit, offered: stories.Offered) -> list[Told]:
    refs = [row["words"] for row in offered.rows]
    words = await visit.desk.vault.look_at_all(conn, refs, Story, visit.staff, PURPOSE)
    return [Told(row, words[row["words"]].text) for row in offered.rows if row["words"] in words]
