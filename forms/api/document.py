"""The OpenAPI document: what the API can do, for people and for tools. Anybody may read it, from anywhere."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forms.api.guard import VERSION
from forms.api.problems import MEDIA_TYPE, WORDS, Kind, Problem

PATH = "/openapi.json"
DESCRIPTION = """\
De API van Lief & Leedstraten: meld straten aan vanuit uw eigen systemen, en lees straten, totalen en
wat er gebeurde.

Elke aanvraag draagt een sleutel, die bij één gemeente hoort en alleen mag wat erbij is aangevinkt. Fouten
komen als `application/problem+json`, in het Nederlands, of in het Engels met `Accept-Language: en`. Een zorg
kunt u hier niet melden: dat doet iemand op de pagina, waar eerst staat wie u belt als er gevaar is.
"""
TAGS = [
    {"name": "submissions", "description": "Aanmeldingen. Nodig: `submissions:write`."},
    {"name": "streets", "description": "Straten. Nodig: `streets:read`."},
    {"name": "totals", "description": "Totalen. Nodig: `totals:read`."},
    {"name": "events", "description": "Wat er met straten gebeurde. Nodig: `events:read`."},
]
VERSION_HEADER = {
    "API-Version": {
        "description": "De volledige versie van de API.",
        "schema": {"type": "string", "examples": [VERSION]},
    }
}
MORE_HEADERS = {
    "201": {"Location": "Waar de aanmelding te volgen is."},
    "200": {"ETag": "Het merkteken van de inhoud; stuur het terug in If-None-Match."},
    "401": {"WWW-Authenticate": "Hoe u een sleutel meestuurt."},
    "403": {"WWW-Authenticate": "Wat de sleutel zou moeten mogen."},
    "429": {"Retry-After": "Na hoeveel seconden het weer kan."},
    "503": {"Retry-After": "Na hoeveel seconden het weer kan."},
}
ALWAYS = (Kind.WRONG_KEY, Kind.NO_SCOPE, Kind.NOT_ACCEPTABLE, Kind.TOO_MANY, Kind.FAILED, Kind.UNAVAILABLE)
WITH_BODY = (Kind.CONFLICT, Kind.TOO_LARGE, Kind.MEDIA_TYPE)
TOLD = (*ALWAYS, *WITH_BODY, Kind.INVALID_INPUT, Kind.NOT_FOUND)
"""The problems that an operation names; another of the same status differs in its words only."""


async def document(request: Request) -> Response:
    """The document of this app."""
    return JSONResponse(described(request.app), headers={"Access-Control-Allow-Origin": "*"})


def described(app: FastAPI) -> dict[str, Any]:
    """All operations with their answers; made once."""
    if not app.openapi_schema:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def _made(app: FastAPI) -> dict[str, Any]:
    api = app.state.api
    made = get_openapi(
        title="Lief & Leedstraten",
        version=VERSION,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        servers=[{"url": api.url, "description": "Deze server."}],
        contact={
            "name": "Beheer van de API van Lief & Leedstraten",
            "url": api.settings.public_url,
            "email": api.settings.api_contact,
        },
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    )
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for schema in schemas.values():
        schema.pop("description", None)
    made["components"]["responses"] = {_name(kind): _problem(kind) for kind in TOLD}
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _complete(operation, method, path)
    return made


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    """Add what every operation has: the version, the problems, and a 304 or a 200 beside the 201."""
    answers = operation["responses"]
    answers.pop("422", None)
    if method == "get":
        answers["304"] = {"description": "U heeft dit al."}
    else:
        answers["200"] = {**answers["201"], "description": "Dit was al binnen; er verandert niets."}
    answers["200" if method == "get" else "201"]["description"] = "Gelukt."
    for status, answer in answers.items():
        answer["headers"] = VERSION_HEADER | _headers(status, method, path)
    kinds = [*ALWAYS]
    if method == "post" or operation.get("parameters"):
        kinds.append(Kind.INVALID_INPUT)
    if "{" in path:
        kinds.append(Kind.NOT_FOUND)
    if method == "post":
        kinds.extend(WITH_BODY)
    for kind in kinds:
        answers[str(WORDS[kind].status)] = {"$ref": f"#/components/responses/{_name(kind)}"}
    operation["responses"] = dict(sorted(answers.items()))


def _headers(status: str, method: str, path: str) -> dict[str, Any]:
    wanted = dict(MORE_HEADERS.get(status, {}))
    if status == "200" and method == "post":
        wanted = MORE_HEADERS["201"]
    if status == "200" and path == "/streets":
        wanted["Link"] = "De volgende pagina, met rel=next."
    return {name: {"description": words, "schema": {"type": "string"}} for name, words in wanted.items()}


def _problem(kind: Kind) -> dict[str, Any]:
    words = WORDS[kind]
    example = Problem(
        type=f"urn:problem-type:straat:{kind}",
        status=words.status,
        title=words.title,
        detail=words.detail,
        errors=None,
    )
    return {
        "description": f"{words.title}.",
        "headers": VERSION_HEADER | _headers(str(words.status), "", ""),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example.model_dump(exclude_none=True),
            }
        },
    }


def _name(kind: Kind) -> str:
    return "".join(word.capitalize() for word in kind.split("-"))
