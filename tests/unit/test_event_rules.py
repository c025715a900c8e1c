"""The catalogue: every fact is told or kept inside on purpose; what is told follows the NL GOV profile."""

import json
import re
from datetime import UTC, datetime
from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.desk.story import SENTENCES
from schemas.events import (
    BY_WHAT_WAS,
    CATALOGUE,
    DOMAIN,
    UNTOLD,
    CloudEvent,
    Kind,
    approved_together,
    dataref_of,
    ping,
    source_of,
    stays_inside,
    told,
    type_of,
)
from schemas.facts import Fact, IntakeSnapshot, PotjeSnapshot, RenewalSnapshot, StreetSnapshot
from schemas.potje import PotjeStatus
from schemas.renewal import RenewalOutcome
from schemas.street import Phase
from tests.recorded_facts import recorded_facts

UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NAMES = re.compile(r"[a-z0-9]{1,20}")
TYPES = re.compile(r"nl(\.[a-z0-9]+(-[a-z0-9]+)*)+")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SOURCES = re.compile(r"urn:nld:(oin:\d{20}|gemeente-[a-z0-9-]+):systeem:lief-en-leedstraten")
API = "https://straat.example/api/v1"


def street_of(phase: Phase = Phase.ACTIVE, **more: object) -> StreetSnapshot:
    """A street with people, wishes and words."""
    return StreetSnapshot(
        **{
            "municipality": "rotterdam",
            "slug": "rozenlaan",
            "name": "Rozenlaan",
            "part": "tot de brug",
            "wijk": "Noord",
            "phase": phase,
            "gangmakers": [uuid4(), uuid4()],
            "minimum": 1,
            "next_date": None,
            "approach": uuid4(),
            "revision": 1,
            **more,
        }
    )


def fact_of(name: str, **more: object) -> Fact:
    """A fact of this name, with something secret in every corner."""
    return Fact(
        key=f"street-rotterdam-rozenlaan/{name}-{uuid4()}",
        name=name,
        municipality="rotterdam",
        subject="rozenlaan",
        actor=f"gangmaker:{uuid4()}",
        **more,
    )


def potje_of(status: PotjeStatus) -> PotjeSnapshot:
    """A potje with its proposer."""
    return PotjeSnapshot(
        workflow_id="potje-rotterdam-rozenlaan-2026",
        municipality="rotterdam",
        street="rozenlaan",
        year=2026,
        status=status,
        cents=9_876_543,
        parts=[("bank", 9_876_543)],
        open_parts=[],
        proposer="rotterdam:coordinator-1",
        revision=1,
    )


def renewal_of(outcome: str | None) -> RenewalSnapshot:
    """A yearly question with words along."""
    return RenewalSnapshot(
        workflow_id="renewal-rotterdam-rozenlaan-2026",
        municipality="rotterdam",
        street="rozenlaan",
        year=2026,
        status="decided",
        outcome=outcome,
        people=2,
        answered=1,
        words=[uuid4()],
        revision=1,
    )


def intake_of() -> IntakeSnapshot:
    """An intake that begins."""
    return IntakeSnapshot(
        workflow_id="intake-1", municipality="rotterdam", street="rozenlaan", status="open", revision=0
    )


def event_of(fact: Fact) -> CloudEvent | None:
    """What others would get."""
    found = told(fact)
    if found is None:
        return None
    return CloudEvent(
        id=uuid4(),
        source=source_of(fact.municipality, None),
        type=type_of(found.kind),
        subject=found.subject,
        time=datetime.now(UTC),
        dataref=dataref_of(API, found.subject),
        data=found.data,
    )


def follows_the_profile(event: CloudEvent) -> None:
    """NL GOV profile for CloudEvents 1.0: what it says MUST and SHOULD be."""
    document = event.document()
    assert len(document.encode()) < 64 * 1024
    found = json.loads(document)
    assert found["specversion"] == "1.0"
    assert {"id", "source", "type", "subject", "time", "datacontenttype"} <= found.keys()
    assert all(NAMES.fullmatch(name) for name in found)
    assert all(found[name] for name in found if name != "data")
    assert UUID(found["id"])
    assert SOURCES.fullmatch(found["source"])
    assert TYPES.fullmatch(found["type"])
    assert len(re.findall(r"\.v\d+", found["type"])) == 1
    assert found["type"].startswith(f"{DOMAIN}.")
    assert RFC_3339.fullmatch(found["time"])
    assert found["datacontenttype"] == "application/json"
    assert set(UUIDS.findall(document)) == {found["id"]}


def test_every_fact_is_told_or_kept_inside_on_purpose() -> None:
    names = {name.removesuffix("-n") for name in SENTENCES} | {fact.name for fact in recorded_facts()}
    assert len(names) > 110
    assert [name for name in sorted(names) if name not in CATALOGUE and not stays_inside(name)] == []
    assert [name for name in CATALOGUE if stays_inside(name)] == []
    assert CATALOGUE.keys() | {name for name in UNTOLD if "." in name} <= names | {"street.code"}
    assert all(UNTOLD.values())


@given(st.text(max_size=30))
def test_a_fact_that_nobody_thought_of_stays_inside(name: str) -> None:
    assert name in CATALOGUE or told(fact_of(name, street=street_of())) is None


