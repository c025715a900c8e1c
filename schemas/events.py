"""Events: which facts of the journal other systems hear of, as CloudEvents by the NL GOV profile.

An event says that something happened to a street, little more, and where to read the rest. Nobody's
reference is in it: no gangmaker, no member of staff, no workflow. :data:`CATALOGUE` and :data:`UNTOLD`
are the whole list; a fact that is in neither stays inside.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.facts import Fact
from schemas.model import Model
from schemas.potje import PotjeStatus
from schemas.refs import Slug
from schemas.street import Phase

DOMAIN = "nl.lief-en-leedstraten"
VERSION = "v1"
SYSTEM = "systeem:lief-en-leedstraten"
KEPT_DAYS = 90
"""Days that events, and what became of their deliveries, are kept."""

Value: TypeAlias = str | int | bool


class Kind(StrEnum):
    """What can be told. Its type, as others see it, is :func:`type_of`."""

    STREET_OPENED = "streets.opened"
    STREET_JOINED = "streets.joined"
    STREET_ACCEPTED = "streets.accepted"
    STREET_PAUSED = "streets.paused"
    STREET_RESUMED = "streets.resumed"
    STREET_RENEWED = "streets.renewed"
    STREET_ASLEEP = "streets.fell-asleep"
    STREET_AWAKE = "streets.woke-up"
    STREET_RESHAPED = "streets.reshaped"
    STREET_MERGED = "streets.merged"
    STREET_SPLIT = "streets.split"
    STREET_SPLIT_OFF = "streets.split-off"
    STREET_ENDED = "streets.ended"
    POTJE_PROPOSED = "potjes.proposed"
    POTJE_WAITING = "potjes.waiting-for-budget"
    POTJE_APPROVED = "potjes.approved"
    POTJE_REJECTED = "potjes.rejected"
    POTJE_WITHDRAWN = "potjes.withdrawn"
    POTJE_HANDED = "potjes.handed-over"
    POTJE_CORRECTED = "potjes.hand-over-corrected"
    POTJE_PARTLY_PAID = "potjes.partly-paid"
    POTJE_PAID = "potjes.paid"
    POTJE_RETURNED = "potjes.returned"
    RENEWAL_ASKED = "renewals.asked"
    RENEWAL_ANSWERED = "renewals.answered"
    STORY_SHARED = "stories.shared"
    PING = "webhooks.ping"
    """Only to try a webhook; no fact, and not in the feed."""


def _joined(fact: Fact, was_paused: bool) -> Kind:  # noqa: FBT001 - one of the tellers, all alike
    if fact.intake:
        return Kind.STREET_OPENED
    return Kind.STREET_RESUMED if was_paused and not _paused(fact) else Kind.STREET_JOINED


def _left(fact: Fact, was_paused: bool) -> Kind | None:  # noqa: FBT001
    """What it does to the street is told; that somebody stopped is theirs."""
    if fact.street and fact.street.phase == Phase.SLEEPING:
        return Kind.STREET_ASLEEP
    return Kind.STREET_PAUSED if _paused(fact) and not was_paused else None


def _took_in(fact: Fact, was_paused: bool) -> Kind | None:  # noqa: FBT001
    """The other street tells that it went on here; this one only what it does to its own pause."""
    return Kind.STREET_RESUMED if was_paused and not _paused(fact) else None


def _decided(fact: Fact, _: bool) -> Kind:  # noqa: FBT001
    """A street that does not begin has ended, like any other: a no would be about somebody."""
    active = fact.street is not None and fact.street.phase == Phase.ACTIVE
    return Kind.STREET_ACCEPTED if active else Kind.STREET_ENDED


def _arrived(fact: Fact, _: bool) -> Kind:  # noqa: FBT001
    whole = fact.potje is not None and fact.potje.status == PotjeStatus.PAID
    return Kind.POTJE_PAID if whole else Kind.POTJE_PARTLY_PAID


def _paused(fact: Fact) -> bool:
    return fact.street is not None and fact.street.paused


CATALOGUE: dict[str, Kind | Callable[[Fact, bool], Kind | None]] = {
    "street.joined": _joined,
    "street.decided": _decided,
    "street.left": _left,
    "street.renewed": Kind.STREET_RENEWED,
    "street.changed": Kind.STREET_RENEWED,
    "street.asleep": Kind.STREET_ASLEEP,
    "street.awake": Kind.STREET_AWAKE,
    "street.stopped": Kind.STREET_ENDED,
    "street.shaped": Kind.STREET_RESHAPED,
    "street.merged": Kind.STREET_MERGED,
    "street.tookin": _took_in,
    "street.split": Kind.STREET_SPLIT,
    "street.parted": Kind.STREET_SPLIT_OFF,
    "potje.reserved": Kind.POTJE_PROPOSED,
    "potje.short": Kind.POTJE_WAITING,
    "potje.approved": Kind.POTJE_APPROVED,
    "potje.rejected": Kind.POTJE_REJECTED,
    "potje.withdrawn": Kind.POTJE_WITHDRAWN,
    "potje.handed": Kind.POTJE_HANDED,
    "potje.corrected": Kind.POTJE_CORRECTED,
    "potje.received": _arrived,
    "potje.paid": _arrived,
    "potje.bounced": Kind.POTJE_RETURNED,
    "renewal.asked": Kind.RENEWAL_ASKED,
    "renewal.decided": Kind.RENEWAL_ANSWERED,
    "street.story_shown": Kind.STORY_SHARED,
}
"""Facts that others hear of. Where one name can mean more, the rule beside it says which."""

UNTOLD = {
    "account": "where somebody is paid is nobody else's business",
    "approvals": "each potje of it is told by itself",
    "batch": "between the municipality and its bank; each potje that is paid is told",
    "backup": "about the system itself",
    "budget": "in the reports",
    "campaign": "in the reports",
    "client": "who may ask is between the municipality and that system",
    "concern": "prudence: nothing about a concern leaves, not even that there is one",
    "inbox": "about the system itself",
    "intake": "an appointment between people; what came of it is told as the street's",
    "person": "what somebody does with their own data is theirs",
    "reconcile": "about the system itself; what it mended is not news",
    "retention": "about the system itself",
    "round": "each street's answer is told by itself",
    "scouting": "a street has not asked for anything yet",
    "signup": "not confirmed yet, or somebody said no; who confirms is told as the street's",
    "staff": "who works at a desk is that desk's",
    "social": "it can be read on the website",
    "year": "in the reports",
    "webhook": "about this very channel",
    "potje.told": "a mail; the approval was told",
    "potje.reminded": "a mail",
    "potje.asked": "a mail",
    "potje.account": "a mail",
    "renewal.reminded": "a mail",
    "renewal.call": "between the street and its coordinator",
    "renewal.called": "between the street and its coordinator",
    "renewal.tidied": "words that were erased",
    "street.attentie": "on trust: what a street gives is its own",
    "street.attentie_undone": "on trust: what a street gives is its own",
    "street.code": "a mail",
    "street.forgotten": "people who were erased",
    "street.released": "somebody who was erased",
    "street.startersent": "between the street and its coordinator",
    "street.startercame": "between the street and its coordinator",
    "street.story": "a story is told once somebody of the municipality read it and put it on the website",
    "street.story_not_shown": "it stays inside",
    "street.story_withdrawn": "the feed of stories shows what is still shared",
    "street.year": "the calendar turns for every street",
}
"""Facts that nobody else hears of, and why: by their name, or by the part of it before the point."""


class Told(Model):
    """What an event says."""

    kind: Kind
    subject: str
    data: dict[str, Value]


class CloudEvent(Model):
    """An event as others see it: CloudEvents 1.0 in its JSON form, by the NL GOV profile."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataref: str | None = None
    """Where the street can be read, with a key for the API."""
    data: Annotated[dict[str, Value], Field(default_factory=dict)]

    def document(self) -> str:
        """Its JSON: the bytes that are sent and signed, the same each time."""
        return self.model_dump_json(exclude_none=True)


