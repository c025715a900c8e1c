"""Bank statements: upload a camt.053 file, see what it told, line by line, and what became of it."""

import re
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from forms.desk.outcome import in_words
from forms.desk.paging import page_of
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import marked
from forms.site.reading import uploaded
from forms.site.security import Larger
from schemas.sepa.camt import MAX_BYTES
from store import desk_money
from store.ledger import LedgerError
from store.statements import import_statement

router = APIRouter(prefix="/{municipality}/afschriften")
StatementId = Annotated[UUID, Path()]

AROUND_IT = 64 * 1024
"""The other fields of the form, and the lines between them."""

UPLOADS = Larger(re.compile(r"/[a-z0-9-]+/afschriften"), MAX_BYTES + AROUND_IT)
NO_FILE = marked("Kies eerst een bestand.")
NOT_NOW = marked(
    "Het boekjaar veranderde net op dit moment. Er is niets geboekt. Lees het bestand nog eens in."
)


@router.get("")
async def statements(visit: Visiting) -> Response:
    """The form for a file, what waits for a place, and the statements so far."""
    return await _statements(visit)


@router.post("")
async def upload(visit: Visiting) -> Response:
    """Import a file: all of it is booked, or nothing. It is kept either way."""
    visit.require(Act.IMPORT)
    file = await uploaded(visit.request, "bestand", UPLOADS.max_bytes)
    if not file.content:
        return await _statements(visit, {"bestand": NO_FILE})
    now = datetime.now(UTC)
    try:
        async with visit.desk.db.transaction() as conn:
            imported = await import_statement(
                conn, visit.desk.vault, visit.policy, file.content, visit.staff, now
            )
    except LedgerError:
        return await _statements(visit, {"bestand": NOT_NOW})
    return RedirectResponse(f"/{visit.municipality}/afschriften/{imported.statement}?nieuw=ja", 303)


@router.get("/{statement}")
async def one_statement(visit: Visiting, statement: StatementId) -> Response:
    """What one statement told, and what became of it."""
    async with visit.desk.db.connection() as conn:
        row = await desk_money.statement(conn, visit.municipality, statement)
        lines = await desk_money.movements(conn, visit.municipality, statement)
    if row is None:
        raise HTTPException(404)
    return visit.render(
        "statement.html",
        here="statements",
        statement=row,
        lines=lines,
        new=visit.request.query_params.get("nieuw") == "ja",
    )


async def _statements(visit: Visit, errors: dict[str, str] | None = None) -> Response:
    page = page_of(visit)
    async with visit.desk.db.connection() as conn:
        found = await desk_money.statements(conn, visit.municipality, page)
        unplaced = await desk_money.unplaced(conn, visit.municipality)
    return visit.render(
        "statements.html",
        422 if errors else 200,
        errors=in_words(visit, errors or {}),
        here="statements",
        found=found,
        page=page,
        unplaced=unplaced,
        new_form=uuid4,
    )
