"""Paying by bank: what is ready, the batches, their release by a second person, and their files."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.commands import Fate, ask, run
from forms.desk.operators import workflow_url
from forms.desk.outcome import SURE, form_id, in_words, undelivered
from forms.desk.paging import page_of, year_of
from forms.desk.payouts import commands
from forms.desk.payouts.answers import FreezeAnswers, next_working_day, problems
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.calendar import dutch_date
from schemas.payment import BatchAct, BatchState, PayoutOrder
from schemas.payout import Frozen
from schemas.person import Document
from schemas.refusals import SENTENCES, Refusal
from store import desk, desk_money, payments, safekeeping
from store.vault import Erased

router = APIRouter(prefix="/{municipality}/betalen")
BatchId = Annotated[UUID, Path()]

PURPOSE = "payment_file"
SHOWN = 50
"""Potjes and files on the page; a payment file takes all that are ready."""
PAYMENTS_SHOWN = 100

NOTHING_READY = marked("Er stond niets klaar om te betalen. Misschien was een collega u voor.")
GONE = marked("Dit is al afgehandeld. Hieronder ziet u hoe het er nu voor staat.")


@router.get("")
async def paying(visit: Visiting) -> Response:
    """What is ready, what waits for an IBAN, what failed, and the batches."""
    return await _paying(visit, year_of(visit))


@router.post("")
async def freeze(visit: Visiting) -> Response:
    """Freeze what is ready in a batch. The form's id is the batch's, so a double click makes one."""
    visit.require(Act.FREEZE)
    values = await typed(visit.request)
    batch, year = form_id(values), year_of(visit, values.get("jaar"))
    today = dutch_date(datetime.now(UTC))
    try:
        answers = FreezeAnswers.model_validate(values, context={"today": today})
    except ValidationError as error:
        return await _paying(visit, year, problems(error), values)
    order = PayoutOrder(
        batch=batch,
        municipality=visit.municipality,
        year=year,
        by=visit.staff,
        execution_date=answers.day,
        desk_url=visit.desk.settings.desk_url,
    )
    frozen = await ask(visit.desk.temporal, commands.freeze(order))
    here = f"/{visit.municipality}/betalen"
    if page := undelivered(visit, frozen, back=here, values=values):
        return page
    if refusal := _why_not(frozen):
        return await _paying(visit, year, {"klaar": refusal}, values)
    async with visit.desk.db.connection() as conn:
        made = await payments.batch(conn, visit.municipality, batch)
    if made is None:
        return await _paying(visit, year, {"klaar": NOTHING_READY}, values)
    return RedirectResponse(f"{here}/{batch}?gedaan={Act.FREEZE}", 303)


def _why_not(frozen: object) -> str | None:
    if isinstance(frozen, Frozen):
        frozen = frozen.refusal
    return SENTENCES[frozen] if isinstance(frozen, Refusal) else None


@router.get("/{batch}")
async def one_batch(visit: Visiting, batch: BatchId) -> Response:
    """A batch, with its payments by street. No account numbers."""
    return await _batch(visit, batch)


@router.post("/{batch}/download")
async def download(visit: Visiting, batch: BatchId) -> Response:
    """The file, once it is released. That somebody took it is noted, and so is the look."""
    visit.require(Act.DOWNLOAD)
    async with visit.desk.db.transaction() as conn:
        row = await payments.batch(conn, visit.municipality, batch)
        document = await payments.document_of(conn, visit.municipality, batch)
        if row is None or document is None:
            raise HTTPException(404)
        try:
            file = await visit.desk.vault.look_at(conn, document, Document, visit.staff, PURPOSE)
        except Erased:
            raise HTTPException(410) from None
        await payments.downloaded(conn, visit.municipality, batch)
    name = {"Content-Disposition": f'attachment; filename="{file_name(row)}"'}
    return Response(file.content, media_type="application/xml", headers=name)


@router.post("/{batch}/{act}")
async def act_on(visit: Visiting, batch: BatchId, act: str) -> Response:
    """Release a batch, or cancel it; a cancel is asked twice."""
    if act not in list(commands.BATCH_UPDATES):
        raise HTTPException(404)
    deed = Act(act)
    visit.require(deed)
    row = await _row(visit, batch)
    values = await typed(visit.request)
    form, here = form_id(values), f"/{visit.municipality}/betalen/{batch}"
    if deed is Act.CANCEL and SURE not in values:
        sure = values | {SURE: "yes"}
        question = "refused" if row["state"] == BatchState.RELEASED else deed
        return visit.render(
            "sure.html", question=question, subject=file_name(row), cents=row["cents"], back=here, typed=sure
        )
    if deed is Act.RELEASE and await _waits(visit):
        return await _batch(visit, batch, {"bestand": SENTENCES[Refusal.RESTORED]})
    command = commands.batch(deed, row["workflow_id"], BatchAct(by=visit.staff), form)
    fate = await run(visit.desk.temporal, command)
    if isinstance(fate, Refusal):
        return await _batch(visit, batch, {"bestand": SENTENCES[fate]})
    if fate is Fate.GONE:
        return await _batch(visit, batch, {"bestand": GONE})
    done = RedirectResponse(f"{here}?gedaan={deed}", 303)
    return undelivered(visit, fate, back=here, values=values) or done


def file_name(row: asyncpg.Record) -> str:
    """What a batch's file is called: by municipality, year and number, never by people."""
    return f"potjes-{row['municipality']}-{row['fiscal_year']}-{row['number']}.xml"


