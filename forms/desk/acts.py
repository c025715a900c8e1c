"""The buttons of a potje: each checks that it is of this municipality, then updates its workflow."""

from functools import partial

import asyncpg
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.desk import commands
from forms.desk.commands import POTJE_UPDATES
from forms.desk.outcome import SURE, form_id
from forms.desk.staff import Act
from forms.desk.telling import sure, told, wrong
from forms.desk.visit import Visit, Visiting, WorkflowId
from forms.site.i18n import marked
from forms.site.reading import typed
from schemas.potje import PotjeAct, PotjeStatus, handover_code
from store import desk
from store.codes import is_code
from store.database import Connection
from store.keys import Keyring
from store.limits import Limit, attempt

router = APIRouter(prefix="/{municipality}")

FOR_GOOD = (Act.REJECT, Act.WITHDRAW)
WRONG_CODES = Limit("handed", 5)
"""Six digits can be guessed by who may try for ever."""

NO_SUCH_CODE = marked("Deze code klopt niet. Vraag de gangmaker om de zes cijfers uit de laatste mail.")
TOO_MANY_CODES = marked(
    "Er is te vaak een verkeerde code getypt. Probeer het over een uur nog eens. De gangmaker kan ook op de "
    "link in de mail klikken."
)


@router.post("/potjes/{workflow_id}/{act}")
async def potje(visit: Visiting, workflow_id: WorkflowId, act: str) -> Response:
    """Approve, reject, withdraw, hand over, correct that, or confirm it with the gangmaker's code."""
    if act not in list(POTJE_UPDATES):
        raise HTTPException(404)
    deed = Act(act)
    visit.require(deed)
    async with visit.desk.db.connection() as conn:
        row = await desk.potje(conn, visit.municipality, workflow_id)
    if row is None:
        raise HTTPException(404)
    values = await typed(visit.request)
    form = str(form_id(values))
    if deed in FOR_GOOD and SURE not in values:
        return sure(visit, row, deed, values, cents=row["cents"])
    field = f"code-{row['year']}"
    if deed is Act.CONFIRM and (why := await _wrong_code(visit, workflow_id, row, values.get(field, ""))):
        return await wrong(visit, row["street"], {field: why}, values)
    command = commands.potje(deed, workflow_id, PotjeAct(by=visit.staff), form)
    fate = await commands.reach(visit.desk.temporal, command, partial(_is_open, visit, workflow_id))
    return await told(visit, deed, row["street"], fate, values)


async def _is_open(visit: Visit, workflow_id: str) -> bool:
    async with visit.desk.db.connection() as conn:
        row = await desk.potje(conn, visit.municipality, workflow_id)
    return row is not None and not PotjeStatus(row["status"]).settled


class _Right(Exception):
    """The code is right: the try is not counted after all."""


async def _wrong_code(visit: Visit, workflow_id: str, row: asyncpg.Record, code: str) -> str | None:
    """Why a code will not do, or None. A wrong one is counted."""
    subject = handover_code(workflow_id, row["handovers"])
    try:
        async with visit.desk.db.transaction() as conn:
            return await _try(conn, visit.desk.keyring, subject, workflow_id, code)
    except _Right:
        return None


async def _try(conn: Connection, keyring: Keyring, subject: str, workflow_id: str, code: str) -> str:
    if not await attempt(conn, WRONG_CODES, workflow_id):
        return TOO_MANY_CODES
    if is_code(keyring, subject, code):
        raise _Right
    return NO_SUCH_CODE
