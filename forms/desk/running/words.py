"""What can be stuck, what it is called, and what to do about it; in Dutch (English in the web catalogue)."""

from forms.site.i18n import marked as _

KINDS = {
    "signup": _("aanmelding"),
    "answer": _("antwoord op een mail"),
    "money": _("geld erbij in het budget"),
    "approval": _("goedkeuring"),
    "payment": _("bericht van de bank over een betaling"),
    "batch": _("bericht van de bank over een betaalbestand"),
    "payee": _("rekeningnummer"),
    "code": _("code voor de pagina van een straat"),
    "renewal": _("antwoord op de jaarlijkse vraag"),
    "renewal_decided": _("besluit van een straat over het volgende jaar"),
    "round_decided": _("hetzelfde besluit, voor de telling van de ronde"),
    "visit": _("bezoek aan de deur"),
    "pick": _("keuze van een moment"),
    "concern": _("melding van een zorg"),
    "concern_act": _("iets wat met een zorg gedaan is"),
    "concern_code": _("code om een zorg te lezen"),
    "person_link": _("link naar Mijn gegevens"),
    "person_code": _("code voor Mijn gegevens"),
    "person_leave": _("gangmaker die stopt door te wissen"),
}

CODES = {
    "malformed": _(
        "Deze inzending kon niet worden gelezen. Na een herstel in de software brengt u hem opnieuw."
    ),
    "payment_unexpected": _(
        "De bank meldde iets over een potje dat al was afgehandeld, of dat hier niet bekend is. Het potje is "
        "niet veranderd. Laat een penningmeester nakijken of de betaling klopt."
    ),
    "workflow_gone": _("Wat erop wachtte was al klaar. Meestal hoeft er niets te gebeuren."),
}
OTHER_CODE = _("Kijk in de logs van de worker bij deze code.")

MAILS = {
    "queued": _("wacht"),
    "sending": _("wordt verstuurd"),
    "unknown": _("onzeker of het aankwam"),
    "failed": _("mislukt"),
}
MAIL_ADVICE = {
    "queued": _("Wordt dit niet minder? Kijk of de worker draait en of de mailserver antwoordt."),
    "sending": _("Dit duurt enkele tellen."),
    "unknown": _(
        "De mailserver viel weg tijdens het versturen. We proberen het vanzelf opnieuw, met hetzelfde nummer."
    ),
    "failed": _("De mailserver weigerde deze mail voorgoed. Een coördinator kan de bewoner bellen."),
}

OLD_SECONDS = 300
"""From when on something that waits is trouble: everything is tried again within half a minute."""


def kind(name: str) -> str:
    """What a submission is."""
    return KINDS.get(name, name)


def code(name: str) -> str:
    """What a code of refusal asks for."""
    return CODES.get(name, OTHER_CODE)