def test_nothing_of_a_concern_a_person_or_an_account_is_told() -> None:
    for domain in ("concern", "person", "account", "signup", "scouting", "intake"):
        assert [name for name in CATALOGUE if name.startswith(f"{domain}.")] == []


SNAPSHOTS = [
    *({"street": street_of(phase, paused=paused)} for phase, paused in product(Phase, (True, False))),
    {"street": street_of(merged_into="beukstraat", split_from="eikenhof"), "intake": intake_of()},
    *({"potje": potje_of(status)} for status in PotjeStatus),
    *({"renewal": renewal_of(outcome)} for outcome in (*RenewalOutcome, None)),
    {},
]


@pytest.mark.parametrize(("before", "after"), [*product((True, False), repeat=2)])
def test_a_street_that_takes_in_another_tells_only_that_its_pause_is_over(before: bool, after: bool) -> None:
    told_of = told(fact_of("street.tookin", street=street_of(paused=after)), was_paused=before)
    assert (told_of is not None) == (before and not after)
    assert told_of is None or told_of.kind is Kind.STREET_RESUMED


@pytest.mark.parametrize("name", CATALOGUE)
def test_whatever_the_fact_holds_its_event_follows_the_profile_and_names_nobody(name: str) -> None:
    for more in SNAPSHOTS:
        fact = fact_of(name, **more)
        event = event_of(fact)
        if event is None:
            assert name in ("street.left", "street.tookin")
            continue
        follows_the_profile(event)
        document = event.document()
        for private in (fact.key, fact.actor, "coordinator", "brug", "Rozenlaan", "9876543"):
            assert private not in document


def test_the_recorded_journeys_tell_of_streets_and_of_nobody() -> None:
    events = [(fact, event) for fact in recorded_facts() if (event := event_of(fact))]
    assert len(events) > 90
    for fact, event in events:
        follows_the_profile(event)
        document = event.document()
        assert fact.actor not in document or fact.actor == "engine"
        assert fact.key not in document
        assert set(event.data) <= {
            *("street", "phase", "paused", "mergedInto", "splitFrom", "year", "status", "outcome")
        }


@pytest.mark.parametrize(
    ("fact", "was_paused", "kind"),
    [
        (fact_of("street.joined", street=street_of(Phase.INTAKE), intake=intake_of()), False, "opened"),
        (fact_of("street.joined", street=street_of()), False, "joined"),
        (fact_of("street.joined", street=street_of()), True, "resumed"),
        (fact_of("street.joined", street=street_of(paused=True)), True, "joined"),
        (fact_of("street.decided", street=street_of()), False, "accepted"),
        (fact_of("street.decided", street=street_of(Phase.ENDED)), False, "ended"),
        (fact_of("street.left", street=street_of(paused=True)), False, "paused"),
        (fact_of("street.left", street=street_of(Phase.SLEEPING)), True, "fell-asleep"),
        (fact_of("street.changed", street=street_of()), False, "renewed"),
        (fact_of("street.merged", street=street_of(Phase.ENDED)), False, "merged"),
        (fact_of("street.parted", street=street_of()), False, "split-off"),
    ],
)
def test_what_became_of_the_street_decides(fact: Fact, was_paused: bool, kind: str) -> None:
    found = told(fact, was_paused=was_paused)
    assert found
    assert found.kind == f"streets.{kind}"
    if told(fact, was_paused=not was_paused) != found:
        assert fact.name in BY_WHAT_WAS


def test_that_somebody_stopped_is_theirs_while_the_street_goes_on_as_it_was() -> None:
    assert told(fact_of("street.left", street=street_of())) is None
    assert told(fact_of("street.left", street=street_of(paused=True)), was_paused=True) is None


@pytest.mark.parametrize("name", ["potje.received", "potje.paid"])
def test_a_potje_is_paid_when_nothing_is_left(name: str) -> None:
    paid, partly = (
        told(fact_of(name, potje=potje_of(status))) for status in (PotjeStatus.PAID, PotjeStatus.APPROVED)
    )
    assert paid
    assert partly
    assert (paid.kind, partly.kind) == (Kind.POTJE_PAID, Kind.POTJE_PARTLY_PAID)


def test_approved_together_is_told_as_if_alone() -> None:
    alone = told(fact_of("potje.approved", potje=potje_of(PotjeStatus.APPROVED)))
    assert alone
    assert alone.data == {"street": "rozenlaan"} | approved_together(2026)


def test_every_kind_but_the_ping_comes_of_some_fact() -> None:
    kinds = {
        found.kind
        for name, more, was in product(CATALOGUE, SNAPSHOTS, (True, False))
        if (found := told(fact_of(name, **more), was_paused=was))
    }
    assert kinds == set(Kind) - {Kind.PING}


def test_who_tells_it() -> None:
    oin = "00000001002220647000"
    assert source_of("rotterdam", oin) == f"urn:nld:oin:{oin}:systeem:lief-en-leedstraten"
    assert source_of("den-haag", None) == "urn:nld:gemeente-den-haag:systeem:lief-en-leedstraten"
    follows_the_profile(ping(uuid4(), source_of("rotterdam", oin), datetime.now(UTC)))
