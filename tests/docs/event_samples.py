"""One fact for each kind of event, for the page that shows what each looks like."""

from typing import Any

from schemas.events import Kind, Told, told
from schemas.facts import Fact, IntakeSnapshot, PotjeSnapshot, RenewalSnapshot, StreetSnapshot
from schemas.potje import PotjeStatus
from schemas.renewal import RenewalOutcome
from schemas.street import Phase

WHERE: dict[str, Any] = {"municipality": "rotterdam", "street": "rozenlaan", "revision": 1}


def _street(name: str, phase: Phase = Phase.ACTIVE, *, paused: bool = False, **more: Any) -> Fact:
    street = StreetSnapshot(
        municipality="rotterdam",
        slug="rozenlaan",
        name="Rozenlaan",
        part=None,
        wijk="Noord",
        phase=phase,
        gangmakers=[],
        minimum=2,
        next_date=None,
        revision=1,
        paused=paused,
        **more,
    )
    return Fact(key="k", name=f"street.{name}", municipality="rotterdam", subject="rozenlaan", street=street)


def _opened() -> Fact:
    fact = _street("joined", Phase.INTAKE)
    fact.intake = IntakeSnapshot(workflow_id="intake-1", status="open", **WHERE)
    return fact


def _potje(name: str, status: PotjeStatus) -> Fact:
    potje = PotjeSnapshot(
        workflow_id="potje-1",
        year=2026,
        status=status,
        cents=15000,
        parts=[],
        open_parts=[],
        proposer="rotterdam:coordinator-1",
        **WHERE,
    )
    return Fact(key="k", name=f"potje.{name}", municipality="rotterdam", subject="rozenlaan", potje=potje)


def _renewal(name: str, outcome: RenewalOutcome | None) -> Fact:
    renewal = RenewalSnapshot(
        workflow_id="renewal-1", year=2026, status="x", outcome=outcome, people=2, answered=2, **WHERE
    )
    return Fact(
        key="k", name=f"renewal.{name}", municipality="rotterdam", subject="rozenlaan", renewal=renewal
    )


FACTS: dict[Kind, tuple[Fact, bool]] = {
    Kind.STREET_OPENED: (_opened(), False),
    Kind.STREET_JOINED: (_street("joined"), False),
    Kind.STREET_ACCEPTED: (_street("decided"), False),
    Kind.STREET_PAUSED: (_street("left", paused=True), False),
    Kind.STREET_RESUMED: (_street("joined"), True),
    Kind.STREET_RENEWED: (_street("renewed"), False),
    Kind.STREET_ASLEEP: (_street("asleep", Phase.SLEEPING), False),
    Kind.STREET_AWAKE: (_street("awake"), False),
    Kind.STREET_RESHAPED: (_street("shaped"), False),
    Kind.STREET_MERGED: (_street("merged", Phase.ENDED, merged_into="beukstraat"), False),
    Kind.STREET_SPLIT: (_street("split"), False),
    Kind.STREET_SPLIT_OFF: (_street("parted", split_from="beukstraat"), False),
    Kind.STREET_ENDED: (_street("stopped", Phase.ENDED), False),
    Kind.POTJE_PROPOSED: (_potje("reserved", PotjeStatus.TO_APPROVE), False),
    Kind.POTJE_WAITING: (_potje("short", PotjeStatus.WAITING_FOR_BUDGET), False),
    Kind.POTJE_APPROVED: (_potje("approved", PotjeStatus.APPROVED), False),
    Kind.POTJE_REJECTED: (_potje("rejected", PotjeStatus.REJECTED), False),
    Kind.POTJE_WITHDRAWN: (_potje("withdrawn", PotjeStatus.WITHDRAWN), False),
    Kind.POTJE_HANDED: (_potje("handed", PotjeStatus.HANDED_OVER), False),
    Kind.POTJE_CORRECTED: (_potje("corrected", PotjeStatus.APPROVED), False),
    Kind.POTJE_PARTLY_PAID: (_potje("paid", PotjeStatus.APPROVED), False),
    Kind.POTJE_PAID: (_potje("paid", PotjeStatus.PAID), False),
    Kind.POTJE_RETURNED: (_potje("bounced", PotjeStatus.APPROVED), False),
    Kind.RENEWAL_ASKED: (_renewal("asked", None), False),
    Kind.RENEWAL_ANSWERED: (_renewal("decided", RenewalOutcome.GO_ON), False),
    Kind.STORY_SHARED: (
        Fact(key="k", name="street.story_shown", municipality="rotterdam", subject="rozenlaan"),
        False,
    ),
}


def samples() -> dict[Kind, Told]:
    """What each kind says, as today's code says it."""
    found = {kind: told(fact, was_paused=was) for kind, (fact, was) in FACTS.items()}
    return {kind: each for kind, each in found.items() if each}
