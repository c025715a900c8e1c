"""What things are called in the money rooms, and what a bank's codes mean, in Dutch."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from forms.desk.payouts.answers import Place
from forms.site.i18n import marked
from schemas.accounts import BudgetLine
from schemas.exports.words import LINES as LINE_WORDS
from schemas.payment import BatchState, PaymentState
from schemas.sepa.camt import Problem

BATCHES = {
    BatchState.FROZEN: "wacht op een tweede persoon",
    BatchState.RELEASED: "vrijgegeven, wacht op de bank",
    BatchState.SETTLED: "afgehandeld",
    BatchState.CANCELLED: "geannuleerd",
}

PAYMENTS = {
    PaymentState.OPEN: "onderweg",
    PaymentState.BOOKED: "betaald",
    PaymentState.REJECTED: "afgewezen door de bank",
    PaymentState.RETURNED: "teruggestort",
    PaymentState.CANCELLED: "geannuleerd",
}


class BankReason(NamedTuple):
    """What a code of the bank says, and what happens next."""

    what: str
    next: str


ANOTHER_ACCOUNT = (
    "De gangmakers kregen een mail met de vraag om hun rekeningnummer na te kijken. Het potje staat weer "
    "klaar voor een volgend betaalbestand."
)
GIVEN_AGAIN = (
    "De gangmakers kregen een mail met de vraag om hun rekeningnummer na te kijken. Het potje gaat pas weer "
    "mee als zij een ander nummer doorgeven, of dit nummer nog een keer."
)
ONCE_MORE = "Het potje staat weer klaar en gaat mee in het volgende betaalbestand."
ASK_THE_BANK = "Vraag uw bank wat er misging. Het potje staat weer klaar voor een volgend betaalbestand."

REASONS = {
    "AC01": BankReason("Dit rekeningnummer klopt niet.", ANOTHER_ACCOUNT),
    "AC03": BankReason("Dit rekeningnummer klopt niet.", ANOTHER_ACCOUNT),
    "AC04": BankReason("Deze rekening is opgeheven.", GIVEN_AGAIN),
    "AC06": BankReason("Deze rekening is geblokkeerd.", ANOTHER_ACCOUNT),
    "AC13": BankReason("Op dit soort rekening kan geen potje worden betaald.", ANOTHER_ACCOUNT),
    "AG01": BankReason("Op dit soort rekening kan geen potje worden betaald.", ANOTHER_ACCOUNT),
    "AM04": BankReason("Er stond te weinig geld op de rekening van de gemeente.", ONCE_MORE),
    "AM05": BankReason(
        "De bank ziet deze betaling als dubbel.",
        "Kijk eerst op de rekening of het geld al is overgemaakt. Het potje staat weer klaar voor een "
        "volgend betaalbestand.",
    ),
    "BE01": BankReason("De naam hoort niet bij dit rekeningnummer.", ANOTHER_ACCOUNT),
    "DT01": BankReason("De datum van de betaling klopte niet.", ONCE_MORE),
    "ED05": BankReason("De banken konden de betaling niet afmaken.", ONCE_MORE),
    "FF01": BankReason("De bank kon het bestand niet lezen.", ASK_THE_BANK),
    "FOCR": BankReason("De betaling is teruggehaald.", ASK_THE_BANK),
    "MD07": BankReason(
        "De rekeninghouder is overleden.",
        "Bel de andere gangmakers, en neem de tijd. Zij kunnen een ander rekeningnummer doorgeven.",
    ),
    "MS02": BankReason(
        "De ontvanger wilde het geld niet, en zei niet waarom.",
        "Bel de gangmakers. Willen zij geen potje meer? Dan trekt een coördinator het in.",
    ),
    "MS03": BankReason("De bank geeft geen reden.", ASK_THE_BANK),
    "RC01": BankReason("De bank van de ontvanger is niet gevonden.", ANOTHER_ACCOUNT),
    "RR04": BankReason("De bank moet zich aan een regel van de overheid houden.", ASK_THE_BANK),
    "TM01": BankReason("Het bestand kwam te laat op de dag bij de bank.", ONCE_MORE),
}
"""ISO 20022 external status and return reasons, as Dutch banks use them for credit transfers."""

OTHER_REASON = BankReason("De bank gaf een code die we niet kennen.", ASK_THE_BANK)
NO_REASON = BankReason("De bank gaf geen reden.", ASK_THE_BANK)


def reason(code: str | None) -> BankReason:
    """A code in plain words."""
    return REASONS.get(code, OTHER_REASON) if code else NO_REASON


STATEMENTS = {"booked": "geboekt", "refused": "niet geboekt, bewaard ter controle"}

OUTCOMES = {
    "booked": "Betalingen die aankwamen",
    "rejected": "Betalingen die de bank afwees",
    "returned": "Betalingen die terugkwamen",
    "suspense": "Regels die een plek zoeken",
    "known": "Regels die we al kenden",
}
"""What a statement as a whole came to: how many of each."""

LINES = {
    "booked": "Betaling van ons, aangekomen",
    "rejected": "Betaling van ons, afgewezen",
    "returned": "Betaling van ons, teruggekomen",
    "suspense": "Past bij geen betaling van ons",
}
"""What became of one line of a statement."""

SHORT = {
    "booked": "betaald",
    "rejected": "afgewezen",
    "returned": "teruggekomen",
    "suspense": "zonder plek",
}
PLACES = {
    Place.GRANT: "Geld van een geldgever",
    Place.LATE_RETURN: "Geld dat van een straat terugkomt",
    Place.COST: "Een uitgave van het programma",
    Place.STREET: "Een potje dat met de hand is overgemaakt",
}
"""Where a line belongs that fits no payment of ours."""

BUDGET_LINES = {line: LINE_WORDS[line] for line in BudgetLine}

PROBLEMS = {
    Problem.NOT_XML: "Dit is geen XML-bestand. Kies bij uw bank een afschrift in het formaat camt.053.",
    Problem.DTD: "Er staan opdrachten in dit bestand die niet in een afschrift horen. Haal het opnieuw op.",
    Problem.NOT_CAMT053: "Dit is geen bankafschrift in het formaat camt.053. Kies dat formaat bij uw bank.",
    Problem.MALFORMED: "Dit afschrift is niet compleet of niet leesbaar. Haal het opnieuw op bij uw bank.",
    Problem.NO_STATEMENT: "In dit bestand staat geen afschrift.",
    Problem.NO_ENTRIES: "Op dit afschrift staat geen enkele boeking. Er valt niets in te lezen.",
    Problem.SEVERAL_ACCOUNTS: "Dit bestand gaat over meer dan een rekening. Haal alleen onze rekening op.",
    Problem.NOT_EURO: "Op dit afschrift staan bedragen die geen euro zijn.",
    Problem.DOES_NOT_ADD_UP: "De bedragen en het saldo passen niet bij elkaar. Er mist iets.",
    Problem.TOO_LARGE: "Dit bestand is te groot. Haal een kortere periode op.",
    Problem.NO_BANK_ACCOUNT: "De rekening van het programma staat nog niet in het beleid van de gemeente.",
    Problem.OTHER_ACCOUNT: "Dit afschrift is van een andere rekening dan die van het programma.",
    Problem.YEAR_CLOSED: "Op dit afschrift staat een datum in een jaar dat niet (meer) open is.",
    Problem.ALREADY_BOOKED: "Dit afschrift is al eerder ingelezen. Er is niets dubbel geboekt.",
}
OTHER_PROBLEM = marked("Dit bestand konden we niet lezen.")


def problem(code: str | None) -> str:
    """Why a statement was refused."""
    return PROBLEMS[Problem(code)] if code in list(Problem) else OTHER_PROBLEM


def counted(counts: Mapping[str, int], say: Callable[[str], str]) -> str:
    """What a statement came to, in few words: ``12 betaald, 1 teruggekomen``; empty for nothing."""
    return ", ".join(f"{counts[name]} {say(word)}" for name, word in SHORT.items() if counts.get(name))
