"""What is wrong with a form behind the door, said to a gangmaker in Dutch (B1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.refs import Language

Answers: TypeAlias = Mapping[str, str]

SENTENCES: dict[str, dict[str, str]] = {
    "code": {
        "missing": _("Vul de zes cijfers uit de mail in."),
        "six_digits": _("Vul de zes cijfers uit de mail in."),
    },
    "day": {
        "missing": _("Vul in op welke dag het was."),
        "not_a_date": _("Deze datum kennen we niet. Een voorbeeld is: 23-11-2026."),
        "in_the_future": _("Deze dag moet nog komen. Vul een dag in die geweest is."),
    },
    "occasion": {
        "missing": _("Kies waarvoor de attentie was."),
        "enum": _("Kies waarvoor de attentie was."),
    },
    "amount": {
        "missing": _("Vul in hoeveel het ongeveer kostte."),
        "not_an_amount": _("Dit bedrag kunnen we niet lezen. Een voorbeeld is: 7,50."),
        "other_money": _("Vul het bedrag in euro's in. Andere munten kunnen we niet opschrijven."),
        "nothing": _(
            "Vul een bedrag in van 1 cent of meer. Kostte het niets? Dan hoeft u niets op te schrijven."
        ),
        "too_much": _(
            "Dit is meer dan € 500 voor één attentie. Staat de komma goed? Klopt het toch, bel ons dan even."
        ),
    },
    "text": {
        "missing": _("Schrijf uw verhaal op. Een paar zinnen is genoeg."),
        "too_short": _("Schrijf uw verhaal op. Een paar zinnen is genoeg."),
        "too_long": _("Uw verhaal is te lang voor dit vak. Gebruik niet meer dan 2000 tekens."),
    },
    "share": {
        "missing": _("Kies of we uw verhaal mogen delen."),
        "enum": _("Kies of we uw verhaal mogen delen."),
    },
    "holder": {
        "missing": _("Vul de naam in die bij de rekening hoort."),
        "too_short": _("Vul de naam in die bij de rekening hoort."),
        "too_long": _("Deze naam is te lang voor de bank. Gebruik niet meer dan 70 tekens."),
        "text": _("In deze naam staat een teken dat we niet kunnen lezen. Typ de naam opnieuw."),
    },
    "iban": {
        "missing": _("Vul het rekeningnummer (IBAN) in."),
        "value_error": _(
            "Dit rekeningnummer klopt niet. Kijk de letters en cijfers nog eens na. "
            "Een voorbeeld is: NL91 ABNA 0417 1643 00."
        ),
    },
}


@dataclass(frozen=True)
class Read:
    """A form as it was read: the model when all is well, otherwise sentences by field."""

    model: Any = None
    errors: dict[str, str] = field(default_factory=dict)


def read(model: type[BaseModel], answers: Answers, language: Language, today: date) -> Read:
    """Read what was typed; ``today`` tells which days are past."""
    typed = {name: answers[name] for name in model.model_fields if answers.get(name, "").strip()}
    try:
        return Read(model.model_validate(typed, context={"today": today}))
    except ValidationError as error:
        found: dict[str, str] = {}
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            found.setdefault(str(each["loc"][0]), each["type"].removeprefix("string_"))
        ordered = [name for name in model.model_fields if name in found]
        return Read(errors={name: sentence(name, found[name], language) for name in ordered})


def sentence(field_name: str, kind: str, language: Language) -> str:
    """The sentence for an error type of a field; raises ``KeyError`` for one that nobody wrote."""
    return translated(SENTENCES[field_name][kind], language)
