"""Webhooks on the desk: where events are sent, how that goes, and what can be sent again."""

import re
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.outcome import SURE, form_id, in_words
from forms.desk.paging import page_of
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.desk.webhooks import words
from forms.desk.webhooks.answers import ALL, SOME, read
from forms.site.reading import ticked, typed
from schemas.events import Kind
from schemas.webhook import DeliveryState, is_local
from store import webhooks

router = APIRouter(prefix="/{municipality}/koppelingen/webhooks")
WebhookId = Annotated[UUID, Path()]
ROOM = "connections"
MOST_FIELDS = 60
EVENT = re.compile(r"[0-9]{1,18}", re.ASCII)


@router.get("")
async def overview(visit: Visiting) -> Response:
    """All webhooks with their health, and the form for another."""
    return await _all(visit)


@router.post("")
async def make(visit: Visiting) -> Response:
    """Make one; its secret is on the page that answers, and nowhere else afterwards."""
    visit.require(Act.CONNECT)
    values, kinds = await ticked(visit.request, "kinds", max_fields=MOST_FIELDS)
    form = form_id(values)
    given, wrong = read(values, kinds, local=is_local(visit.desk.settings.desk_url))
    if given is None:
        return await _all(visit, wrong, values)
    try:
        async with visit.desk.db.transaction() as conn:
            secret = await webhooks.make(
                conn, visit.desk.keyring, visit.municipality, form, given, visit.staff
            )
    except webhooks.TooMany:
        return await _all(visit, {"name": words.TOO_MANY}, values)
    return await _secret(visit, form, secret)


@router.get("/{webhook}")
async def one(visit: Visiting, webhook: WebhookId) -> Response:
    """One webhook: its health, what was sent, and the buttons."""
    return await _one(visit, await _row(visit, webhook))


@router.post("/{webhook}")
async def change(visit: Visiting, webhook: WebhookId) -> Response:
    """Another name, address or choice."""
    visit.require(Act.CONNECT)
    row = await _row(visit, webhook)
    values, kinds = await ticked(visit.request, "kinds", max_fields=MOST_FIELDS)
    form_id(values)
    given, wrong = read(values, kinds, local=is_local(visit.desk.settings.desk_url))
    if given is None:
        return await _one(visit, row, wrong, values)
    async with visit.desk.db.transaction() as conn:
        await webhooks.change(conn, visit.municipality, webhook, given, visit.staff)
    return _done(visit, webhook, "change")


@router.post("/{webhook}/pause")
async def pause(visit: Visiting, webhook: WebhookId) -> Response:
    """Let its events wait."""
    visit.require(Act.CONNECT)
    await _pressed(visit, webhook)
    async with visit.desk.db.transaction() as conn:
        await webhooks.pause(conn, visit.municipality, webhook, visit.staff)
    return _done(visit, webhook, "pause")


@router.post("/{webhook}/resume")
async def resume(visit: Visiting, webhook: WebhookId) -> Response:
    """Send what waited, and go on."""
    visit.require(Act.CONNECT)
    await _pressed(visit, webhook)
    async with visit.desk.db.transaction() as conn:
        await webhooks.resume(conn, visit.municipality, webhook, visit.staff)
    return _done(visit, webhook, "resume")


@router.post("/{webhook}/rotate")
async def rotate(visit: Visiting, webhook: WebhookId) -> Response:
    """A new secret, once one is sure: the receiver has a day to learn it."""
    visit.require(Act.CONNECT)
    row, values, form = await _pressed(visit, webhook)
    if SURE not in values:
        return _sure(visit, row, values, "rotate")
    async with visit.desk.db.transaction() as conn:
        secret = await webhooks.rotate(
            conn, visit.desk.keyring, visit.municipality, webhook, form, visit.staff
        )
    return await _secret(visit, webhook, secret)


@router.post("/{webhook}/end")
async def end(visit: Visiting, webhook: WebhookId) -> Response:
    """For good, once one is sure."""
    visit.require(Act.CONNECT)
    row, values, _ = await _pressed(visit, webhook)
    if SURE not in values:
        return _sure(visit, row, values, "end")
    async with visit.desk.db.transaction() as conn:
        await webhooks.end(conn, visit.municipality, webhook, visit.staff)
    return RedirectResponse(f"/{visit.municipality}/koppelingen/webhooks?gedaan=end", 303)


