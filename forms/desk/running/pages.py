"""The operators' page: is everything moving, and if not, what to do. Codes and counts, and nobody's data."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from starlette.responses import RedirectResponse, Response

from forms.desk import commands
from forms.desk.operators import failed_url, operator_lists, schedules_url
from forms.desk.outcome import form_id, in_words
from forms.desk.running import words
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from store import webhooks
from store.running import bring, running

router = APIRouter(prefix="/{municipality}/beheer")

NOT_THERE = marked("Deze inzending staat hier niet (meer). Misschien is hij al opnieuw gebracht.")


@router.get("")
async def front(visit: Visiting) -> Response:
    """How it stands now."""
    return await _page(visit)


@router.post("/{submission}")
async def again(visit: Visiting, submission: Annotated[UUID, Path()]) -> Response:
    """Have one that was refused brought again; what starts has the id of the submission, so only once."""
    visit.require(Act.BRING)
    form = form_id(await typed(visit.request))
    async with visit.desk.db.transaction() as conn:
        there = await bring(conn, visit.municipality, submission, visit.staff, form)
    if not there:
        return await _page(visit, {"geweigerd": NOT_THERE})
    return RedirectResponse(f"/{visit.municipality}/beheer?gedaan={Act.BRING}", 303)


async def _page(visit: Visit, errors: dict[str, str] | None = None) -> Response:
    settings, now = visit.desk.settings, datetime.now(UTC)
    async with visit.desk.db.connection() as conn:
        found = await running(conn, visit.municipality)
        stuck = await webhooks.stuck(conn, visit.municipality)
    return visit.render(
        "running.html",
        422 if errors else 200,
        here="running",
        found=found,
        stuck=stuck,
        temporal=await commands.reachable(visit.desk.temporal),
        age=lambda moment: (now - moment).total_seconds(),
        running_words=words,
        lists=operator_lists(settings, visit.municipality),
        failed=failed_url(settings, visit.municipality),
        schedules=schedules_url(settings),
        flash=Act.BRING if visit.request.query_params.get("gedaan") == Act.BRING else None,
        errors=in_words(visit, errors or {}),
        new_form=uuid4,
    )
