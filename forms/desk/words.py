"""What things are called on the desk, in Dutch (English in the web catalogue)."""

from typing import NamedTuple

from forms.desk.staff import Act, Role
from forms.site.i18n import marked as _
from schemas.campaign import ChannelKind
from schemas.concern import Outcome as ConcernOutcome
from schemas.concern_policy import Urgency
from schemas.facts import ConcernStatus, Doubt, StarterStatus
from schemas.intake import IntakeStatus, Outcome, Referral
from schemas.my_data import OPERATOR
from schemas.policy import PayoutKind
from schemas.potje import PotjeStatus
from schemas.refs import ENGINE, StaffRef
from schemas.refusals import Refusal
from schemas.renewal import CallOutcome
from schemas.staff import STRANGER
from schemas.street import Phase, Shape
from store.deadlines import Due
from store.desk import Waiting

ROLES = {
    Role.PRIVACY: "privacyfunctionaris",
    Role.COORDINATOR: "coördinator",
    Role.TREASURER: "penningmeester",
    Role.SCOUT: "verkenner",
    Role.LEAD: "programmaleider",
    Role.OPERATOR: "beheerder",
}


class Room(NamedTuple):
    """A part of the desk: the last part of its address, and its name in the navigation."""

    path: str
    name: str


ROOMS = {
    "today": Room("vandaag", "Vandaag"),
    "streets": Room("straten", "Straten"),
    "agenda": Room("agenda", "Mijn agenda"),
    "concerns": Room("zorgen", "Zorgen"),
    "access": Room("inzage", "Inzage"),
    "audit": Room("logboek", "Logboek"),
    "approve": Room("goedkeuren", "Goedkeuren"),
    "pay": Room("betalen", "Betalen"),
    "statements": Room("afschriften", "Afschriften"),
    "budget": Room("budget", "Budget"),
    "campaigns": Room("campagnes", "Campagnes"),
    "social": Room("sociale-kaart", "Sociale kaart"),
    "stories": Room("verhalen", "Verhalen"),
    "renewals": Room("vernieuwing", "Vernieuwing"),
    "reports": Room("rapporten", "Rapporten"),
    "numbers": Room("cijfers", "Cijfers"),
    "people": Room("mensen", "Mensen"),
    "running": Room("beheer", "Beheer"),
    "scouting": Room("talentenjacht", "Talentenjacht"),
    "door": Room("aan-de-deur", "Aan de deur"),
    "connections": Room("koppelingen", "Koppelingen"),
    "retention": Room("bewaren", "Bewaren"),
    "team": Room("medewerkers", "Medewerkers"),
}

ROOMS_OF = {
    Role.SCOUT: ("door",),
    Role.LEAD: (
        *("numbers", "budget", "reports", "campaigns", "social", "team", "connections", "audit", "retention"),
        "running",
    ),
    Role.OPERATOR: ("running", "connections"),
    Role.PRIVACY: ("access", "audit", "retention"),
    Role.COORDINATOR: (
        "today",
        "streets",
        "people",
        "agenda",
        "concerns",
        "scouting",
        "renewals",
        "campaigns",
        "social",
        "stories",
        "approve",
        "pay",
        "statements",
        "budget",
        "reports",
        "numbers",
    ),
    Role.TREASURER: (
        "today",
        "approve",
        "pay",
        "statements",
        "budget",
        "reports",
        "numbers",
        "streets",
        "scouting",
        "renewals",
        "campaigns",
        "social",
        "audit",
    ),
}
"""The navigation, in the order in which somebody needs it."""

PHASES = {
    Phase.INTAKE: "intake",
    Phase.ACTIVE: "actief",
    Phase.SLEEPING: "slaapt",
    Phase.ENDED: "gestopt",
}

SHAPES = {
    Shape.STREET: "een hele straat",
    Shape.PART: "een deel van een lange straat",
    Shape.BLOCK: "een blok",
    Shape.FLAT: "een flat",
    Shape.SEVERAL: "meer straten samen",
}

INTAKES = {
    IntakeStatus.OPEN: "nog te plannen",
    IntakeStatus.PROPOSED: "wacht op een keuze",
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
    PotjeStatus.WITHDRAWN: "ingetrokken",
}

