"""What is wrong, said to a resident: pydantic's error types, by field, in Dutch (B1)."""

from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.refs import Language

SENTENCES: dict[str, dict[str, str]] = {
    "street": {
        "missing": _("Vul de naam van uw straat in."),
        "too_short": _("Vul de naam van uw straat in."),
        "too_long": _("Deze straatnaam is te lang. Gebruik niet meer dan 60 tekens."),
        "street_text": _("Vul alleen de naam van een straat in, bijvoorbeeld: Rozenlaan."),
    },
    "part": {
        "too_long": _("Maak dit korter. Gebruik niet meer dan 60 tekens."),
        "street_text": _("Schrijf in gewone woorden welk deel van de straat u bedoelt."),
    },
    "wijk": {
        "missing": _("Kies uw wijk."),
        "too_short": _("Kies uw wijk."),
        "too_long": _("Kies een wijk uit de lijst."),
        "not_listed": _("Kies een wijk uit de lijst."),
    },
    "name": {
        "missing": _("Vul uw naam in."),
        "too_short": _("Vul uw naam in."),
        "too_long": _("Uw naam is te lang voor dit vak. Gebruik niet meer dan 80 tekens."),
        "text": _("In uw naam staat een teken dat we niet kunnen lezen. Typ uw naam opnieuw."),
    },
    "email": {
        "missing": _("Vul uw e-mailadres in."),
        "value_error": _("Dit e-mailadres klopt niet. Een voorbeeld is: naam@voorbeeld.nl."),
    },
    "phone": {
        "too_long": _("Dit telefoonnummer is te lang. Vul één nummer in."),
        "phone": _("Dit telefoonnummer klopt niet. Een voorbeeld is: 06 12 34 56 78."),
    },
    "together": {
        "missing": _("Kies of u al weet met wie u het samen doet."),
        "enum": _("Kies of u al weet met wie u het samen doet."),
    },
    "second_name": {
        "second_incomplete": _("Vul de naam van uw buur in. Of kies: nog niet."),
        "too_short": _("Vul de naam van uw buur in. Of kies: nog niet."),
        "too_long": _("Deze naam is te lang voor dit vak. Gebruik niet meer dan 80 tekens."),
        "text": _("In deze naam staat een teken dat we niet kunnen lezen. Typ de naam opnieuw."),
    },
    "second_email": {
        "second_incomplete": _("Vul het e-mailadres van uw buur in. Of kies: nog niet."),
        "value_error": _("Dit e-mailadres klopt niet. Een voorbeeld is: naam@voorbeeld.nl."),
        "second_same": _("Dit is uw eigen e-mailadres. Vul het adres van uw buur in."),
    },
}


def has_sentence(field: str, kind: str) -> bool:
    """Whether an error type of a field has a sentence of its own."""
    return kind in SENTENCES[field]


def sentence(field: str, kind: str, language: Language) -> str:
    """The sentence for an error type of a field; raises ``KeyError`` for one that nobody wrote."""
    return translated(SENTENCES[field][kind], language)