@router.post("/{webhook}/test")
async def test(visit: Visiting, webhook: WebhookId) -> Response:
    """Send an event that says nothing."""
    visit.require(Act.REPLAY)
    _, _, form = await _pressed(visit, webhook)
    async with visit.desk.db.transaction() as conn:
        await webhooks.ping(conn, visit.municipality, webhook, form, visit.policy.oin, visit.staff)
    return _done(visit, webhook, "test")


@router.post("/{webhook}/again")
async def again(visit: Visiting, webhook: WebhookId) -> Response:
    """Send what was given up once more: the event that is named, or all of them."""
    visit.require(Act.REPLAY)
    row, values, _ = await _pressed(visit, webhook)
    async with visit.desk.db.transaction() as conn:
        sent = await webhooks.again(conn, visit.municipality, webhook, _event_of(values), visit.staff)
    return (
        _done(visit, webhook, "again") if sent else await _one(visit, row, {"berichten": words.NOTHING_DEAD})
    )


def _event_of(values: dict[str, str]) -> int | None:
    text = values.get("event", "")
    if text and not EVENT.fullmatch(text):
        raise HTTPException(400)
    return int(text) if text else None


async def _row(visit: Visit, webhook: UUID) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        rows = await webhooks.webhooks(conn, visit.municipality, webhook)
    if not rows:
        raise HTTPException(404)
    return rows[0]


async def _pressed(visit: Visit, webhook: UUID) -> tuple[asyncpg.Record, dict[str, str], UUID]:
    """The webhook, and the button's form with its id."""
    row = await _row(visit, webhook)
    values = await typed(visit.request)
    return row, values, form_id(values)


def _done(visit: Visit, webhook: UUID, what: str) -> Response:
    return RedirectResponse(f"/{visit.municipality}/koppelingen/webhooks/{webhook}?gedaan={what}", 303)


def _flash(visit: Visit) -> str | None:
    return words.DONE.get(visit.request.query_params.get("gedaan", ""))


async def _secret(visit: Visit, webhook: UUID, secret: str | None) -> Response:
    """The one page with the secret; who sends the form again gets the webhook without it."""
    if secret is None:
        return RedirectResponse(f"/{visit.municipality}/koppelingen/webhooks/{webhook}", 303)
    row = await _row(visit, webhook)
    return visit.render("webhook_secret.html", here=ROOM, row=row, secret=secret)


def _sure(visit: Visit, row: asyncpg.Record, values: dict[str, str], what: str) -> Response:
    back = f"/{visit.municipality}/koppelingen/webhooks/{row['id']}"
    return visit.render(
        "webhook_sure.html", here=ROOM, row=row, back=back, what=what, typed=values | {SURE: "yes"}
    )


async def _all(
    visit: Visit, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    async with visit.desk.db.connection() as conn:
        rows = await webhooks.webhooks(conn, visit.municipality)
    return visit.render(
        "webhooks.html",
        422 if errors else 200,
        here=ROOM,
        rows=rows,
        hooks=words,
        flash=None if errors else _flash(visit),
        errors=in_words(visit, errors or {}),
        values=values or {"which": ALL},
        new_form=uuid4,
    )


async def _one(
    visit: Visit,
    row: asyncpg.Record,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    asked = visit.request.query_params.get("stand", "")
    state = DeliveryState(asked) if asked in list(DeliveryState) else None
    page = page_of(visit)
    async with visit.desk.db.connection() as conn:
        sent = await webhooks.deliveries(conn, row["id"], state, page)
    total = sent[0]["total"] if sent else 0
    return visit.render(
        "webhook.html",
        422 if errors else 200,
        here=ROOM,
        row=row,
        hooks=words,
        sent=sent,
        state=state,
        states=list(DeliveryState),
        page=page,
        pages=max(1, -(-total // webhooks.PAGE)),
        total=total,
        flash=None if errors else _flash(visit),
        errors=in_words(visit, errors or {}),
        values=values or _kept(row),
        new_form=uuid4,
        ping=Kind.PING,
    )


def _kept(row: asyncpg.Record) -> dict[str, str]:
    """The form as it was filled in last."""
    which = SOME if row["kinds"] else ALL
    return {"name": row["name"], "url": row["url"], "which": which, "kinds": " ".join(row["kinds"])}