KINDS = {
    PayoutKind.BANK: "via de bank",
    PayoutKind.CASH: "contant",
    PayoutKind.VOUCHER: "cadeaubon",
}

REFERRALS = {
    Referral.COMMUNITY_WORK: "buurtwerk of een bewonersinitiatief",
    Referral.VOLUNTEERING: "vrijwilligerswerk",
    Referral.OTHER_FUND: "een ander potje of fonds",
    Referral.HELP: "hulp of ondersteuning",
    Referral.OTHER: "iets anders",
}

CONCERNS = {
    ConcernStatus.WAITING: "wacht",
    ConcernStatus.PICKED_UP: "opgepakt",
    ConcernStatus.CLOSED: "afgerond",
}

URGENCIES = {
    Urgency.TODAY: "vandaag nog",
    Urgency.WEEK: "deze week",
    Urgency.LATER: "geen haast",
}

DOUBTS = {
    Doubt.MANY: _("twijfel: veel tegelijk van één adres"),
    Doubt.TRAP: _("twijfel: misschien een machine"),
}

CONCERN_OUTCOMES = {
    ConcernOutcome.HELPED: "Er is hulp",
    ConcernOutcome.IN_TOUCH: "Er is contact, het loopt verder zonder deze melding",
    ConcernOutcome.NO_NEED: "Hulp is niet nodig of niet gewenst",
    ConcernOutcome.NOT_FOUND: "Ik kon niet vinden om wie het gaat",
    ConcernOutcome.KNOWN: "Er was al iemand mee bezig",
}

STARTERS = {
    StarterStatus.ORDERED: "klaar om te versturen",
    StarterStatus.SENT: "onderweg",
    StarterStatus.RECEIVED: "aangekomen",
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
    Waiting.CONCERNS_TO_TAKE: "Zorgen die nog niemand heeft",
    Waiting.CONCERNS_LATE: "Zorgen met een gemiste termijn",
    Waiting.INTAKES_OVERDUE: "Intakes die te lang wachten",
    Waiting.INTAKES_PROPOSED: "Intakes waar een gangmaker een moment kiest",
    Waiting.STARTERS_TO_SEND: "Startpakketten om te versturen",
    Waiting.STARTERS_UNDERWAY: "Startpakketten die onderweg zijn",
    Waiting.INTAKES_OPEN: "Intakes om te plannen",
    Waiting.INTAKES_TO_RECORD: "Gesprekken om vast te leggen",
    Waiting.INTAKES_COMPLETE_AGAIN: "Er is een gangmaker bij gekomen",
    Waiting.RENEWALS_TO_CALL: "Straten om te bellen: gaan ze verder?",
    Waiting.POTJES_TO_APPROVE: "Potjes om goed te keuren",
    Waiting.POTJES_TO_HAND_OVER: "Potjes om uit te reiken",
    Waiting.BATCHES_TO_RELEASE: "Betaalbestanden om vrij te geven",
    Waiting.STATEMENTS_AWAITED: "Betaalbestanden zonder bankafschrift",
    Waiting.SUSPENSE_OPEN: "Bankregels om een plek te geven",
    Waiting.PAYMENTS_FAILED: "Betalingen die niet lukten",
    Waiting.POTJES_TO_PAY: "Potjes om via de bank te betalen",
    Waiting.STORIES_TO_READ: "Verhalen om te lezen",
    Waiting.SCOUTING_DUE: "Straten waar een verkenner terug zou komen",
    Waiting.INTAKES_UPCOMING: "Gesprekken die nog komen",
    Waiting.POTJES_PROPOSED: "Uw voorstellen, een collega keurt ze goed",
    Waiting.BATCHES_FROZEN: "Uw betaalbestanden, een collega geeft ze vrij",
    Waiting.POTJES_HANDED_OVER: "Potjes die een gangmaker nog bevestigt",
    Waiting.POTJES_WITHOUT_ACCOUNT: "Potjes die wachten op een rekeningnummer",
    Waiting.POTJES_WITHOUT_BUDGET: "Potjes die wachten op budget",
}

DEADLINES = {
    Due.CONCERN: _("Een zorg wacht op iemand die hem oppakt"),
    Due.INTAKE: _("Intake plannen"),
    Due.STATEMENT: _("Bankafschrift inlezen voor betaalbestand"),
    Due.CALL: _("Bellen, anders slaapt de straat"),
    Due.ROUND: _("Ronde van de talentenjacht eindigt in"),
    Due.RENEWAL: _("Alle straten krijgen de vraag of ze verdergaan"),
    Due.BOOKS: _("Boekjaar afsluiten"),
}

