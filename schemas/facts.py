"""A fact: something that happened, with all that belongs to it, written in one transaction.

Workflows decide and compose a :class:`Fact`; one activity writes it: the line in the journal, the snapshots
of the registry, the letters in the outbox with their links, what the vault must forget, and the postings.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from schemas.ledger import AccountSpec, Leg
from schemas.model import Model
from schemas.refs import ENGINE, Slug, StaffRef, VaultRef


class Template(StrEnum):
    """The mails there are; each exists as a template in every language."""

    CONFIRM_SIGNUP = "confirm_signup"
    REMIND_SIGNUP = "remind_signup"
    CONFIRM_SECOND = "confirm_second"
    REMIND_SECOND = "remind_second"
    WELCOME = "welcome"
    WELCOME_EXTRA = "welcome_extra"
    INTAKE_PLANNED = "intake_planned"
    INTAKE_REMINDER = "intake_reminder"
    INTAKE_PICK = "intake_pick"
    INTAKE_MISSED = "intake_missed"
    INTAKE_NUDGE = "intake_nudge"
    STARTER_SENT = "starter_sent"
    CONCERN_ASK = "concern_ask"
    CONCERN_AGAIN = "concern_again"
    DOUBTFUL_CONCERN = "doubtful_concern"
    CONCERN_NOBODY = "concern_nobody"
    CONCERN_FOLLOW_UP = "concern_follow_up"
    CONCERN_CODE = "concern_code"
    CONCERN_PICKED_UP = "concern_picked_up"
    CONCERN_CLOSED = "concern_closed"
    STREET_ACCEPTED = "street_accepted"
    STREET_WAITING = "street_waiting"
    STREET_REFERRED = "street_referred"
    STREET_DECLINED = "street_declined"
    POTJE_HANDED = "potje_handed"
    POTJE_HANDED_REMINDER = "potje_handed_reminder"
    POTJE_PAID = "potje_paid"
    POTJE_REJECTED = "potje_rejected"
    POTJE_APPROVED = "potje_approved"
    POTJE_WITHDRAWN = "potje_withdrawn"
    POTJE_BOUNCED = "potje_bounced"
    HANDOVER_CORRECTED = "handover_corrected"
    ACCOUNT_REMINDER = "account_reminder"
    ACCOUNT_IN_FORCE = "account_in_force"
    ACCOUNT_CONFIRM = "account_confirm"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_KEPT = "account_kept"
    GANGMAKER_LEFT = "gangmaker_left"
    CONFIRM_HANDOVER = "confirm_handover"
    REMIND_HANDOVER = "remind_handover"
    RENEWAL_ASK = "renewal_ask"
    RENEWAL_REMINDER = "renewal_reminder"
    RENEWAL_GO_ON = "renewal_go_on"
    RENEWAL_SLEEP = "renewal_sleep"
    RENEWAL_STOP = "renewal_stop"
    STREET_PAUSED = "street_paused"
    STREET_RESUMED = "street_resumed"
    STREET_AWAKE = "street_awake"
    STREET_MERGED = "street_merged"
    STREET_SPLIT = "street_split"
    CANDIDATE_INVITE = "candidate_invite"
    CANDIDATE_REMINDER = "candidate_reminder"
    DOOR_CODE = "door_code"
    LEDGER_HEAD = "ledger_head"
    MY_DATA = "my_data"
    MY_DATA_CODE = "my_data_code"
    MY_ADDRESS_CODE = "my_address_code"
    STAFF_INVITATION = "staff_invitation"
    STAFF_CODE = "staff_code"


class LinkPurpose(StrEnum):
    """What a mailed link lets its reader answer. A link never signs anybody in."""

    CONFIRM_SIGNUP = "confirm_signup"
    CONFIRM_SECOND = "confirm_second"
    CONFIRM_RECEIPT = "confirm_receipt"
    CONFIRM_ACCOUNT = "confirm_account"
    RENEWAL = "renewal"
    """Whether the street goes on for another year; with a code on a page of its own."""
    WAKE_STREET = "wake_street"
    """A street that sleeps: its gangmakers may go on whenever they like."""
    INTAKE_PICK = "intake_pick"
    """Which of the proposed moments suits; on a page of its own."""
    CONCERN = "concern"
    """A concern that a professional is asked to pick up; behind a code."""
    REOPEN_CONCERN = "reopen_concern"
    """Whether the reporter still worries, once."""
    STARTER = "starter"
    """Whether the starter package has arrived."""
    STREET_DOOR = "street_door"
    """Opens no question but the street's own door, behind a code."""
    MY_DATA = "my_data"
    """What is kept of the reader, behind a code."""
    STAFF_INVITATION = "staff_invitation"
    """How a colleague comes in at the desk, behind a code."""


