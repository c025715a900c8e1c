"""Who works at this desk: the list, and inviting somebody."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from forms.desk.colleagues import words
from forms.desk.staff import Act, Role
from forms.desk.visit import Visit, Visiting
from forms.desk.words import ROLES
from forms.site.i18n import translated
from forms.site.reading import typed
from schemas.staff import InvitationForm, key_of
from store import staff

router = APIRouter(prefix="/{municipality}/medewerkers")


@router.get("")
async def everybody(visit: Visiting) -> Response:
    """Who works here, who was invited, who left."""
    visit.require(Act.MANAGE_STAFF)
    return await _page(visit, {}, {})


async def _page(visit: Visit, errors: dict[str, str], values: dict[str, str]) -> Response:
    async with visit.desk.db.connection() as conn:
        rows = await staff.everybody(conn, visit.municipality)
        names = await staff.names(conn, visit.desk.vault, visit.municipality)
    return visit.render(
        "team.html",
        422 if errors else 200,
        errors=errors,
        values=values,
        here="team",
        rows=[row for row in rows if row["ended_at"] is None],
        gone=[row for row in rows if row["ended_at"] is not None],
        names=names,
        key_of=key_of,
        role_options=[(role, translated(ROLES[role], visit.language)) for role in Role],
        done=words.DONE.get(visit.request.query_params.get("gedaan", "")),
    )


@router.post("")
async def invite(visit: Visiting) -> Response:
    """Invite a colleague by mail; one who is known gets the role."""
    visit.require(Act.MANAGE_STAFF)
    values = await typed(visit.request)
    if wrong := words.problems(InvitationForm, values, visit.language):
        return await _page(visit, wrong, values)
    form = InvitationForm.model_validate(values)
    try:
        async with visit.desk.db.transaction() as conn:
            await staff.invite(conn, visit.desk.vault, visit.municipality, form, visit.staff)
    except staff.TooOften:
        return await _page(visit, {"email": translated(words.TOO_OFTEN, visit.language)}, values)
    visit.desk.names.forget(visit.municipality)
    return RedirectResponse(f"/{visit.municipality}/medewerkers?gedaan=uitgenodigd", 303)
