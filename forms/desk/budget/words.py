"""What things are called in the rooms for budget and year, in Dutch (English in budget.po)."""

from typing import NamedTuple

from schemas.budget import EntryKind
from schemas.closing import Hindrance
from schemas.exports.words import COLUMNS, GANGMAKERS, LINES
from schemas.ledger import YearState

__all__ = ["COLUMNS", "GANGMAKERS", "LINES"]

STATES = {
    YearState.OPEN: "open",
    YearState.CLOSING: "wordt afgesloten",
    YearState.CLOSED: "afgesloten",
}


class Form(NamedTuple):
    """The words of one form."""

    button: str
    head: str
    told: str
    flash: str


FORMS = {
    EntryKind.GRANT: Form(
        "Geld erbij",
        "Geld van een geldgever erbij",
        "Het geld is meteen beschikbaar. Potjes die op geld wachten, gaan vanzelf verder.",
        "Het geld is geboekt. Potjes die op geld wachten, gaan nu vanzelf verder.",
    ),
    EntryKind.LESS: Form(
        "Geld terug",
        "Geld terug naar een geldgever",
        "Alleen wat nog vrij is, kan terug.",
        "Het geld is teruggeboekt naar de geldgever.",
    ),
    EntryKind.MOVE: Form(
        "Verschuif",
        "Geld verschuiven naar een andere post",
        "Alleen wat nog vrij is, kan naar een andere post.",
        "Het geld is verschoven.",
    ),
    EntryKind.EXPENSE: Form(
        "Uitgave",
        "Een uitgave boeken",
        "Voor wat buiten dit systeem is betaald. Potjes worden per straat betaald, die boekt u hier niet.",
        "De uitgave is geboekt.",
    ),
    EntryKind.CORRECTION: Form(
        "Corrigeer",
        "Deze boeking corrigeren",
        "We boeken het hele bedrag terug. De eerste boeking blijft zichtbaar.",
        "De boeking is gecorrigeerd.",
    ),
}


class Hurdle(NamedTuple):
    """A hindrance in words, where one settles it, and what that link says."""

    what: str
    path: str
    link: str


HURDLES = {
    Hindrance.EARLIER_YEAR: Hurdle(
        "Een eerder jaar is nog niet afgesloten. Sluit dat eerst.", "jaar", "Naar het eerste open jaar"
    ),
    Hindrance.POTJES_WAITING: Hurdle(
        "Er zijn potjes die nog wachten op geld, op goedkeuring of op een betaling.",
        "goedkeuren?jaar=%(year)s",
        "Naar Goedkeuren",
    ),
    Hindrance.SUSPENSE: Hurdle(
        "Er staat geld op het bankafschrift dat nog nergens bij hoort.", "afschriften", "Naar Afschriften"
    ),
    Hindrance.POTJES_UNDER_WAY: Hurdle(
        "Er zijn potjes onderweg: uitgereikt en nog niet bevestigd, of in een betaalbestand.",
        "vandaag",
        "Naar Vandaag",
    ),
    Hindrance.BATCHES: Hurdle(
        "Er zijn betaalbestanden waar de bank nog niet alles van heeft laten weten.",
        "betalen?jaar=%(year)s",
        "Naar Betalen",
    ),
    Hindrance.RESERVATIONS: Hurdle("Er is nog geld gereserveerd.", "vandaag", "Naar Vandaag"),
    Hindrance.BANK: Hurdle(
        "Er is geld goedgekeurd dat nog bij geen straat is.", "betalen?jaar=%(year)s", "Naar Betalen"
    ),
}

BEGUN = "Het afsluiten is begonnen. In dit jaar kan niets nieuws meer worden geboekt."
CLOSED = "Het jaar is afgesloten."