BY_WHAT_WAS = frozenset({"street.joined", "street.left", "street.tookin"})
"""Facts of which one has to know whether the street was paused before."""


def told(fact: Fact, *, was_paused: bool = False) -> Told | None:
    """What others hear of a fact; None for what stays inside. ``was_paused``: the street, before it."""
    rule = CATALOGUE.get(fact.name)
    if rule is None:
        return None
    kind = rule if isinstance(rule, Kind) else rule(fact, was_paused)
    if kind is None:
        return None
    return Told(kind=kind, subject=fact.subject, data=_data(fact))


def _data(fact: Fact) -> dict[str, Value]:
    found: dict[str, Value | None] = {"street": fact.subject}
    if street := fact.street:
        found |= {"phase": street.phase, "paused": street.paused}
        found |= {"mergedInto": street.merged_into, "splitFrom": street.split_from}
    if fact.potje:
        found |= {"year": fact.potje.year, "status": fact.potje.status}
    if fact.renewal:
        found |= {"year": fact.renewal.year, "outcome": fact.renewal.outcome}
    return {name: value for name, value in found.items() if value is not None}


def approved_together(year: int) -> dict[str, Value]:
    """The data of potjes that are approved together, but for their streets; the same as of one alone."""
    return {"year": year, "status": PotjeStatus.APPROVED.value}


def stays_inside(name: str) -> str | None:
    """Why a fact of this name is not told; None where nobody said so."""
    return UNTOLD.get(name) or UNTOLD.get(name.partition(".")[0])


def type_of(kind: str) -> str:
    """``nl.lief-en-leedstraten.streets.opened.v1``: reverse DNS, domains in the plural, nobody's name."""
    return f"{DOMAIN}.{kind}.{VERSION}"


def source_of(municipality: Slug, oin: str | None) -> str:
    """Who tells it, and with what: the municipality by its OIN; by its name while it has given none."""
    owner = f"oin:{oin}" if oin else f"gemeente-{municipality}"
    return f"urn:nld:{owner}:{SYSTEM}"


def api_of(public_url: str) -> str:
    """The address of the API with its version, from that of the public pages."""
    return f"{public_url}/api/v1"


def dataref_of(api: str, street: Slug) -> str:
    """Where a street can be read. ``api`` is the address of the API with its version, without a slash."""
    return f"{api}/streets/{street}"


def ping(event: UUID, source: str, at: datetime) -> CloudEvent:
    """What is sent to try a webhook."""
    return CloudEvent(
        id=event, source=source, type=type_of(Kind.PING), subject="ping", time=at, data={"ping": True}
    )
