"""A gangmaker stops or hands over; a street wakes, or stops."""

from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.commands import Fate, run
from forms.desk.lives import commands
from forms.desk.lives.answers import HandOnAnswers, problems
from forms.desk.outcome import SURE, form_id, in_words, undelivered
from forms.desk.staff import Act
from forms.desk.street import street_page
from forms.desk.visit import StreetSlug, Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.person import Person
from schemas.refs import Slug
from schemas.refusals import SENTENCES, Refusal
from schemas.signup import HANDOVER, SignupOrder
from schemas.street import Leave, Phase, StreetAct
from store import inbox, registry
from store.inbox import Submission

router = APIRouter(prefix="/{municipality}/straten/{street}")
Gangmaker = Annotated[UUID, Path()]

PURPOSE = "hand_on"
ON_STREETS = (Act.WAKE, Act.END, Act.SEND_STARTER, Act.RECEIVE_STARTER)
GONE = marked("Dit is al afgehandeld. Hieronder ziet u hoe het er nu voor staat.")


async def street_row(visit: Visit, slug: Slug) -> asyncpg.Record:
    """The street, or 404."""
    async with visit.desk.db.connection() as conn:
        row = await registry.street(conn, visit.municipality, slug)
    if row is None:
        raise HTTPException(404)
    return row


async def do(visit: Visit, act: Act, slug: Slug, order: commands.Order, values: dict[str, str]) -> Response:
    """Ask the street, and show what became of it."""
    here = f"/{visit.municipality}/straten/{slug}"
    command = commands.street(act, visit.municipality, slug, order, str(form_id(values)))
    fate = await run(visit.desk.temporal, command)
    if isinstance(fate, Refusal):
        return await street_page(
            visit, slug, 422, errors=in_words(visit, {"gangmakers": SENTENCES[fate]}), values=values
        )
    if fate is Fate.GONE:
        return await street_page(visit, slug, 422, errors=in_words(visit, {"gangmakers": GONE}))
    done = RedirectResponse(f"{here}?gedaan={act}", 303)
    return undelivered(visit, fate, back=here, values=values) or done


def _sure(visit: Visit, act: Act, row: asyncpg.Record, values: dict[str, str]) -> Response:
    back = f"/{visit.municipality}/straten/{row['slug']}"
    return visit.render("sure.html", question=act, street=row, back=back, typed=values | {SURE: "yes"})


@router.post("/gangmakers/{gangmaker}/stopt")
async def leave(visit: Visiting, street: StreetSlug, gangmaker: Gangmaker) -> Response:
    """A gangmaker stops; asked twice, since the thanks cannot be taken back."""
    visit.require(Act.LEAVE)
    row = await street_row(visit, street)
    values = await typed(visit.request)
    if SURE not in values:
        return _sure(visit, Act.LEAVE, row, values)
    return await do(visit, Act.LEAVE, street, Leave(person=gangmaker, by=visit.staff), values)


@router.get("/gangmakers/{gangmaker}/doorgeven")
async def hand_on_form(visit: Visiting, street: StreetSlug, gangmaker: Gangmaker) -> Response:
    """Asks who takes over."""
    visit.require(Act.HAND_ON)
    return await _hand_on_page(visit, await street_row(visit, street), gangmaker)


@router.post("/gangmakers/{gangmaker}/doorgeven")
async def hand_on(visit: Visiting, street: StreetSlug, gangmaker: Gangmaker) -> Response:
    """The newcomer is asked by mail; only their yes makes the other one go."""
    visit.require(Act.HAND_ON)
    row = await street_row(visit, street)
    values = await typed(visit.request)
    form = form_id(values)
    try:
        answers = HandOnAnswers.model_validate(values)
    except ValidationError as error:
        return await _hand_on_page(visit, row, gangmaker, problems(error), values)
    if gangmaker not in row["gangmakers"]:
        raise HTTPException(404)
    newcomer = Person(name=answers.name, email=answers.email, language=answers.language)
    await _invite(visit, row, gangmaker, newcomer, form)
    return RedirectResponse(f"/{visit.municipality}/straten/{street}?gedaan={Act.HAND_ON}", 303)


async def _invite(visit: Visit, row: asyncpg.Record, leaver: UUID, newcomer: Person, form: UUID) -> None:
    """Into the vault and the inbox, in one transaction; the same form twice is one invitation."""
    policy = visit.policy
    async with visit.desk.db.transaction() as conn:
        if await inbox.claim(conn, form):
            return
        order = SignupOrder(
            submission=form,
            municipality=policy.slug,
            street=row["slug"],
            street_name=row["name"],
            part=row["part"],
            wijk=row["wijk"],
            language=newcomer.language,
            gangmaker=await visit.desk.vault.put(conn, policy.slug, newcomer),
            reminders=policy.signup.reminders,
            expires_after=policy.signup.expires_after,
            source=HANDOVER,
            replaces=leaver,
            by=visit.staff,
        )
        payload = order.model_dump(mode="json")
        await inbox.receive(conn, Submission(form, "signup", policy.slug, payload))


async def _hand_on_page(
    visit: Visit,
    row: asyncpg.Record,
    gangmaker: UUID,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    if gangmaker not in row["gangmakers"] or row["phase"] not in (Phase.INTAKE, Phase.ACTIVE):
        raise HTTPException(404)
    async with visit.desk.db.transaction() as conn:
        people = await visit.desk.vault.look(conn, [gangmaker], visit.staff, PURPOSE)
    if gangmaker not in people:
        raise HTTPException(404)
    return visit.render(
        "hand_on.html",
        422 if errors else 200,
        here="streets",
        street=row,
        person=people[gangmaker],
        errors=in_words(visit, errors or {}),
        values=values or {"language": "nl"},
        new_form=uuid4,
    )


@router.post("/{act}")
async def act_on(visit: Visiting, street: StreetSlug, act: str) -> Response:
    """Wake a street, let it stop (asked twice), or tell how its starter package travels."""
    if act not in ON_STREETS:
        raise HTTPException(404)
    deed = Act(act)
    visit.require(deed)
    row = await street_row(visit, street)
    values = await typed(visit.request)
    if deed is Act.END and SURE not in values:
        return _sure(visit, deed, row, values)
    return await do(visit, deed, street, StreetAct(by=visit.staff), values)