class LinkOrder(Model):
    """A link to put in a letter; its token is derived, so a reminder carries the same one."""

    purpose: LinkPurpose
    workflow_id: str
    expires_at: datetime | None = None
    number: int = 1
    """The same question asked anew, about something else: a later number has a link of its own."""


class Appointment(Model):
    """An .ics invitation; a rising ``sequence`` under the same ``uid`` moves it in the reader's calendar."""

    uid: str
    sequence: int
    at: datetime
    minutes: int
    place: VaultRef


class Letter(Model):
    """A mail to one person. ``values`` hold nothing personal; ``named`` are people whose name it shows."""

    template: Template
    to: VaultRef
    values: dict[str, str | int | date | datetime] = {}
    named: dict[str, VaultRef] = {}
    link: LinkOrder | None = None
    appointment: Appointment | None = None
    account: VaultRef | None = None
    """A bank account that the letter shows, masked."""
    code: str | None = None
    """The subject of a code that the letter tells; see :mod:`store.codes`."""


class SignupStatus(StrEnum):
    """Where a sign-up stands."""

    AWAITING = "awaiting"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class SignupSnapshot(Model):
    """A sign-up as the registry shows it."""

    submission: UUID
    municipality: Slug
    street: Slug
    campaign: str | None
    status: SignupStatus
    revision: int
    source: str = "campaign"
    """How they came: by themselves (*campaign*), or found at the door (*scouting*)."""
    round: UUID | None = None
    """The scouting round that found them."""


class StreetSnapshot(Model):
    """A street as the registry shows it."""

    municipality: Slug
    slug: Slug
    name: str
    part: str | None
    wijk: str
    phase: str
    gangmakers: list[VaultRef]
    minimum: int
    next_date: date | None
    revision: int
    paused: bool = False
    """Active with fewer gangmakers than the minimum: no potje begins or is approved."""
    shape: str = "street"
    since: date | None = None
    """The day it was first accepted."""
    asleep_since: date | None = None
    merged_into: Slug | None = None
    split_from: Slug | None = None
    approach: VaultRef | None = None
    """How the street goes about it, in its own words."""


class IntakeSnapshot(Model):
    """An intake as the registry shows it."""

    workflow_id: str
    municipality: Slug
    street: Slug
    status: str
    at: datetime | None = None
    place: VaultRef | None = None
    coordinator: StaffRef | None = None
    gangmakers: int = 0
    """How many there were at this moment: who waits for one more sees when they came."""
    unsuited: bool = False
    """A gangmaker told that none of the proposed moments suits."""
    nudges: int = 0
    """How often the coordinator was told that nothing is planned yet."""
    missed: int = 0
    """How often nobody came."""
    agreed: list[VaultRef] = []
    """Who said yes to the spelregels."""
    referral: str | None = None
    """What kind of thing the gangmakers were referred to."""
    approach: VaultRef | None = None
    """How the street wants to go about it, in its own words."""
    revision: int


class StarterStatus(StrEnum):
    """Where a starter package is."""

    ORDERED = "ordered"
    SENT = "sent"
    RECEIVED = "received"


class StarterSnapshot(Model):
    """The starter package of a street as the registry shows it: one in the life of a street."""

    municipality: Slug
    street: Slug
    status: StarterStatus
    revision: int


