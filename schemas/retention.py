"""What is kept, how long, and what removes it: every table belongs to a class, and every class has its term.

The daily round removes what has no process of its own. What a workflow forgets in time, or what goes by
itself when it was used, stands here with the place where that happens, so that nothing is done twice.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from schemas.model import Model
from schemas.refs import ENGINE, Slug, StaffRef

RETENTION = "retention"
"""The schedule, and how the ids of its workflows begin."""

RAN = "retention.ran"
"""The fact that the round was done; its result says how many of each class went."""

TERM_OVER = "retention.money"
"""Why a file of the bank is gone when nothing is wrong: the reason in the log of erasures."""

CODES_KEPT = timedelta(days=1)
"""How long a mailed code stays after it was made: an hour after its last use nothing asks for it."""


class How(StrEnum):
    """What removes a class."""

    ROUND = "daily round"
    WORKFLOW = "its workflow"
    ITSELF = "by itself"
    STAYS = "stays"


@dataclass(frozen=True)
class Kept:
    """One class: what it is, how long it stays and why, and what removes it.

    ``term`` is a key of the section *retention* of a policy where ``how`` is the daily round, else words.
    """

    key: str
    what: str
    tables: tuple[str, ...]
    how: How
    term: str
    where: str
    reason: str


def _round(key: str, what: str, tables: tuple[str, ...], reason: str, term: str = "") -> Kept:
    return Kept(key, what, tables, How.ROUND, term or key, "`store/sql/retention.sql`", reason)


ROUND = (
    _round(
        "stranded",
        "people and words of a sign-up or a concern that could not be brought to a workflow",
        (),
        "an operator can bring it again meanwhile",
    ),
    _round(
        "submissions",
        "what was sent in, once it reached its workflow: references and a receipt",
        ("post.submission", "client.submission"),
        "a receipt can be asked about, and two years of totals can be counted",
    ),
    _round(
        "mails",
        "that a mail was sent: which, to whose reference, what the server said",
        ("post.mail",),
        "questions about a mail that did not come; its words go when the server has it",
    ),
    _round(
        "answers",
        "mailed links that were answered, voided or ran out",
        ("post.link",),
        "who opens an old mail is told what became of it",
    ),
    _round(
        "codes",
        "mailed codes: to whom, and how often a wrong one was typed",
        ("post.code", "concern.code"),
        "a code lives for minutes",
        "1 day",
    ),
    _round(
        "sessions",
        "that a colleague was signed in: when, how, and in what kind of browser",
        ("registry.session",),
        "what a colleague does not recognise can be looked into (BIO2)",
    ),
    _round(
        "looks",
        "who looked at whose details, and why",
        ("vault.look",),
        "a resident can ask who looked (AVG, article 15)",
    ),
    _round(
        "stories",
        "stories that are on no website, that were taken back, or whose teller is gone",
        ("registry.story",),
        "a gangmaker rereads them for a while; who is forgotten is forgotten in stories too",
    ),
    _round(
        "moments",
        "the places of conversations that were offered and are past",
        ("intake.slot", "intake.offer"),
        "often somebody's home",
    ),
    _round(
        "colleagues",
        "name and address of a colleague who left",
        ("staff.member",),
        "the log names them for a while; afterwards it shows their reference",
    ),
    _round(
        "invitations",
        "name and address of a colleague who was invited and never came in",
        (),
        "the invitation itself has long run out",
    ),
    _round(
        "money",
        "bank statements, payment files, what the bank said, accounts that were paid on",
        ("money.batch", "money.statement", "money.movement", "money.suspense", "money.payee"),
        "the duty to keep the books (AWR, article 52): seven years after the fiscal year",
        "fiscal_years",
    ),
    _round(
        "webhooks",
        "the address and secret of a webhook that was ended",
        ("event.webhook",),
        "its last deliveries can be looked at",
        "90 days, with its last event",
    ),
)
"""What the daily round removes, in this order: what others point at comes after them."""

ELSEWHERE = (
    Kept(
        "signups",
        "people of a sign-up that nobody confirmed, or that was refused",
        ("registry.signup",),
        How.WORKFLOW,
        "`signup.expires_after`",
        "`workflows/signup.py`",
        "not confirmed is not consented; the line that stays says a street and a status",
    ),
    Kept(
        "streets",
        "gangmakers and words of a street that was declined, ended or sleeps, or who left it",
        ("registry.street", "registry.renewal"),
        How.WORKFLOW,
        "`retention.declined`, `retention.ended`, `retention.sleeping`",
        "`workflows/street.py`",
        "who thinks again can go on; the references that stay lead nowhere",
    ),
    Kept(
        "intakes",
        "where a conversation is held, what was found there",
        ("registry.intake",),
        How.WORKFLOW,
        "when the outcome is recorded",
        "`workflows/intake.py`",
        "nobody needs the place afterwards",
    ),
    Kept(
        "concerns",
        "what was told about somebody, and who told it",
        ("concern.concern",),
        How.WORKFLOW,
        "`concerns.keep` after closing",
        "`workflows/escalation.py`",
        "it can be opened once more until then; a count without words stays",
    ),
    Kept(
        "accounts",
        "account numbers that were not put in force, or whose giver is gone",
        (),
        How.WORKFLOW,
        "when it is decided",
        "`workflows/payee.py`, `activities/facts.py`",
        "nothing is paid on them",
    ),
    Kept(
        "letters",
        "the words of a mail",
        (),
        How.ITSELF,
        "when the mail server has it, or it failed for good",
        "`store/sql/outbox.sql`",
        "it was delivered",
    ),
    Kept(
        "doors",
        "who is inside: the street's door, one's own data, a concern; entrances of colleagues",
        ("registry.door", "concern.session", "person.session", "staff.entrance", "staff.code"),
        How.ITSELF,
        "at most two hours; swept when the next one opens",
        "`store/sql/door.sql`, `concerns.sql`, `people.sql`, `invitations.sql`",
        "nobody is inside any more",
    ),
    Kept(
        "addresses",
        "new addresses that nobody confirmed, and codes for one's own data",
        ("person.code",),
        How.ITSELF,
        "1 hour",
        "`workers/promises.py`",
        "not confirmed is not theirs",
    ),
    Kept(
        "limits",
        "counted tries, by keyed digests; challenges that were used",
        ("post.attempt", "staff.spent"),
        How.ITSELF,
        "1 hour",
        "`workers/promises.py`",
        "no limit looks further back",
    ),
    Kept(
        "events",
        "what other systems are told, and what became of it",
        ("event.told", "event.delivery"),
        How.ITSELF,
        "90 days",
        "`workers/herald.py`",
        "who was away can read on",
    ),
    Kept(
        "digests",
        "keyed digests of what came in by the API",
        (),
        How.ITSELF,
        "7 days",
        "`workers/promises.py`",
        "a client tries again for a week",
    ),
    Kept(
        "erased",
        "the vault itself: what is sealed stays as long as its class; of what was erased a reference",
        ("vault.item", "vault.erasure"),
        How.ITSELF,
        "the key is destroyed with its class; the reference stays as long as there are backups",
        "`store/vault.py`",
        "who was erased stays erased when an older backup comes back",
    ),
    Kept(
        "roles",
        "roles and passkeys of colleagues",
        ("staff.role", "staff.passkey"),
        How.ITSELF,
        "the moment somebody leaves",
        "`store/staff.py`",
        "who left cannot come in",
    ),
)
"""What goes without the daily round."""

STAYING = (
    Kept(
        "books",
        "the books: accounts, transfers, marks, entries with their reasons; payments by reference",
        (
            *("ledger.year", "ledger.account", "ledger.balance", "ledger.transfer", "ledger.mark"),
            *("money.entry", "money.payment", "money.addressee", "registry.potje"),
        ),
        How.STAYS,
        "for good",
        "",
        "append-only, and about streets: nobody is named",
    ),
    Kept(
        "journal",
        "the journal: who did what, by reference",
        ("registry.fact", "registry.turn"),
        How.STAYS,
        "for good",
        "",
        "append-only; the references of who was erased lead nowhere",
    ),
    Kept(
        "programme",
        "campaigns, scouting rounds, starter packages, the social map: streets and organisations",
        (
            *("outreach.campaign", "outreach.channel", "outreach.visit", "outreach.cost", "social.offer"),
            *("scouting.round", "scouting.target", "scouting.visit", "intake.starter"),
        ),
        How.STAYS,
        "for good",
        "",
        "nothing in it is about a resident",
    ),
    Kept(
        "house",
        "policies, keys of other systems (hashes), master keys by fingerprint, reports of this round, "
        "when backups were made",
        (
            *("registry.policy", "client.client", "vault.master_key", "vault.holder", "registry.removed"),
            "public.migration",
            "registry.backup",
        ),
        How.STAYS,
        "for good",
        "",
        "about the system itself",
    ),
)
"""What stays, because nothing in it is about a person, or because the law says so."""

CLASSES = (*ROUND, *ELSEWHERE, *STAYING)


class Removal(Model):
    """Remove what is too old in a municipality. ``run`` names the round in the journal."""

    municipality: Slug
    day: str
    """The Dutch date, ISO 8601."""
    run: str
    actor: StaffRef = ENGINE


class Removed(Model):
    """How many of each class went; those of which nothing went are left out."""

    municipality: Slug
    counts: dict[str, int] = {}

    @property
    def total(self) -> int:
        """Of all classes."""
        return sum(self.counts.values())


class RemovedToday(Model):
    """What a day came to."""

    removed: list[Removed]


class Municipalities(Model):
    """Where the round goes."""

    municipalities: list[Slug]
    desk_url: str = ""


@dataclass(frozen=True)
class Waiting:
    """Of one class: how many would go now, and when the next one's term is over."""

    key: str
    term: timedelta | int
    """A length of time, or fiscal years."""
    due: int
    next: datetime | None


def fiscal_before(today: date, years: int) -> int:
    """Fiscal years before this one may go: so many whole years have passed since they ended."""
    return today.year - years
