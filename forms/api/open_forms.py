"""Sign-ups from Open Formulieren, as its registration plugins *Generic JSON* and *JSON dump* send them."""

import json
from typing import Annotated, Any
from uuid import UUID, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from starlette.responses import Response

from forms.api.caller import Calling, operations
from forms.api.problems import Kind, Refused
from forms.api.submissions import Submission, address_of, told
from forms.api.taking import complete, take
from forms.public.sending import Incoming
from forms.site.i18n import marked as _
from schemas.client import Scope
from schemas.refs import Language
from schemas.signup import Together

router = operations(Scope.SUBMISSIONS_WRITE, "submissions")

NAMESPACE = UUID("5f1c9d1e-6c0b-4c3e-8f0a-3a2f1f7e9b10")
"""Under which a public reference of Open Formulieren becomes the id of a submission."""

KEYS = {
    "street": "straat",
    "part": "deel",
    "wijk": "wijk",
    "name": "naam",
    "email": "email",
    "phone": "telefoon",
    "second_name": "naamTweede",
    "second_email": "emailTweede",
}
"""What our form calls a field, and the key of the field in Open Formulieren."""

REQUIRED = ("straat", "wijk", "naam", "email")
MISSING = _("Dit veld ontbreekt.")
NO_TEXT = _("Geef hier een tekst.")

EXAMPLE: JsonDict = {
    "values": {
        "straat": "Rozenlaan",
        "wijk": "Noord",
        "naam": "Aïsha de Boer",
        "email": "aisha@voorbeeld.nl",
    },
    "values_schema": {"type": "object"},
    "metadata": {
        "public_reference": "OF-ABC123",
        "form_version": "1.0",
        "registration_timestamp": "2026-11-26T10:00:00Z",
    },
    "metadata_schema": {"type": "object"},
}

Value = Annotated[str, StringConstraints(max_length=301)] | None


def _unpacked(value: object) -> object:
    """The older plugin sends its JSON once more as a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


class Values(BaseModel):
    """What was filled in. Every other key is left unread, so also a *burgerservicenummer* is not kept."""

    straat: Value = Field(None, description="Verplicht. De naam van de straat.", examples=["Rozenlaan"])
    deel: Value = Field(None, description="Welk deel van de straat.", examples=[""])
    wijk: Value = Field(None, description="Verplicht. Uit de lijst van de gemeente.", examples=["Noord"])
    naam: Value = Field(None, description="Verplicht. Wie zich aanmeldt.", examples=["Aïsha de Boer"])
    email: Value = Field(None, description="Verplicht.", examples=["aisha@voorbeeld.nl"])
    telefoon: Value = Field(None, examples=["06 12 34 56 78"])
    naamTweede: Value = Field(None, description="De buur die meedoet.", examples=[""])  # noqa: N815 - a key of the form
    emailTweede: Value = Field(None, description="Het adres van die buur.", examples=[""])  # noqa: N815

    def answers(self) -> dict[str, str]:
        """What our own form would have held; an empty field of theirs is no field of ours."""
        given = {ours: (getattr(self, theirs) or "").strip() for ours, theirs in KEYS.items()}
        filled = {field: value for field, value in given.items() if value}
        second = "second_name" in filled or "second_email" in filled
        return filled | {"together": Together.YES if second else Together.NOT_YET}


class Metadata(BaseModel):
    """What Open Formulieren tells about the submission; other keys are left unread."""

    public_reference: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="De openbare referentie: dezelfde referentie is dezelfde aanmelding.",
        examples=["OF-ABC123"],
    )
    language_code: Value = Field(None, description="De taal van de inzender: nl of en.", examples=["nl"])


class OpenFormsSubmission(BaseModel):
    """The four parts that Open Formulieren sends; the two schemas are left unread."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    values: Values
    values_schema: dict[str, Any] | None = None
    metadata: Metadata
    metadata_schema: dict[str, Any] | None = None


Body = Annotated[OpenFormsSubmission, BeforeValidator(_unpacked)]


@router.post(
    "/open-forms-submissions",
    status_code=201,
    operation_id="createOpenFormsSubmission",
    summary="Meld een straat aan vanuit Open Formulieren",
)
async def create(calling: Calling, body: Body, response: Response) -> Submission:
    """Neemt aan wat Open Formulieren stuurt met de registratie *Generic JSON* (vroeger *JSON dump*).

    De velden van het formulier hebben vaste sleutels. Een aanmelding met dezelfde openbare referentie en
    dezelfde inhoud verandert niets, dus Open Formulieren mag het zo vaak proberen als nodig is.
    """
    _require(body.values)
    places = {ours: f"values.{theirs}" for ours, theirs in KEYS.items()}
    form = complete(calling, body.values.answers(), places)
    language = Language.EN if body.metadata.language_code == Language.EN else Language.NL
    submission = uuid5(NAMESPACE, f"{calling.policy.slug}/{body.metadata.public_reference}")
    row, new = await take(calling, Incoming(submission, form, language, by=calling.client.ref))
    response.status_code = 201 if new else 200
    response.headers["Location"] = address_of(calling, submission)
    return told(calling, row)


def _require(values: Values) -> None:
    """Name the keys that are not there at all: most likely the form has other ones."""
    missing = [key for key in REQUIRED if getattr(values, key) is None]
    if missing:
        raise Refused(Kind.INVALID_INPUT, errors={f"values.{key}": MISSING for key in missing})
