"""What the pages about colleagues and sign-ins say."""

from pydantic import BaseModel, ValidationError

from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.refs import Language

NAME = _("Typ een naam, zonder vreemde tekens en niet te lang.")
EMAIL = _("Typ een e-mailadres, zoals naam@organisatie.nl.")
ROLE = _("Kies wat deze collega doet.")
FIELDS = {"name": NAME, "email": EMAIL, "role": ROLE}

TOO_OFTEN = _("Er zijn al veel uitnodigingen verstuurd. Probeer het over een uur nog eens.")
LAST_LEAD = _(
    "Dit is de enige programmaleider. Nodig eerst een tweede uit, anders kan niemand het bureau beheren."
)
LAST_PASSKEY = _("Dit is uw enige passkey. Maak eerst een andere, anders komt u niet meer binnen.")

HOW = {
    "local": _("proefopstelling"),
    "provider": _("account van de gemeente"),
    "passkey": _("passkey"),
}
OTHER_BROWSER = _("andere browser")

DONE = {
    "uitgenodigd": _("De uitnodiging is onderweg. De link werkt zeven dagen."),
    "rol": _("De rol is toegevoegd."),
    "rol-terug": _("De rol is teruggenomen. Wie ermee was aangemeld, is afgemeld."),
    "einde": _("Deze collega kan er niet meer in. Alle aanmeldingen zijn beëindigd."),
    "sessie": _("Deze aanmelding is beëindigd."),
    "passkey": _("Uw passkey is bewaard."),
    "passkey-weg": _("De passkey is weg. Niemand komt er meer mee binnen."),
}


def problems(model: type[BaseModel], values: dict[str, str], language: Language) -> dict[str, str]:
    """What is wrong with a form, as sentences by field; empty when it is well."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors(include_input=False)}
        return {field: translated(FIELDS[field], language) for field in FIELDS if field in wrong}
    return {}
