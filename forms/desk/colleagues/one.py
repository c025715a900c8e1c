"""One colleague: roles, sessions, a new invitation, and the end."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.colleagues import words
from forms.desk.outcome import SURE
from forms.desk.staff import Act, Role
from forms.desk.visit import Visit, Visiting
from forms.desk.words import ROLES
from forms.site.i18n import translated
from forms.site.reading import typed
from schemas.person import Colleague
from schemas.staff import RoleForm, Source
from store import sessions, staff
from store.database import Connection
from store.staff import Member
from store.vault import Erased

router = APIRouter(prefix="/{municipality}/medewerkers/{key}")
Key = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,30}$")]
Id = Annotated[UUID, Path()]


async def _member(conn: Connection, visit: Visit, key: str) -> Member:
    """404 for who never worked here."""
    visit.require(Act.MANAGE_STAFF)
    found = await staff.member(conn, visit.municipality, f"{visit.municipality}:{key}")
    if found is None:
        raise HTTPException(404)
    return found


async def _details(conn: Connection, visit: Visit, who: Member) -> Colleague:
    """Name and address; the look is logged. Of who left long ago the ref is all that is kept."""
    try:
        return await visit.desk.vault.look_at(conn, who.contact, Colleague, visit.staff, "colleague")
    except Erased:
        return Colleague(name=who.ref, email="")


def _done(visit: Visit, key: str, done: str) -> Response:
    visit.desk.names.forget(visit.municipality)
    return RedirectResponse(f"/{visit.municipality}/medewerkers/{key}?gedaan={done}", 303)


@router.get("")
async def one(visit: Visiting, key: Key) -> Response:
    """All there is to know of a colleague, and to do."""
    return await _page(visit, key, {})


async def _page(visit: Visit, key: str, errors: dict[str, str]) -> Response:
    async with visit.desk.db.connection() as conn:
        who = await _member(conn, visit, key)
        colleague = await _details(conn, visit, who)
        held = await staff.roles(conn, who.ref)
        open_sessions = await sessions.of_staff(conn, [who.ref])
    mine = {role for role, source in held if source is Source.DESK}
    return visit.render(
        "colleague.html",
        422 if errors else 200,
        errors=errors,
        here="team",
        who=who,
        key=key,
        colleague=colleague,
        held=held,
        role_options=[(r, translated(ROLES[r], visit.language)) for r in Role if r not in mine],
        sessions=open_sessions,
        said=words,
        Source=Source,
        done=words.DONE.get(visit.request.query_params.get("gedaan", "")),
    )


@router.post("/rol")
async def give(visit: Visiting, key: Key) -> Response:
    """One role more; who left is invited anew instead."""
    values = await typed(visit.request)
    async with visit.desk.db.transaction() as conn:
        who = await _member(conn, visit, key)
        wrong = words.problems(RoleForm, values, visit.language)
        if not wrong and who.ended_at is None:
            await staff.give(conn, who, RoleForm.model_validate(values).role, visit.staff)
    return await _page(visit, key, wrong) if wrong else _done(visit, key, "rol")


@router.post("/rol/{role}/terug")
async def take(visit: Visiting, key: Key, role: str) -> Response:
    """One role less, and out of it at once."""
    await typed(visit.request)
    try:
        async with visit.desk.db.transaction() as conn:
            who = await _member(conn, visit, key)
            if role not in list(Role):
                raise HTTPException(404)
            await staff.take(conn, who, Role(role), visit.staff)
    except staff.LastLead:
        return await _page(visit, key, {"rollen": translated(words.LAST_LEAD, visit.language)})
    return _done(visit, key, "rol-terug")


@router.post("/uitnodiging")
async def invite_again(visit: Visiting, key: Key) -> Response:
    """For who lost the mail, or the passkey."""
    await typed(visit.request)
    try:
        async with visit.desk.db.transaction() as conn:
            who = await _member(conn, visit, key)
            if who.ended_at is not None:
                raise HTTPException(404)
            await staff.invite_again(conn, visit.desk.vault, who, visit.staff)
    except staff.TooOften:
        return await _page(visit, key, {"uitnodiging": translated(words.TOO_OFTEN, visit.language)})
    return _done(visit, key, "uitgenodigd")


@router.post("/sessies/{session}/einde")
async def end_session(visit: Visiting, key: Key, session: Id) -> Response:
    """End one session of a colleague."""
    await typed(visit.request)
    async with visit.desk.db.transaction() as conn:
        who = await _member(conn, visit, key)
        if not await sessions.end_one(conn, [who.ref], session):
            raise HTTPException(404)
        await staff.journal(conn, "session_ended", visit.municipality, who.ref, visit.staff)
    return _done(visit, key, "sessie")


@router.post("/einde")
async def end(visit: Visiting, key: Key) -> Response:
    """Ask once more, and then: out everywhere at once."""
    values = await typed(visit.request)
    try:
        async with visit.desk.db.transaction() as conn:
            who = await _member(conn, visit, key)
            if values.get(SURE) != "yes":
                colleague = await _details(conn, visit, who)
                return visit.render("colleague_sure.html", here="team", key=key, colleague=colleague)
            await staff.end(conn, who, visit.staff)
    except staff.LastLead:
        return await _page(visit, key, {"einde": translated(words.LAST_LEAD, visit.language)})
    return _done(visit, key, "einde")