class ConcernStatus(StrEnum):
    """Where a concern stands."""

    WAITING = "waiting"
    PICKED_UP = "picked_up"
    CLOSED = "closed"


class Doubt(StrEnum):
    """Why a concern may be no person's. It is taken in like any other, after those without doubt."""

    MANY = "many"
    """Many came from one address within an hour."""
    TRAP = "trap"
    """A field was filled in that nobody sees."""


class ConcernSnapshot(Model):
    """A concern as the registry shows it: no street, no words, nobody's name."""

    id: UUID
    workflow_id: str
    municipality: Slug
    wijk: str
    topic: str
    urgency: str
    status: ConcernStatus
    holder: str
    """The rung of the ladder whose turn it is, or who picked it up."""
    due_at: datetime | None = None
    raised_at: datetime
    picked_up_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    missed: int = 0
    """Deadlines that passed."""
    reopened: bool = False
    knows: str
    may_call: bool = False
    text: VaultRef | None = None
    reporter: VaultRef | None = None
    doubt: Doubt | None = None
    revision: int


class PotjeSnapshot(Model):
    """A potje as the registry shows it; amounts in euro cents."""

    workflow_id: str
    municipality: Slug
    street: Slug
    year: int
    status: str
    cents: int
    parts: list[tuple[str, int]]
    open_parts: list[str]
    proposer: StaffRef
    approver: StaffRef | None = None
    attempt: int = 0
    """How often a reservation was tried; the last one holds."""
    handovers: int = 0
    """How often cash or a voucher was handed over; see :func:`~schemas.potje.handover_code`."""
    revision: int


class RenewalSnapshot(Model):
    """The yearly question to a street as the registry shows it."""

    workflow_id: str
    municipality: Slug
    street: Slug
    year: int
    status: str
    outcome: str | None = None
    people: int
    answered: int
    words: list[VaultRef] = []
    """What gangmakers wrote along, sealed."""
    revision: int


class Fact(Model):
    """One thing that happened; ``key`` makes it happen once, however often it is written."""

    key: str
    name: str
    municipality: Slug
    subject: str
    actor: StaffRef = ENGINE
    signup: SignupSnapshot | None = None
    street: StreetSnapshot | None = None
    intake: IntakeSnapshot | None = None
    potje: PotjeSnapshot | None = None
    renewal: RenewalSnapshot | None = None
    starter: StarterSnapshot | None = None
    concern: ConcernSnapshot | None = None
    letters: list[Letter] = []
    forget: list[VaultRef] = []
    leaving: list[VaultRef] = []
    """Gangmakers who go: the account that they gave is forgotten now, they themselves later."""


class Booking(Model):
    """A fact with money: its legs are posted in the same transaction, or ``otherwise`` is written."""

    fact: Fact
    accounts: list[AccountSpec] = []
    legs: list[Leg]
    booked_on: date
    group: UUID
    otherwise: Fact | None = None
    """Written instead when the budget is short."""
    only_from: str | None = None
    """Where the potje must stand in the registry, or it is late: somebody else decided first."""
    only_open: list[str] | None = None
    """The parts that must be open there, for the same reason: a bank may have been faster."""
    only_new: bool = False
    """Late when the potje is there already."""
    unless_paying: bool = False
    """Late as well when a payment of the potje is open or booked, or when its news is on its way."""
    unless_paused: bool = False
    """Late as well while the street has too few gangmakers."""


class Booked(Model):
    """What came of a booking."""

    short: bool = False
    late: bool = False
    """Somebody else decided first (a bulk approval, a batch): nothing was booked or written."""
    paused: bool = False
    """The street has too few gangmakers for now: nothing was booked or written."""
    moved: bool = False
    """A bank told of its payment, and the potje is still to hear: nothing was booked or written."""
    revision: int = 0
    """Under which the registry has the potje after it."""


class Lapse(Model):
    """A question whose time is up, unless its answer arrived at the last moment."""

    fact: Fact
    workflow_id: str
    person: VaultRef


class Lapsed(Model):
    """``answered``: an answer was receipted before the lapse; it is on its way, so wait for it."""

    answered: bool
