"""The draft of a sign-up, sealed in a cookie on the reader's device: we store nothing before it is sent."""

import base64
import time
from typing import Self
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from forms.public.site import site_of
from schemas.model import Model
from schemas.policy import Policy
from schemas.signup import CAMPAIGN

COOKIE = "aanmelding"
KEPT_SECONDS = 2 * 3600
LONGEST = 301
"""Characters kept of an answer: one more than any field allows, so that *too long* still shows as such."""


class Draft(Model):
    """What was typed so far, as it was typed; ``form`` becomes the id of the submission."""

    form: UUID = Field(default_factory=uuid4)
    campaign: str | None = None
    answers: dict[str, str] = {}
    at: float = Field(default_factory=time.time)

    def with_answers(self, answers: dict[str, str]) -> Self:
        """The draft after a step; its two hours begin again."""
        short = {name: text[:LONGEST] for name, text in answers.items()}
        return self.model_copy(update={"answers": self.answers | short, "at": time.time()})


def campaign_of(request: Request) -> str | None:
    """The campaign in the address, when it looks like one."""
    code = request.query_params.get("campagne", "")
    return code if CAMPAIGN.match(code) else None


def _path(policy: Policy) -> str:
    return f"/{policy.slug}/aanmelden"


def read_draft(request: Request, policy: Policy) -> Draft | None:
    """The draft in the cookie; None when there is none, it is too old, or somebody changed it."""
    keyring = site_of(request).keyring
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        draft = Draft.model_validate_json(keyring.unseal_for("draft", sealed, policy.slug.encode()))
    except (ValueError, InvalidTag, ValidationError):
        return None
    return draft if time.time() - draft.at < KEPT_SECONDS else None


def keep_draft(request: Request, response: Response, policy: Policy, draft: Draft) -> None:
    """Give the reader the draft to keep."""
    site = site_of(request)
    sealed = site.keyring.seal_for("draft", draft.model_dump_json().encode(), policy.slug.encode())
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(sealed).decode(),
        max_age=KEPT_SECONDS,
        path=_path(policy),
        secure=site.secure,
        httponly=True,
        samesite="lax",
    )


def drop_draft(request: Request, response: Response, policy: Policy) -> None:
    """Take the draft away again."""
    response.delete_cookie(
        COOKIE, path=_path(policy), secure=site_of(request).secure, httponly=True, samesite="lax"
    )
