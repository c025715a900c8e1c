"""What is apart between the database and the workflows, each with what can be done about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from schemas import steps
from schemas.facts import Booked, Booking
from schemas.ledger import Leg
from schemas.payee import AccountMoved, AccountStep
from schemas.payment import payee_id
from schemas.payout import BatchOrder, Frozen
from schemas.potje import PotjeMoved
from schemas.refs import Slug, VaultRef
from store import reconciling
from store.database import Connection
from workers.reconciling.recorded import Done, Recorded


class Kind(StrEnum):
    """What can be apart."""

    FORGOTTEN = "forgotten"
    """A workflow had a step done of which the database knows nothing."""
    MONEY = "money"
    """The same, and money moved."""
    BATCH = "batch"
    """A payment batch, perhaps at the bank, that the database does not know."""
    LOST = "lost"
    """Somebody whose name and address came after the backup."""
    GONE = "gone"
    """The database waits for a workflow that is not there."""
    BEHIND = "behind"
    """A workflow knows less than the database: Temporal was put back to an earlier moment."""
    BUSY = "busy"
    """A step is under way right now: look again."""
    WAITING = "waiting"
    """The relay or the postman has yet to do it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is apart. ``do`` says what a person does about it where the command does nothing."""

    kind: Kind
    subject: str
    told: str
    municipality: Slug = ""
    do: str = ""
    done: tuple[Done, ...] = ()
    """The steps to do again, in their order."""
    person: VaultRef | None = None
    revision: int = 0
    """What the database knew of a workflow that seemed to know less."""

    @property
    def mends(self) -> bool:
        """Whether ``--repair`` does something about it."""
        return self.kind in (Kind.FORGOTTEN, Kind.LOST, Kind.GONE, Kind.BEHIND) and not self.do


SINCE = (Kind.GONE, Kind.BEHIND)
"""Told of what the database knew after histories were read: a workflow may have begun since, or gone on."""

AWAITED = ("StreetWorkflow", "PotjeWorkflow", "PayoutWorkflow", "RenewalWorkflow")
"""The database waits for their end; of others it is enough that they are there."""

AT_THE_BANK = "pay nobody yet: hand in the bank statement again, and book by hand what it does not place"
IN_BULK = steps.TELL_APPROVED.name
TO_RELEASE = (steps.WRITE_BATCH_FILE.name, steps.RELEASE_BATCH.name)
"""No batch is released without its file."""


async def of_workflows(conn: Connection, found: list[Recorded]) -> list[Finding]:
    """What workflows remember and the database does not."""
    keys = [done.fact.key for one in found for done in one.steps if done.fact]
    keys += [moved.fact for one in found for moved in one.heard]
    known = await reconciling.facts_known(conn, keys)
    legs = [leg.id for one in found for done in one.steps for leg in _legs(done)]
    booked = await reconciling.transfers_known(conn, legs)
    revisions = await reconciling.revisions(conn) if any(one.approved for one in found) else {}
    told: list[Finding] = []
    for one in found:
        if one.busy:
            told.append(_busy(one))
        missing = [done for done in one.steps if done.fact and done.fact.key not in known]
        missing = [done for done in missing if not await _needed_nothing(conn, done)]
        short = [leg.id for done in one.steps for leg in _legs(done) if leg.id not in booked]
        unheard = [moved for moved in one.heard if moved.fact not in known]
        together = any(act.revision > revisions.get(one.workflow_id, 0) for act in one.approved)
        if finding := _of_one(one, missing, short, unheard, together=together):
            told.append(finding)
    told += await _released(conn, found) + await _accounts(conn, found)
    return told + await _lost(conn, found) + await _batches(conn, found)


async def _needed_nothing(conn: Connection, done: Done) -> bool:
    """A reminder to give an account writes nothing when the street had just given one."""
    fact = done.fact
    if fact is None or done.name != steps.REMIND_ACCOUNT.name:
        return False
    return await reconciling.had_account(conn, fact.municipality, fact.subject, done.at)


def _of_one(
    one: Recorded, missing: list[Done], short: list[UUID], by_bank: list[PotjeMoved], *, together: bool
) -> Finding | None:
    """The database does not know ``by_bank``, what a statement did, or ``together``, a bulk approval."""
    if not missing and not short and not by_bank and not together:
        return None
    fact = next((done.fact for done in (missing or one.steps) if done.fact), None)
    municipality = fact.municipality if fact else _municipality(one)
    if not (short or by_bank or together or any(_moves_money(done) for done in missing)):
        names = ", ".join(dict.fromkeys(done.name for done in missing))
        told = f"{len(missing)} step(s) that the database forgot: {names}"
        return Finding(Kind.FORGOTTEN, one.workflow_id, told, municipality, done=tuple(missing))
    acts = ", ".join((*_acts(missing), *_moves(by_bank))) or "approved with others"
    return Finding(
        Kind.MONEY,
        one.workflow_id,
        f"{len(short)} posting(s) are not in the ledger: {acts}",
        municipality,
        do=f"{AT_THE_BANK}; then: straat reconcile --by-hand {one.workflow_id}"
        if by_bank
        else _about_money(one, missing, together=together),
        done=tuple(missing),
    )


def _acts(missing: list[Done]) -> Iterator[str]:
    for done in missing:
        fact = done.fact
        if fact and _moves_money(done):
            yield f"{fact.name} by {fact.actor} on {done.at:%Y-%m-%d %H:%M}"


def _moves(by_bank: list[PotjeMoved]) -> Iterator[str]:
    for moved in by_bank:
        yield f"{moved.fact.rpartition('/')[2]} by a bank statement"


def _moves_money(done: Done) -> bool:
    return isinstance(done.arg, Booking) or done.name == IN_BULK


def _about_money(one: Recorded, missing: list[Done], *, together: bool) -> str:
    """What a person does: nothing is booked by guess."""
    names = [done.name for done in missing]
    if together or IN_BULK in names:
        return (
            f"approve it again with others, at the desk; then: straat reconcile --by-hand {one.workflow_id}"
        )
    return f"ask who did it; then: straat reconcile --book {one.workflow_id}"


def _legs(done: Done) -> list[Leg]:
    """What a step booked, if it did."""
    if not isinstance(done.arg, Booking) or not isinstance(done.result, Booked):
        return []
    return [] if done.result.short or done.result.late else done.arg.legs


async def _lost(conn: Connection, found: list[Recorded]) -> list[Finding]:
    """People whom a running sign-up or street counts on, and whom the vault never held."""
    counted = {(one.workflow_id, ref): slug for one in found if one.running for slug, ref in _people(one)}
    refs = {ref for _, ref in counted}
    known = await reconciling.people_known(conn, refs)
    noted = await reconciling.facts_known(conn, [reconciling.lost_key(ref) for ref in sorted(refs)])
    return [
        Finding(Kind.LOST, workflow_id, f"the vault does not know {ref}", slug, person=ref)
        for (workflow_id, ref), slug in sorted(counted.items())
        if ref not in known and reconciling.lost_key(ref) not in noted
    ]


def _people(one: Recorded) -> Iterator[tuple[Slug, VaultRef]]:
    start = one.start[0] if one.start else {}
    if one.kind == "SignupWorkflow":
        for ref in (start.get("gangmaker"), start.get("second")):
            if ref:
                yield start["municipality"], UUID(ref)
    elif one.kind == "StreetWorkflow":
        told = [done.fact.street for done in one.steps if done.fact and done.fact.street]
        state = start.get("state", {})
        people = told[-1].gangmakers if told else [UUID(ref) for ref in state.get("gangmakers", [])]
        for person in people:
            yield state["municipality"], person


async def _batches(conn: Connection, found: list[Recorded]) -> list[Finding]:
    """Batches that were frozen after the backup: the bank may have their files."""
    held = {
        UUID(one.start[0]["batch"]): (one, done.result)
        for one in found
        for done in one.steps
        if isinstance(done.result, Frozen) and done.result.payments
    }
    known = await reconciling.batches_known(conn, list(held))
    return [
        Finding(
            Kind.BATCH,
            one.workflow_id,
            f"number {frozen.number}: {frozen.payments} payment(s), {frozen.cents / 100:.2f} euro",
            one.start[0]["municipality"],
            do=f"{AT_THE_BANK}; then: straat reconcile --by-hand {one.workflow_id}",
        )
        for batch, (one, frozen) in held.items()
        if batch not in known
    ]


async def _released(conn: Connection, found: list[Recorded]) -> list[Finding]:
    """Released since the backup: the bank may have the file, and here somebody could still cancel it."""
    held = {
        done.arg.batch: (one, done.arg.municipality)
        for one in found
        if all(done.name != steps.CANCEL_BATCH.name for done in one.steps)
        for done in one.steps
        if done.name == steps.RELEASE_BATCH.name and isinstance(done.arg, BatchOrder)
    }
    frozen = await reconciling.batches_frozen(conn, list(held))
    return [
        Finding(
            Kind.FORGOTTEN,
            one.workflow_id,
            "the release of a batch",
            municipality,
            done=tuple(done for done in one.steps if done.name in TO_RELEASE),
        )
        for batch, (one, municipality) in held.items()
        if batch in frozen
    ]


async def _accounts(conn: Connection, found: list[Recorded]) -> list[Finding]:
    """In force since the backup: the account of before would be paid on."""
    held = {
        f"{payee_id(done.arg.order.ref)}/in_force": (one, done.arg.order.municipality)
        for one in found
        for done in one.steps
        if done.name == steps.PUT_ACCOUNT_IN_FORCE.name
        and isinstance(done.arg, AccountStep)
        and isinstance(done.result, AccountMoved)
        and done.result.done
    }
    known = await reconciling.facts_known(conn, list(held))
    return [
        Finding(
            Kind.MONEY,
            one.workflow_id,
            "an account that counted is not known",
            municipality,
            do=f"ask the street for its account again; then: straat reconcile --by-hand {one.workflow_id}",
        )
        for key, (one, municipality) in held.items()
        if key not in known
    ]


async def of_database(conn: Connection, found: list[Recorded], told: list[Finding]) -> list[Finding]:
    """What the database waits for, and nobody does."""
    apart = {finding.subject for finding in told}
    present = {one.workflow_id for one in found}
    running = {one.workflow_id for one in found if one.running}
    gone = [
        Finding(
            Kind.GONE,
            row["workflow_id"],
            f"a receipted {row['kind']} without its workflow",
            row["municipality"],
        )
        for row in await reconciling.submissions(conn)
        if row["workflow_id"] not in present
    ]
    rows = [
        *(
            (f"street-{row['municipality']}-{row['slug']}", "a street", row)
            for row in await reconciling.streets(conn)
        ),
        *((row["workflow_id"], "a potje", row) for row in await reconciling.open_potjes(conn)),
        *(
            (f"payout-{row['municipality']}-{row['id']}", "a batch", row)
            for row in await reconciling.open_batches(conn)
        ),
        *((row["workflow_id"], "a yearly question", row) for row in await reconciling.open_renewals(conn)),
    ]
    for workflow_id, what, row in rows:
        if workflow_id in running or workflow_id in apart:
            continue
        gone.append(Finding(Kind.GONE, workflow_id, f"{what} without its workflow", row["municipality"]))
    return gone + await _behind(conn, found, apart) + await _waiting(conn)


async def _behind(conn: Connection, found: list[Recorded], apart: set[str]) -> list[Finding]:
    revisions = await reconciling.revisions(conn)
    return [
        Finding(
            Kind.BEHIND,
            one.workflow_id,
            "the workflow knows less than the database",
            _municipality(one),
            do=""
            if one.kind in ("StreetWorkflow", "PotjeWorkflow", "RenewalWorkflow")
            else "end it in the Temporal UI, and run this again",
            revision=revisions[one.workflow_id],
        )
        for one in found
        if one.running
        and not one.busy
        and one.workflow_id not in apart
        and 0 < _revision(one) < revisions.get(one.workflow_id, 0)
    ]


def still_apart(told: list[Finding], since: Mapping[str, Recorded]) -> list[Finding]:
    """Without those whose workflow had only gone on, or begun, since it was read; ``since``: as it is now."""
    looked = [_since(each, since.get(each.subject)) for each in told]
    return [each for each in looked if each]


def _since(finding: Finding, now: Recorded | None) -> Finding | None:
    if now is None or finding.kind not in SINCE:
        return finding
    if finding.kind is Kind.GONE:
        return None if now.running or now.kind not in AWAITED else finding
    if now.running and now.busy:
        return _busy(now)
    return None if not now.running or _revision(now) >= finding.revision else finding


def _busy(one: Recorded) -> Finding:
    return Finding(Kind.BUSY, one.workflow_id, "a step is under way", _municipality(one), do="run this again")


def _municipality(one: Recorded) -> Slug:
    start = one.start[0] if one.start else {}
    return str(start.get("municipality") or start.get("state", {}).get("municipality", ""))


def _revision(one: Recorded) -> int:
    """The last that it wrote of itself; 0 when it wrote nothing yet."""
    own = {"SignupWorkflow": "signup", "StreetWorkflow": "street", "IntakeWorkflow": "intake"}
    own |= {"PotjeWorkflow": "potje", "RenewalWorkflow": "renewal"}
    name = own.get(one.kind)
    told = [getattr(done.fact, name) for done in one.steps if done.fact and name]
    start = one.start[0] if one.start else {}
    begun = int(start.get("state", {}).get("revision", 0)) if one.kind == "StreetWorkflow" else 0
    return max([begun, one.revision, *(int(snapshot.revision) for snapshot in told if snapshot)])


async def _waiting(conn: Connection) -> list[Finding]:
    late = await reconciling.waiting(conn)
    if not late:
        return []
    return [
        Finding(Kind.WAITING, "inbox", f"{late} submission(s) not brought yet", do="is the worker running?")
    ]
