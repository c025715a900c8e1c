"""What webhooks and their events are called on the desk, in Dutch (English in the web catalogue)."""

from forms.site.i18n import marked as _
from schemas.events import Kind
from schemas.webhook import DeliveryState, SubscriptionState

GROUPS = {
    "streets": _("Straten"),
    "potjes": _("Potjes"),
    "renewals": _("Vernieuwing"),
    "stories": _("Verhalen"),
}

KINDS = {
    Kind.STREET_OPENED: _("een straat is aangemeld"),
    Kind.STREET_JOINED: _("er kwam een gangmaker bij"),
    Kind.STREET_ACCEPTED: _("een straat kan beginnen"),
    Kind.STREET_PAUSED: _("een straat heeft te weinig gangmakers"),
    Kind.STREET_RESUMED: _("een straat heeft weer genoeg gangmakers"),
    Kind.STREET_RENEWED: _("een straat gaat nog een jaar verder"),
    Kind.STREET_ASLEEP: _("een straat slaapt nu"),
    Kind.STREET_AWAKE: _("een straat is weer wakker"),
    Kind.STREET_RESHAPED: _("een straat kreeg een andere vorm"),
    Kind.STREET_MERGED: _("een straat ging verder in een andere"),
    Kind.STREET_SPLIT: _("een deel van een straat ging apart verder"),
    Kind.STREET_SPLIT_OFF: _("een straat begon als deel van een andere"),
    Kind.STREET_ENDED: _("een straat is gestopt of begint niet"),
    Kind.POTJE_PROPOSED: _("een potje is voorgesteld"),
    Kind.POTJE_WAITING: _("een potje wacht op budget"),
    Kind.POTJE_APPROVED: _("een potje is goedgekeurd"),
    Kind.POTJE_REJECTED: _("een potje is niet goedgekeurd"),
    Kind.POTJE_WITHDRAWN: _("een potje is ingetrokken"),
    Kind.POTJE_HANDED: _("een potje is uitgereikt"),
    Kind.POTJE_CORRECTED: _("een uitreiking is teruggedraaid"),
    Kind.POTJE_PARTLY_PAID: _("een deel van een potje is uitbetaald"),
    Kind.POTJE_PAID: _("een potje is uitbetaald"),
    Kind.POTJE_RETURNED: _("een potje kwam terug van de bank"),
    Kind.RENEWAL_ASKED: _("een straat kreeg de vraag of ze verdergaat"),
    Kind.RENEWAL_ANSWERED: _("een straat heeft besloten of ze verdergaat"),
    Kind.STORY_SHARED: _("een verhaal staat op de website"),
    Kind.PING: _("proefbericht"),
}

STATES = {
    SubscriptionState.ACTIVE: _("actief"),
    SubscriptionState.PAUSED: _("gepauzeerd"),
    SubscriptionState.GONE: _("gestopt door de ontvanger"),
}

DELIVERIES = {
    DeliveryState.WAITING: _("wacht"),
    DeliveryState.SENDING: _("onderweg"),
    DeliveryState.DELIVERED: _("bezorgd"),
    DeliveryState.DEAD: _("opgegeven"),
}

BADGES = {
    DeliveryState.WAITING: "open",
    DeliveryState.SENDING: "open",
    DeliveryState.DELIVERED: "paid",
    DeliveryState.DEAD: "refused",
}
"""The colour of a state."""

CODES = {
    "name": _("naam niet gevonden"),
    "address": _("adres niet toegestaan"),
    "connection": _("geen verbinding"),
    "certificate": _("certificaat klopt niet"),
    "timeout": _("geen antwoord op tijd"),
    "answer": _("antwoord onleesbaar"),
    "sealed": _("geheim niet leesbaar"),
}
"""Why there was no status; a status is shown as its number."""

MISTAKES = {
    "name": _("Geef de webhook een korte naam, bijvoorbeeld: zaaksysteem."),
    "https": _("Het adres begint met https://."),
    "url": _("Vul een heel adres in, bijvoorbeeld https://zaken.gemeente.nl/lief-en-leed."),
    "credentials": _("Zet geen naam of wachtwoord in het adres."),
    "port": _("Gebruik poort 443, of een poort boven 1023."),
    "inside": _("Dit adres is niet van het openbare internet. Daar sturen we niets heen."),
    "kinds": _("Kies ten minste één soort bericht."),
}

TOO_MANY = _("Er zijn al 20 webhooks. Beëindig er eerst een.")
NOTHING_DEAD = _("Er is niets meer om opnieuw te sturen.")

DONE = {
    "change": _("De webhook is bijgewerkt."),
    "pause": _("De webhook staat stil. De berichten wachten."),
    "resume": _("De webhook gaat verder. Wat wachtte, wordt nu verstuurd."),
    "test": _("Het proefbericht is onderweg. Ververs de bladzijde om te zien of het is aangekomen."),
    "again": _("We sturen het opnieuw. Ververs de bladzijde om te zien of het is aangekomen."),
    "end": _("De webhook is beëindigd."),
}
"""What one reads after a button."""


def kinds_of(group: str) -> list[Kind]:
    """The kinds of a group, in their order."""
    return [kind for kind in Kind if kind.startswith(f"{group}.") and kind is not Kind.PING]


def code_of(code: str) -> str:
    """What the receiver answered, or why it did not; a number stays a number."""
    return CODES.get(code, code)
