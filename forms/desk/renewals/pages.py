"""The yearly renewal on the desk: how each round stands, whom to call, what gangmakers wrote along."""

from contextlib import suppress
from datetime import date
from functools import partial
from uuid import uuid4

import asyncpg
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk import later, words
from forms.desk.commands import Command, Fate, reach
from forms.desk.operators import every_url, workflow_url
from forms.desk.outcome import SURE, form_id, in_words, undelivered
from forms.desk.paging import page_of
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting, WorkflowId
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.person import Person, Story
from schemas.refs import VaultRef
from schemas.refusals import SENTENCES, Refusal
from schemas.renewal import CallOutcome, RenewalCall
from store import registry, renewals
from store.vault import Erased

router = APIRouter(prefix="/{municipality}/vernieuwing")

PURPOSE = "renewal"
LEAP = 2000
"""A year that has every day of a policy."""
CHOOSE = marked("Kies wat er uit het gesprek kwam.")
GONE = marked("Dit is al afgehandeld. Hieronder ziet u hoe het er nu voor staat.")


@router.get("")
async def rounds(visit: Visiting) -> Response:
    """The years, the latest first, and the streets of one of them."""
    asked = visit.request.query_params
    async with visit.desk.db.connection() as conn:
        years = await renewals.years(conn, visit.municipality)
        known = [row["year"] for row in years]
        year = int(asked["jaar"]) if asked.get("jaar", "") in map(str, known) else (known or [0])[0]
        standing = asked["stand"] if asked.get("stand") in words.RENEWALS else None
        found = await renewals.of_year(conn, visit.municipality, year, standing, page_of(visit))
    return visit.render(
        "renewals.html",
        here="renewals",
        years=years,
        turn=date(LEAP, visit.policy.renewal.month, visit.policy.renewal.day),
        year=year,
        standing=standing,
        found=found,
        page=page_of(visit),
        behind=every_url(visit.desk.settings, visit.municipality, "RenewalRoundWorkflow"),
    )


@router.get("/{workflow_id}")
async def one(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """One street: whom to call, and what was written along."""
    return await _page(visit, workflow_id)


@router.post("/{workflow_id}")
async def call(visit: Visiting, workflow_id: WorkflowId) -> Response:
    """What was heard on the telephone."""
    visit.require(Act.CALL)
    row = await _row(visit, workflow_id)
    values = await typed(visit.request)
    form = str(form_id(values))
    if values.get("outcome") not in list(CallOutcome):
        return await _page(visit, workflow_id, {"outcome": CHOOSE}, values)
    if values["outcome"] == CallOutcome.STOP and SURE not in values:
        back = f"/{visit.municipality}/vernieuwing/{workflow_id}"
        return visit.render(
            "sure.html", question=Act.END, street=row, back=back, typed=values | {SURE: "yes"}
        )
    order = RenewalCall(outcome=CallOutcome(values["outcome"]), by=visit.staff)
    command = _recorded(workflow_id, order, form)
    fate = await reach(visit.desk.temporal, command, partial(_is_open, visit, workflow_id))
    here = f"/{visit.municipality}/vernieuwing/{workflow_id}"
    if isinstance(fate, Refusal):
        return await _page(visit, workflow_id, {"outcome": SENTENCES[fate]}, values)
    if fate is Fate.GONE:
        return await _page(visit, workflow_id, {"outcome": GONE}, values)
    done = RedirectResponse(f"{here}?gedaan={Act.CALL}", 303)
    return undelivered(visit, fate, back=here, values=values) or done


def _recorded(workflow_id: str, order: RenewalCall, form: str) -> Command:
    async def send(client: "later.Client") -> None:
        handle = client.get_workflow_handle_for(later.RenewalWorkflow.run, workflow_id)
        _ = await handle.execute_update(later.RenewalWorkflow.record_call, order, id=form)

    return send


async def _is_open(visit: Visit, workflow_id: str) -> bool:
    async with visit.desk.db.connection() as conn:
        return await renewals.is_open(conn, workflow_id)


async def _row(visit: Visit, workflow_id: str) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        row = await renewals.one(conn, visit.municipality, workflow_id)
    if row is None:
        raise HTTPException(404)
    return row


async def _page(
    visit: Visit,
    workflow_id: str,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    """With the telephone numbers, while there is something to call about; the look is logged."""
    row = await _row(visit, workflow_id)
    people: dict[VaultRef, Person] = {}
    written = []
    async with visit.desk.db.transaction() as conn:
        street = await registry.street(conn, visit.municipality, row["street"])
        if street and row["status"] != "decided":
            people = await visit.desk.vault.look(conn, street["gangmakers"], visit.staff, PURPOSE)
        for ref in row["words"]:
            with suppress(Erased):
                written.append((await visit.desk.vault.look_at(conn, ref, Story, visit.staff, PURPOSE)).text)
    return visit.render(
        "renewal_call.html",
        422 if errors else 200,
        here="renewals",
        row=row,
        standing=row["outcome"] or row["status"],
        people=list(people.values()),
        written=written,
        flash=Act.CALL if visit.request.query_params.get("gedaan") == Act.CALL else None,
        errors=in_words(visit, errors or {}),
        values=values or {},
        link=workflow_url(visit.desk.settings, workflow_id),
        new_form=uuid4,
    )
