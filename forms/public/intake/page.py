"""The page behind the mail with moments: pick one, or say that none suits. Looking changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.answer import street_title
from forms.public.site import policy_of, site_of
from forms.site.i18n import language_of, translated
from forms.site.i18n import marked as _
from forms.site.reading import typed
from schemas.facts import LinkPurpose
from schemas.person import Place
from schemas.policy import Policy
from store import intakes, links
from store.database import Connection
from store.links import Link, LinkState
from store.vault import Erased, Vault

NONE_SUITS = "none"

CHOOSE = _("Kies een moment, of kies dat er geen past.")
TAKEN = _("Dit moment is net bezet. Kies een ander moment.")


@dataclass(frozen=True)
class Moment:
    """A moment to pick, as the page shows it."""

    id: UUID
    at: datetime
    place: str


@dataclass(frozen=True)
class Asked:
    """All that the page shows."""

    link: Link
    street: str
    moments: list[Moment]
    picked: datetime | None


async def show(request: Request) -> Response:
    """The moments that are still free, or what was picked, or that it is too late."""
    policy = await policy_of(request)
    async with site_of(request).db.connection() as conn:
        asked = await _asked(conn, request, policy)
    return _page(request, policy, asked, {}, {})


async def _asked(conn: Connection, request: Request, policy: Policy) -> Asked:
    link = await links.find(conn, policy.slug, request.path_params["token"])
    if link is None or link.purpose is not LinkPurpose.INTAKE_PICK:
        raise HTTPException(404)
    vault = Vault(site_of(request).keyring)
    rows = await intakes.offered(conn, link.workflow_id) if link.state is LinkState.OPEN else []
    return Asked(
        link=link,
        street=await street_title(conn, policy, link.street),
        moments=[Moment(row["id"], row["at"], await _place(conn, vault, row)) for row in rows],
        picked=await intakes.picked(conn, link.workflow_id),
    )


async def _place(conn: Connection, vault: Vault, row: asyncpg.Record) -> str:
    try:
        return (await vault.get(conn, row["place"], Place)).text
    except Erased:
        return ""


def _page(
    request: Request, policy: Policy, asked: Asked, values: dict[str, str], errors: dict[str, str]
) -> Response:
    render, link = site_of(request).pages.render, asked.link
    if link.state is LinkState.EXPIRED:
        return render(request, "answer_expired.html", 410, policy=policy, purpose=link.purpose)
    if link.state is LinkState.ANSWERED:
        picked = asked.picked if link.answer else None
        return render(request, "picked.html", policy=policy, street=asked.street, picked=picked)
    told = {field: translated(text, language_of(request)) for field, text in errors.items()}
    status = 422 if errors else 200
    return render(request, "pick.html", status, policy=policy, asked=asked, values=values, errors=told)


async def give(request: Request) -> Response:
    """Pick, for all gangmakers of the street; who comes second sees what was picked."""
    values = await typed(request)
    policy, token = await policy_of(request), request.path_params["token"]
    async with site_of(request).db.transaction() as conn:
        link = await links.find(conn, policy.slug, token)
        if link is not None:
            await intakes.lock(conn, link.workflow_id)
        asked = await _asked(conn, request, policy)
        errors = await _answer(conn, asked, token, values) if asked.link.state is LinkState.OPEN else {}
        if errors:
            asked = await _asked(conn, request, policy)
    if errors:
        return _page(request, policy, asked, values, errors)
    return RedirectResponse(request.url.path, 303)


async def _answer(conn: Connection, asked: Asked, token: str, values: dict[str, str]) -> dict[str, str]:
    """What is wrong, if the answer does not count."""
    choice = values.get("moment", "")
    if choice == NONE_SUITS:
        await intakes.none_suits(conn, token)
        return {}
    try:
        slot = UUID(choice)
    except ValueError:
        return {"moment": CHOOSE}
    taken = not await intakes.pick(conn, token, asked.link.workflow_id, slot)
    return {"moment": TAKEN} if taken else {}
