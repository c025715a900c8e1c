"""Who sits at the desk of the local stack, and what each role may do. Names are shown here, nowhere else."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from forms.site.i18n import marked, translated
from schemas.client import CLIENT
from schemas.my_data import OPERATOR
from schemas.refs import ENGINE, REPORTER, Language, Slug, StaffRef
from schemas.staff import STRANGER
from schemas.staff import Role as Role  # noqa: PLC0414 - everybody on the desk takes it from here
from store.staff import Named


class Act(StrEnum):
    """What one can do from the desk; the value is the last part of its address."""

    PROPOSE = "propose"
    PLAN = "plan"
    MISSED = "missed"
    RECORD = "record"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    HAND_OVER = "hand-over"
    UNDO_HAND_OVER = "undo-hand-over"
    CONFIRM = "confirm"
    STOP_ACCOUNT = "stop-account"
    LEAVE = "leave"
    HAND_ON = "hand-on"
    CALL = "call"
    CAMPAIGN = "campaign"
    SOCIAL_MAP = "social-map"
    AGENDA = "agenda"
    CONCERN = "concern"
    EXPORT_AUDIT = "export-audit"
    SEND_STARTER = "send-starter"
    RECEIVE_STARTER = "receive-starter"
    WAKE = "wake"
    END = "end"
    RESHAPE = "reshape"
    MERGE = "merge"
    SPLIT = "split"
    APPROVE_MANY = "approve-many"
    FREEZE = "freeze"
    RELEASE = "release"
    CANCEL = "cancel"
    DOWNLOAD = "download"
    IMPORT = "import"
    PLACE = "place"
    BUDGET = "budget"
    CLOSE_YEAR = "close-year"
    START_ROUND = "start-round"
    END_ROUND = "end-round"
    SCOUT = "scout"
    STORY = "story"
    MANAGE_STAFF = "manage-staff"
    """Who works at the desk, as what, and their sessions."""
    CONNECT = "connect"
    """Other systems: their keys for the API, and where events are sent."""
    REPLAY = "replay"
    """Sending an event once more that did not arrive."""
    FIND = "find"
    """Finding a resident by their whole address."""
    ASK_AGAIN = "ask-again"
    """Having the question to confirm a sign-up sent once more."""
    BRING = "bring"
    """Bringing a submission to its workflow that could not be brought before."""


OFFICE = frozenset({Role.COORDINATOR, Role.TREASURER})
"""Who works with streets and residents all day."""

WHO_ENTERS: dict[str, frozenset[Role]] = {
    **dict.fromkeys(
        (
            "vandaag",
            "straten",
            "intakes",
            "potjes",
            "rekeningen",
            "goedkeuren",
            "betalen",
            "afschriften",
            "talentenjacht",
            "vernieuwing",
        ),
        OFFICE,
    ),
    **dict.fromkeys(
        ("budget", "jaar", "rapporten", "campagnes", "sociale-kaart", "cijfers"),
        OFFICE | {Role.LEAD},
    ),
    **dict.fromkeys(
        ("agenda", "zorgen", "verhalen", "talentenjacht-nieuw", "mensen"), frozenset({Role.COORDINATOR})
    ),
    "aan-de-deur": frozenset({Role.SCOUT, Role.COORDINATOR}),
    "beheer": frozenset({Role.OPERATOR, Role.LEAD}),
    "inzage": frozenset({Role.PRIVACY}),
    "bewaren": frozenset({Role.PRIVACY, Role.LEAD}),
    "logboek": frozenset({Role.PRIVACY, Role.TREASURER, Role.LEAD}),
    "koppelingen": frozenset({Role.LEAD, Role.OPERATOR}),
    "medewerkers": frozenset({Role.LEAD}),
    "mijn-aanmelding": frozenset(Role),
}
"""Who enters a part of the desk, the first piece of an address after the municipality; the rest is shut."""

HOMES = {
    Role.COORDINATOR: "vandaag",
    Role.TREASURER: "vandaag",
    Role.SCOUT: "aan-de-deur",
    Role.PRIVACY: "inzage",
    Role.LEAD: "cijfers",
    Role.OPERATOR: "beheer",
}
"""Where somebody's desk begins."""