DUE_AT = {
    Due.CONCERN: "zorgen/{}",
    Due.INTAKE: "straten/{}#intake",
    Due.STATEMENT: "betalen/{}",
    Due.CALL: "vernieuwing/{}",
    Due.ROUND: "talentenjacht/{}",
    Due.RENEWAL: "vernieuwing",
    Due.BOOKS: "jaar/{}",
}
"""Where each is done."""

WHOLE = {
    Waiting.CONCERNS_TO_TAKE: "zorgen",
    Waiting.CONCERNS_LATE: "zorgen",
    Waiting.RENEWALS_TO_CALL: "vernieuwing",
    Waiting.STORIES_TO_READ: "verhalen",
    Waiting.INTAKES_OPEN: "straten?fase=intake",
    Waiting.POTJES_TO_APPROVE: "goedkeuren",
    Waiting.POTJES_TO_PAY: "betalen",
    Waiting.POTJES_PROPOSED: "goedkeuren",
    Waiting.POTJES_WITHOUT_ACCOUNT: "betalen",
    Waiting.POTJES_WITHOUT_BUDGET: "goedkeuren#wachten",
    Waiting.BATCHES_TO_RELEASE: "betalen",
    Waiting.BATCHES_FROZEN: "betalen",
    Waiting.STATEMENTS_AWAITED: "betalen",
    Waiting.PAYMENTS_FAILED: "betalen#mislukt",
    Waiting.SUSPENSE_OPEN: "afschriften",
}
"""Where the whole pile is, for those piles that have a page of their own."""

ROOM_AFTER = {
    Waiting.POTJES_TO_APPROVE: Room("goedkeuren", "Keur ze samen goed"),
    Waiting.POTJES_TO_PAY: Room("betalen", "Maak een betaalbestand"),
    Waiting.STATEMENTS_AWAITED: Room("afschriften", "Lees een bankafschrift in"),
}
"""What is done with a pile as a whole, when all of it is in sight."""

FLASHES = {
    Act.CONCERN: "Het is vastgelegd. Dat is zo te zien.",
    Act.PROPOSE: "De gangmakers krijgen een mail met de momenten. Wie het eerst kiest, kiest voor iedereen.",
    Act.MISSED: "Vastgelegd. De gangmakers krijgen een vriendelijke mail. Plan het gesprek opnieuw.",
    Act.AGENDA: "Uw agenda is bijgewerkt.",
    Act.SOCIAL_MAP: "De sociale kaart is vervangen. Bewoners zien nu de nieuwe lijst.",
    Act.STORY: "Uw keuze is bewaard.",
    Act.SEND_STARTER: "Het startpakket is onderweg. De gangmakers krijgen een mail.",
    Act.RECEIVE_STARTER: "Het startpakket is aangekomen.",
    Act.PLAN: "Het gesprek is gepland. De gangmakers krijgen een uitnodiging.",
    Act.RECORD: "De uitkomst is vastgelegd.",
    Act.APPROVE: "Het potje is goedgekeurd.",
    Act.REJECT: "Het potje is niet goedgekeurd. Het geld is weer vrij.",
    Act.WITHDRAW: "Het potje is ingetrokken. De gangmakers krijgen bericht.",
    Act.HAND_OVER: "Het potje is uitgereikt. De gangmakers krijgen de vraag om dat te bevestigen.",
    Act.UNDO_HAND_OVER: "De uitreiking is teruggedraaid. De gangmakers krijgen bericht.",
    Act.CONFIRM: "De gangmaker heeft het potje. Het is geboekt.",
    Act.STOP_ACCOUNT: "Het andere rekeningnummer is tegengehouden en gewist. De gangmakers krijgen bericht.",
    Act.CALL: "Het gesprek is vastgelegd.",
    Act.LEAVE: "De gangmaker is gestopt en kreeg een bedankje.",
    Act.HAND_ON: "De buur krijgt een mail met de vraag. Na een ja gaat het stokje over.",
    Act.WAKE: "De straat is weer wakker.",
    Act.END: "De straat is gestopt. De gangmakers krijgen een bedankje.",
    Act.RESHAPE: "De vorm van de straat is bewaard.",
    Act.MERGE: "De straat gaat verder in de andere.",
    Act.SPLIT: "Het deel gaat verder als eigen straat.",
    Act.FREEZE: "Het betaalbestand is gemaakt. Een tweede penningmeester geeft het vrij.",
    Act.RELEASE: "Het betaalbestand is vrijgegeven. U kunt het nu ophalen en naar de bank sturen.",
    Act.CANCEL: "Het betaalbestand is geannuleerd. De potjes staan weer klaar om te betalen.",
    Act.PLACE: "De bankregel heeft een plek.",
    Act.MANAGE_STAFF: "Het is bewaard.",
    Act.CONNECT: "De koppeling is bewaard.",
    Act.REPLAY: "Het bericht gaat nog een keer op weg.",
    Act.ASK_AGAIN: "De vraag is nog eens gemaild. De link in de eerdere mail werkt ook nog.",
    Act.BRING: "De inzending wordt opnieuw gebracht. Kijk zo of ze er nog staat.",
}

