"""What the classes of the daily round are called on the desk, in Dutch (English in the web catalogue)."""

from datetime import datetime, timedelta

from babel.dates import format_date

from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.calendar import dutch_date
from schemas.refs import Language

CLASSES = {
    "submissions": _("Inzendingen die zijn aangekomen (verwijzingen, geen teksten)"),
    "stranded": _("Gegevens en teksten uit een inzending die niet verwerkt kon worden"),
    "mails": _("Dat er een mail is gestuurd (niet wat erin stond)"),
    "answers": _("Links in mails die zijn beantwoord of verlopen"),
    "codes": _("Codes die per mail zijn gestuurd"),
    "sessions": _("Aanmeldingen van collega's bij het bureau"),
    "looks": _("Wie naar wiens gegevens keek"),
    "stories": _("Verhalen die niet op de website staan"),
    "moments": _("Plekken van gesprekken die voorbij zijn"),
    "colleagues": _("Naam en adres van collega's die weg zijn"),
    "invitations": _("Naam en adres van wie is uitgenodigd en nooit kwam"),
    "money": _("Afschriften, betaalbestanden en rekeningnummers waarop is betaald"),
    "webhooks": _("Webhooks die zijn beëindigd"),
}
DAYS = _("%(number)d dagen")
DAY = _("1 dag")
YEARS = _("%(number)d jaar na het boekjaar")


def span(term: timedelta | int, language: Language) -> str:
    """A term as somebody says it."""
    if isinstance(term, int):
        return translated(YEARS, language) % {"number": term}
    return translated(DAY if term.days == 1 else DAYS, language) % {"number": term.days}


def day(moment: datetime, language: Language) -> str:
    """``3 maart 2028``: it may be years ahead."""
    return format_date(dutch_date(moment), "d MMMM y", locale=language)
