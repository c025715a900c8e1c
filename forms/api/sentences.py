"""What is wrong with a field of a request, in the sentences of the form where it has them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from forms.public.sentences import SENTENCES
from forms.site.i18n import marked as _

AS_ON_THE_FORM = {
    "street": "street",
    "part": "part",
    "wijk": "wijk",
    "gangmaker.name": "name",
    "gangmaker.email": "email",
    "gangmaker.phone": "phone",
    "secondGangmaker.name": "second_name",
    "secondGangmaker.email": "second_email",
}
"""Fields of a submission, and what the public form calls them."""

GENERAL = {
    "missing": _("Dit veld ontbreekt."),
    "extra_forbidden": _("Dit veld kennen we niet."),
    "uuid": _("Geef hier een UUID."),
    "enum": _("Deze waarde kan hier niet. In openapi.json staat welke wel kunnen."),
    "number": _("Geef hier een geheel getal, binnen de grenzen die in openapi.json staan."),
    "text": _("Geef hier een tekst."),
    "object": _("Geef hier een JSON-object."),
}
OTHERWISE = _("Deze waarde klopt niet.")

GROUPS = {
    "int_parsing": "number",
    "int_type": "number",
    "int_from_float": "number",
    "int_parsing_size": "number",
    "greater_than_equal": "number",
    "less_than_equal": "number",
    "string_type": "text",
    "string_unicode": "text",
    "uuid_parsing": "uuid",
    "uuid_type": "uuid",
    "model_type": "object",
    "model_attributes_type": "object",
    "dict_type": "object",
}
"""Pydantic's error types that say the same to a reader."""

WORD = re.compile(r"[A-Za-z0-9_]{1,40}")
UNNAMED = "?"
"""Stands for a field of the sender that does not even look like one: it may hold anything."""

PLACES = ("body", "query", "path", "header")


def sentences(errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """One Dutch sentence for each field that is wrong."""
    found: dict[str, str] = {}
    for error in errors:
        steps = [str(step) if WORD.fullmatch(str(step)) else UNNAMED for step in error["loc"]]
        if steps and steps[0] in PLACES:
            steps = steps[1:]
        field = ".".join(steps)
        found.setdefault(field or "body", sentence(field, error["type"]))
    return found


def sentence(field: str, kind: str) -> str:
    """What an error type means for a field."""
    own = SENTENCES.get(AS_ON_THE_FORM.get(field, ""), {})
    general = GENERAL.get(GROUPS.get(kind, kind))
    return own.get(kind.removeprefix("string_")) or general or own.get("value_error") or OTHERWISE