async def _waits(visit: Visit) -> bool:
    async with visit.desk.db.connection() as conn:
        return await safekeeping.paying_waits(conn, visit.municipality)


async def _row(visit: Visit, batch: UUID) -> asyncpg.Record:
    async with visit.desk.db.connection() as conn:
        row = await payments.batch(conn, visit.municipality, batch)
    if row is None:
        raise HTTPException(404)
    return row


async def _paying(
    visit: Visit, year: int, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    today = dutch_date(datetime.now(UTC))
    async with visit.desk.db.connection() as conn:
        ready = await payments.ready(conn, visit.municipality, year)
        batches = await payments.batches(conn, visit.municipality)
        failed = await payments.failed(conn, visit.municipality)
        years = await desk_money.other_years(conn, visit.municipality, year)
        waits = await safekeeping.paying_waits(conn, visit.municipality)
    return visit.render(
        "pay.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="pay",
        year=year,
        years=years,
        waits=SENTENCES[Refusal.RESTORED] if waits else None,
        ready=[row for row in ready if row["has_account"]],
        waiting=[row for row in ready if not row["has_account"]],
        failed=sorted(failed, key=lambda row: row["resolved_at"]),
        batches=batches,
        shown=SHOWN,
        page=page_of(visit),
        pages=max(1, -(-len(batches) // SHOWN)),
        values={"day": next_working_day(today).isoformat()} | (values or {}),
        new_form=uuid4,
    )


async def _batch(visit: Visit, batch: UUID, errors: dict[str, str] | None = None) -> Response:
    row = await _row(visit, batch)
    async with visit.desk.db.connection() as conn:
        paid = await payments.payments_of(conn, batch)
        story = await desk.story_of(conn, visit.municipality, f"batch/{batch}")
    page = page_of(visit)
    done = visit.request.query_params.get("gedaan")
    return visit.render(
        "batch.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="pay",
        batch=row,
        file_name=file_name(row),
        story=story,
        failed=[one for one in paid if one["state"] in ("rejected", "returned")],
        payments=paid[(page - 1) * PAYMENTS_SHOWN : page * PAYMENTS_SHOWN],
        page=page,
        pages=max(1, -(-len(paid) // PAYMENTS_SHOWN)),
        flash=Act(done) if done in (Act.FREEZE, Act.RELEASE, Act.CANCEL) else None,
        link=workflow_url(visit.desk.settings, row["workflow_id"]),
        new_form=uuid4,
    )
