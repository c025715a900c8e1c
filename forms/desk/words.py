"""What things are called on the desk, in Dutch (English in the web catalogue)."""

from forms.desk.staff import Act, Role
from schemas.intake import IntakeStatus, Outcome
from schemas.policy import PayoutKind
from schemas.potje import PotjeStatus
from schemas.refusals import Refusal
from schemas.street import Phase
from store.desk import Waiting

ROLES = {Role.COORDINATOR: "coördinator", Role.TREASURER: "penningmeester"}

PHASES = {Phase.INTAKE: "intake", Phase.ACTIVE: "actief", Phase.ENDED: "gestopt"}

INTAKES = {
    IntakeStatus.OPEN: "nog te plannen",
    IntakeStatus.PLANNED: "gesprek gepland",
    IntakeStatus.WAITING: "wacht op nog een gangmaker",
    IntakeStatus.ACCEPTED: "geaccepteerd",
    IntakeStatus.REFERRED: "doorverwezen",
    IntakeStatus.DECLINED: "afgewezen",
}

POTJES = {
    PotjeStatus.WAITING_FOR_BUDGET: "wacht op budget",
    PotjeStatus.TO_APPROVE: "wacht op goedkeuring",
    PotjeStatus.APPROVED: "goedgekeurd",
    PotjeStatus.HANDED_OVER: "uitgereikt, wacht op de gangmaker",
    PotjeStatus.PAID: "uitbetaald",
    PotjeStatus.REJECTED: "niet goedgekeurd",
}

KINDS = {
    PayoutKind.BANK: "via de bank",
    PayoutKind.CASH: "contant",
    PayoutKind.VOUCHER: "cadeaubon",
}

OUTCOMES = {
    Outcome.ACCEPTED: "Ja, de straat kan beginnen",
    Outcome.WAITING: "Wacht op nog een gangmaker",
    Outcome.REFERRED: "Verwezen naar iets anders dat beter past",
    Outcome.DECLINED: "Nee, de straat begint niet",
}

OUTCOME_HINTS = {
    Outcome.ACCEPTED: "U stelt daarmee ook het potje voor. Een collega keurt het goed.",
    Outcome.WAITING: "De intake blijft open. Sluit er iemand aan, dan ziet u dat op Vandaag.",
    Outcome.REFERRED: "De gangmakers krijgen een vriendelijke mail. De intake sluit.",
    Outcome.DECLINED: "De gangmakers krijgen een vriendelijke mail. De intake sluit.",
}

PILES = {
    Waiting.INTAKES_OPEN: "Intakes om te plannen",
    Waiting.INTAKES_TO_RECORD: "Gesprekken om vast te leggen",
    Waiting.INTAKES_COMPLETE_AGAIN: "Er is een gangmaker bij gekomen",
    Waiting.POTJES_TO_APPROVE: "Potjes om goed te keuren",
    Waiting.POTJES_TO_HAND_OVER: "Potjes om uit te reiken",
    Waiting.POTJES_TO_PAY: "Potjes om via de bank te betalen",
    Waiting.INTAKES_UPCOMING: "Gesprekken die nog komen",
    Waiting.POTJES_PROPOSED: "Uw voorstellen, een collega keurt ze goed",
    Waiting.POTJES_HANDED_OVER: "Potjes die een gangmaker nog bevestigt",
    Waiting.POTJES_WITHOUT_BUDGET: "Potjes die wachten op budget",
}

FLASHES = {
    Act.PLAN: "Het gesprek is gepland. De gangmakers krijgen een uitnodiging.",
    Act.RECORD: "De uitkomst is vastgelegd.",
    Act.APPROVE: "Het potje is goedgekeurd.",
    Act.REJECT: "Het potje is niet goedgekeurd. Het geld is weer vrij.",
    Act.HAND_OVER: "Het potje is uitgereikt. De gangmakers krijgen de vraag om dat te bevestigen.",
    Act.MARK_PAID: "De betaling is geboekt.",
}

WORKFLOWS = {
    "SignupWorkflow": "Aanmeldingen",
    "StreetWorkflow": "Straten",
    "IntakeWorkflow": "Intakes",
    "PotjeWorkflow": "Potjes",
}

FIELD_OF = {
    Refusal.INTAKE_IN_THE_PAST: "day",
    Refusal.TOO_FEW_GANGMAKERS: "outcome",
    Refusal.SPELREGELS_NOT_AGREED: "spelregels_agreed",
}


def section_of(act: Act) -> str:
    """The part of the street's page that an act belongs to."""
    return "intake" if act in (Act.PLAN, Act.RECORD) else "potje"


def field_of(refusal: Refusal, act: Act) -> str:
    """The field a refusal is about, or the whole section."""
    return FIELD_OF.get(refusal, section_of(act))
