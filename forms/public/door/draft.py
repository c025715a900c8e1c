"""The account number between typing and sending, sealed in a cookie: it is stored once it was checked."""

import base64
import time
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from pydantic import Field, ValidationError
from starlette.responses import Response

from forms.public.door.visit import Visit, door_path
from schemas.door import AccountForm
from schemas.model import Model

COOKIE = "rekening"
PAGE = "rekening"
PURPOSE = "account-draft"
KEPT_SECONDS = 30 * 60


class AccountDraft(Model):
    """What was typed and found right; ``form`` makes sending it twice one submission."""

    form: UUID = Field(default_factory=uuid4)
    account: AccountForm
    at: float = Field(default_factory=time.time)


def _bound(visit: Visit) -> bytes:
    return f"{visit.who.municipality}/{visit.who.street}/{visit.who.person}".encode()


def read_draft(visit: Visit) -> AccountDraft | None:
    """The draft of this gangmaker; None when there is none, it is too old, or somebody changed it."""
    try:
        sealed = base64.urlsafe_b64decode(visit.request.cookies.get(COOKIE, ""))
        draft = AccountDraft.model_validate_json(
            visit.site.keyring.unseal_for(PURPOSE, sealed, _bound(visit))
        )
    except (ValueError, InvalidTag, ValidationError):
        return None
    return draft if time.time() - draft.at < KEPT_SECONDS else None


def keep_draft(visit: Visit, response: Response, draft: AccountDraft) -> None:
    """Give the browser the draft to keep."""
    sealed = visit.site.keyring.seal_for(PURPOSE, draft.model_dump_json().encode(), _bound(visit))
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(sealed).decode(),
        max_age=KEPT_SECONDS,
        path=door_path(visit.policy, PAGE),
        secure=visit.site.secure,
        httponly=True,
        samesite="lax",
    )


def drop_draft(visit: Visit, response: Response) -> None:
    """Take the draft away again."""
    response.delete_cookie(
        COOKIE,
        path=door_path(visit.policy, PAGE),
        secure=visit.site.secure,
        httponly=True,
        samesite="lax",
    )