MAY: dict[Act, frozenset[Role]] = {
    Act.PLAN: frozenset({Role.COORDINATOR}),
    Act.RECORD: frozenset({Role.COORDINATOR}),
    Act.APPROVE: OFFICE,
    Act.REJECT: OFFICE,
    Act.WITHDRAW: frozenset({Role.COORDINATOR}),
    Act.HAND_OVER: frozenset({Role.COORDINATOR}),
    Act.UNDO_HAND_OVER: frozenset({Role.COORDINATOR}),
    Act.CONFIRM: frozenset({Role.COORDINATOR}),
    **dict.fromkeys(
        (
            Act.PROPOSE,
            Act.MISSED,
            Act.AGENDA,
            Act.CONCERN,
            Act.SEND_STARTER,
            Act.RECEIVE_STARTER,
            Act.LEAVE,
            Act.HAND_ON,
            Act.CALL,
            Act.CAMPAIGN,
            Act.SOCIAL_MAP,
            Act.STORY,
            Act.WAKE,
            Act.END,
            Act.RESHAPE,
            Act.MERGE,
            Act.SPLIT,
        ),
        frozenset({Role.COORDINATOR}),
    ),
    Act.EXPORT_AUDIT: frozenset({Role.PRIVACY}),
    Act.STOP_ACCOUNT: OFFICE,
    Act.APPROVE_MANY: OFFICE,
    Act.FREEZE: frozenset({Role.TREASURER}),
    Act.RELEASE: frozenset({Role.TREASURER}),
    Act.CANCEL: frozenset({Role.TREASURER}),
    Act.DOWNLOAD: frozenset({Role.TREASURER}),
    Act.IMPORT: frozenset({Role.TREASURER}),
    Act.PLACE: frozenset({Role.TREASURER}),
    Act.BUDGET: frozenset({Role.TREASURER}),
    Act.CLOSE_YEAR: frozenset({Role.TREASURER}),
    Act.START_ROUND: frozenset({Role.COORDINATOR}),
    Act.END_ROUND: frozenset({Role.COORDINATOR}),
    Act.SCOUT: frozenset({Role.SCOUT, Role.COORDINATOR}),
    Act.MANAGE_STAFF: frozenset({Role.LEAD}),
    Act.CONNECT: frozenset({Role.LEAD}),
    Act.REPLAY: frozenset({Role.LEAD, Role.OPERATOR}),
    Act.FIND: frozenset({Role.COORDINATOR}),
    Act.ASK_AGAIN: frozenset({Role.COORDINATOR}),
    Act.BRING: frozenset({Role.OPERATOR}),
}
"""By role. That nobody approves what they proposed, or releases their own batch, the workflow says."""


GANGMAKER = "gangmaker:"
"""How the ref of a gangmaker begins, where they did something themselves."""

NAMES: ContextVar[Mapping[StaffRef, Named]] = ContextVar("NAMES", default={})  # noqa: B039 - never changed
"""How to show the colleagues of the municipality whose page is being made."""

GONE = marked("%(name)s (niet meer hier)")


@dataclass(frozen=True)
class Seat:
    """One person of the local sign-in, the same in every municipality."""

    key: str
    name: str
    role: Role


SEATS = (
    Seat("coordinator-1", "Noor", Role.COORDINATOR),
    Seat("coordinator-2", "Sam", Role.COORDINATOR),
    Seat("treasurer-1", "Ties", Role.TREASURER),
    Seat("treasurer-2", "Tess", Role.TREASURER),
    Seat("scout-1", "Fien", Role.SCOUT),
    Seat("privacy-1", "Pim", Role.PRIVACY),
    Seat("lead-1", "Lena", Role.LEAD),
    Seat("operator-1", "Otto", Role.OPERATOR),
)


def seat_of(key: str) -> Seat | None:
    """A seat by its key."""
    return next((seat for seat in SEATS if seat.key == key), None)


def staff_ref(municipality: Slug, seat: Seat) -> StaffRef:
    """``rotterdam:coordinator-1``: what workflows and the ledger know somebody by."""
    return f"{municipality}:{seat.key}"


def name_of(staff: StaffRef, language: Language = Language.NL) -> str | None:
    """The name to show for a ref; None for the engine and for residents, whom no list of ours names.

    Whose name is not kept any more is shown by the ref.
    """
    if known := NAMES.get().get(staff):
        return translated(GONE, language) % {"name": known.name} if known.ended else known.name
    if staff in (ENGINE, REPORTER, OPERATOR, STRANGER) or staff.startswith(GANGMAKER):
        return None
    if staff.startswith(CLIENT):
        return staff
    seat = seat_of(staff.rpartition(":")[2])
    return seat.name if seat else staff