WORKFLOWS = {
    "SignupWorkflow": "Aanmeldingen",
    "ScoutingWorkflow": "Talentenjacht",
    "StreetWorkflow": "Straten",
    "EscalationWorkflow": "Zorgen",
    "IntakeWorkflow": "Intakes",
    "RenewalRoundWorkflow": "Vernieuwingsrondes",
    "RenewalWorkflow": "Vernieuwing per straat",
    "PotjeWorkflow": "Potjes",
    "ApprovalsWorkflow": "Goedkeuringen",
    "PayoutWorkflow": "Betaalbestanden",
    "PayeeWorkflow": "Rekeningnummers",
}

CHANNELS = {
    ChannelKind.POSTER: "poster",
    ChannelKind.FLYER: "flyer",
    ChannelKind.SOCIAL: "sociale media",
    ChannelKind.MAIL: "mail of nieuwsbrief",
    ChannelKind.EVENT: "bijeenkomst",
    ChannelKind.OTHER: "iets anders",
}

FUNNEL = {
    "visits": "bezoeken",
    "signups": "aanmeldingen",
    "confirmed": "bevestigd",
    "intakes": "intakes",
    "active": "actieve straten",
}
"""The steps from a poster to a street."""

RENEWALS = {
    "asked": "wacht op antwoord",
    "to_call": "bellen",
    "go_on": "gaat verder",
    "change": "gaat verder en wil iets veranderen",
    "stop": "stopt",
    "silent": "geen antwoord, slaapt",
}
"""Where the yearly question to a street stands, or what it came to."""

CALLS = {
    CallOutcome.GO_ON: "De straat gaat verder",
    CallOutcome.CHANGE: "De straat gaat verder en wil iets veranderen",
    CallOutcome.STOP: "De straat stopt",
    CallOutcome.NOT_REACHED: "Ik kreeg niemand te pakken",
}

PENDING_ACCOUNT = {
    "asked": "De gangmakers kregen de vraag of het klopt.",
    "confirmed": "Het is bevestigd en gaat na een dag in.",
}
"""Where another account stands, while the street is still paid on the old one."""

FIELD_OF = {
    Refusal.INTAKE_IN_THE_PAST: "day",
    Refusal.TOO_FEW_GANGMAKERS: "outcome",
    Refusal.SPELREGELS_NOT_AGREED: "agreed",
    Refusal.FEW_MOMENTS: "slot",
    Refusal.MOMENT_TAKEN: "slot",
}

NOBODY = {ENGINE: _("vanzelf"), OPERATOR: _("de beheerder"), STRANGER: _("iemand die zich aanmeldde")}


def nobody(actor: StaffRef) -> str:
    """What stands for a name in the log, where there is no name to show."""
    return NOBODY.get(actor, _("een bewoner"))


def section_of(act: Act) -> str:
    """The part of the street's page that an act belongs to."""
    return "intake" if act in (Act.PROPOSE, Act.PLAN, Act.MISSED, Act.RECORD) else "potje"


def field_of(refusal: Refusal, act: Act) -> str:
    """The field a refusal is about, or the whole section."""
    return FIELD_OF.get(refusal, section_of(act))
