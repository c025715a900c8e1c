"""What goes wrong, as ``application/problem+json`` (RFC 9457). Names fields, never what stood in them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.refs import Language

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:problem-type:straat:"


class Kind(StrEnum):
    """The kinds of problems; the value is the end of the problem's type."""

    INVALID_INPUT = "invalid-input"
    NOT_JSON = "not-json"
    NO_KEY = "no-key"
    WRONG_KEY = "wrong-key"
    NO_SCOPE = "no-scope"
    NOT_FOUND = "not-found"
    METHOD = "method-not-allowed"
    NOT_ACCEPTABLE = "not-acceptable"
    CONFLICT = "conflict"
    TOO_LARGE = "too-large"
    MEDIA_TYPE = "unsupported-media-type"
    TOO_MANY = "too-many-requests"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"


class Words(NamedTuple):
    """The status of a problem, and what it says."""

    status: int
    title: str
    detail: str


WORDS = {
    Kind.INVALID_INPUT: Words(
        400, _("De aanvraag klopt niet"), _("Bij errors staat welke velden niet kloppen, en waarom.")
    ),
    Kind.NOT_JSON: Words(
        400, _("De inhoud is niet te lezen"), _("Stuur één JSON-object, in de tekencodering UTF-8.")
    ),
    Kind.NO_KEY: Words(
        401, _("Er is geen sleutel meegestuurd"), _("Stuur de kop Authorization: Bearer, met uw sleutel.")
    ),
    Kind.WRONG_KEY: Words(
        401,
        _("Deze sleutel geldt niet"),
        _("De sleutel is onbekend, verlopen of ingetrokken. De programmaleider maakt een nieuwe."),
    ),
    Kind.NO_SCOPE: Words(
        403,
        _("Deze sleutel mag dit niet"),
        _("De sleutel geldt, maar niet hiervoor. De programmaleider maakt er een die dit wel mag."),
    ),
    Kind.NOT_FOUND: Words(
        404,
        _("Niet gevonden"),
        _("Dit bestaat niet, of niet voor uw gemeente. Wat er is staat in openapi.json."),
    ),
    Kind.METHOD: Words(
        405, _("Dit kan hier niet"), _("In de kop Allow staat welke methoden hier wel kunnen.")
    ),
    Kind.NOT_ACCEPTABLE: Words(
        406,
        _("Dat formaat is er niet"),
        _("We antwoorden in application/json. Vraag daarom in de kop Accept."),
    ),
    Kind.CONFLICT: Words(
        409,
        _("Dit nummer is al gebruikt"),
        _("Met dit id is eerder iets anders gestuurd. Stuur een nieuwe aanmelding met een nieuw id."),
    ),
    Kind.TOO_LARGE: Words(413, _("De inhoud is te groot"), _("Stuur ten hoogste 64 kibibyte.")),
    Kind.MEDIA_TYPE: Words(
        415, _("Dat formaat lezen we niet"), _("Stuur JSON, met de kop Content-Type: application/json.")
    ),
    Kind.TOO_MANY: Words(
        429, _("Te veel aanvragen"), _("Wacht zoveel seconden als in de kop Retry-After staat.")
    ),
    Kind.FAILED: Words(
        500,
        _("Er ging iets mis bij ons"),
        _("Probeer het later opnieuw. Blijft het misgaan, laat het ons weten."),
    ),
    Kind.UNAVAILABLE: Words(
        503,
        _("We zijn er even niet"),
        _("Er is niets bewaard. Probeer het opnieuw na de tijd in Retry-After."),
    ),
}
BY_STATUS = {words.status: kind for kind, words in reversed(WORDS.items())}


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(
        description="Waar het veld staat, met punten, zoals in de aanvraag.", examples=["gangmaker.email"]
    )
    detail: str = Field(
        description="Wat er niet klopt, in een zin.",
        examples=["Dit e-mailadres klopt niet. Een voorbeeld is: naam@voorbeeld.nl."],
    )


class Problem(BaseModel):
    """An error by RFC 9457."""

    type: str = Field(description="De soort fout; blijft gelijk.", examples=[TYPE + Kind.INVALID_INPUT])
    status: int = Field(description="De HTTP-status.", examples=[400])
    title: str = Field(description="Wat er aan de hand is.", examples=[WORDS[Kind.INVALID_INPUT].title])
    detail: str = Field(description="Wat u kunt doen.", examples=[WORDS[Kind.INVALID_INPUT].detail])
    errors: list[FieldError] | None = Field(None, description="Alleen bij 400: wat er mis is, per veld.")


class Refused(HTTPException):
    """A problem that a handler finds."""

    def __init__(
        self, kind: Kind, *, errors: Mapping[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(WORDS[kind].status, headers=headers)
        self.kind = kind
        self.errors = errors


def language_asked(request: Request) -> Language:
    """The first language of ours in Accept-Language; Dutch when there is none."""
    for part in request.headers.get("accept-language", "").lower().split(","):
        code = part.partition(";")[0].strip()[:2]
        if code in list(Language):
            return Language(code)
    return Language.NL


def problem(
    request: Request,
    kind: Kind,
    *,
    status: int | None = None,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that tells of a problem, in the reader's language; ``errors`` are marked sentences."""
    language, words = language_asked(request), WORDS[kind]
    found = [FieldError(field=at, detail=translated(why, language)) for at, why in (errors or {}).items()]
    told = Problem(
        type=TYPE + kind,
        status=status or words.status,
        title=translated(words.title, language),
        detail=translated(words.detail, language),
        errors=found or None,
    )
    own = {"Content-Language": language, "Vary": "Accept-Language"}
    return JSONResponse(
        told.model_dump(exclude_none=True), told.status, {**own, **(headers or {})}, media_type=MEDIA_TYPE
    )
