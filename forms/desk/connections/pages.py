"""Koppelingen: which other systems have a key for the API, making one, and ending one."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.connections.answers import LIVES, SCOPES, ClientAnswers, Life, problems
from forms.desk.outcome import SURE, form_id, in_words
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.reading import MAX_FIELDS, ticked, typed
from schemas.calendar import dutch_date
from schemas.client import new_key
from store import clients

router = APIRouter(prefix="/{municipality}/koppelingen")


@router.get("")
async def rooms(visit: Visiting) -> Response:
    """All clients, and the form for another. No key is in it."""
    return await _all(visit)


@router.post("")
async def make(visit: Visiting) -> Response:
    """Make a client and show its key, this once; the same form again shows that it was made."""
    visit.require(Act.CONNECT)
    values, scopes = await ticked(visit.request, "scopes", max_fields=MAX_FIELDS)
    form = form_id(values)
    try:
        answers = ClientAnswers.model_validate(values | {"scopes": scopes})
    except ValidationError as error:
        return await _all(visit, problems(error), values)
    key, client = new_key(), answers.client(form, visit.municipality, _today())
    async with visit.desk.db.transaction() as conn:
        made = await clients.make(conn, client, key, visit.staff)
    visit.desk.names.forget(visit.municipality)
    if not made:
        return RedirectResponse(f"/{visit.municipality}/koppelingen?gedaan=gemaakt", 303)
    return visit.render(
        "connection_key.html", here="connections", client=client, key=key, api=f"{_public(visit)}/api/v1"
    )


@router.post("/sleutels/{client}/weg")
async def end(visit: Visiting, client: UUID) -> Response:
    """End a client at once, after a yes: its key opens nothing any more."""
    visit.require(Act.CONNECT)
    async with visit.desk.db.connection() as conn:
        row = await clients.one(conn, client, visit.municipality)
    if row is None:
        raise HTTPException(404)
    if SURE not in await typed(visit.request):
        return visit.render("connection_end.html", here="connections", client=row)
    async with visit.desk.db.transaction() as conn:
        await clients.end(conn, client, visit.staff)
    return RedirectResponse(f"/{visit.municipality}/koppelingen?gedaan=geeindigd", 303)


async def _all(
    visit: Visit, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    async with visit.desk.db.connection() as conn:
        rows = await clients.all_of(conn, visit.municipality)
    return visit.render(
        "connections.html",
        422 if errors else 200,
        here="connections",
        clients=rows,
        today=_today(),
        scopes=SCOPES,
        lives=LIVES,
        document=f"{_public(visit)}/api/v1/openapi.json",
        done=visit.request.query_params.get("gedaan"),
        errors=in_words(visit, errors or {}),
        values=values or {"life": Life.YEAR},
        new_form=uuid4,
    )


def _public(visit: Visit) -> str:
    return visit.desk.settings.public_url


def _today() -> date:
    return dutch_date(datetime.now(UTC))
