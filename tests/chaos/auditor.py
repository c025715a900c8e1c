"""The auditor: every promise of the engine as a pure check over what a run left. Each gives its findings."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowExecutionStatus

from tests.chaos.evidence import Evidence
from tests.chaos.histories import Timer, Told
from tests.chaos.letterbox import Offer
from tests.chaos.storm import Struck

TOLERANCE = timedelta(seconds=30)
"""How late a deadline may be while every server is there, on a machine that has much else to do."""

LOST_STEP = timedelta(seconds=45)
"""A step that was lost with its worker is given up after 30 s, a decision after 10; then it is done again."""

STOPS_WITHIN = 15.0
"""Seconds in which a process that is asked to stop has stopped."""

NOTING = 3.0
"""Seconds around a fault in which the postman may have been about to note a 250."""

MANY_ATTEMPTS = 3
GONE_WRONG = ("malformed", "payment_unexpected", "workflow_gone")

ENDS = {
    "SignupWorkflow": {"confirmed", "expired", "withdrawn"},
    "IntakeWorkflow": {"accepted", "referred", "declined", "waiting"},
    "PotjeWorkflow": {"paid", "rejected", "withdrawn"},
    "PayoutWorkflow": {"settled", "cancelled", ""},
    "PayeeWorkflow": {"in_force", "replaced", "refused", ""},
    "RenewalWorkflow": {"decided"},
    "EscalationWorkflow": {"closed"},
    "StreetWorkflow": {"ended"},
    "RenewalRoundWorkflow": {""},
}
"""What the registers may say of a workflow that has ended, by its kind."""

WAITS = {
    "PotjeWorkflow": {"waiting_for_budget", "to_approve", "approved", "handed_over"},
    "PayoutWorkflow": {"frozen", "released"},
}
"""What waits for somebody, and so may go on without a timer of its own."""


@dataclass(frozen=True)
class Finding:
    """A promise that was broken."""

    check: str
    subject: str
    told: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.told}"


Check = Callable[[Evidence], Iterator[Finding]]


def receipts(held: Evidence) -> Iterator[Finding]:
    """Whoever saw a receipt is in the inbox, and one receipt is one submission."""
    known = {(row["municipality"], row["kind"], row["receipt"]) for row in held.submissions}
    for seen in held.receipts:
        if (seen.municipality, seen.kind, seen.number) not in known:
            yield Finding("receipts", seen.number, f"a resident saw it ({seen.kind}), and nobody knows it")


def submissions(held: Evidence) -> Iterator[Finding]:
    """Every submission reached its workflow, and that is there."""
    for row in held.submissions:
        subject = f"{row['kind']} {row['id']}"
        if row["relayed_at"] is None:
            yield Finding("submissions", subject, "never left the inbox")
        elif row["refused"] in GONE_WRONG and not _was_heard(held, row):
            yield Finding("submissions", subject, f"was refused: {row['refused']}")
        elif (workflow_id := workflow_of(row)) and workflow_id not in held.workflows:
            yield Finding("submissions", subject, f"its workflow {workflow_id} is not there")


def _was_heard(held: Evidence, row: dict[str, object]) -> bool:
    """Brought, heard, and not noted: a second bringing finds that the workflow came to its end by it."""
    payload, told = row["payload"], held.workflows.get(workflow_of(row) or "")
    assert isinstance(payload, dict)
    return told is not None and str(payload.get("person", "")) in told.heard - {""}


def workflow_of(row: dict[str, object]) -> str | None:
    """The workflow that a submission starts, or is said to; None for a mail, or news for many."""
    payload = row["payload"]
    assert isinstance(payload, dict)
    match row["kind"]:
        case "signup":
            return f"signup-{row['id']}"
        case "concern":
            return f"escalation-{payload['concern']}"
        case "payee":
            return f"payee-{payload['ref']}"
    found = payload.get("workflow_id")
    return str(found) if found else None


def workflows(held: Evidence) -> Iterator[Finding]:
    """Every workflow came to a right end, or something will wake it."""
    for told in held.workflows.values():
        status = held.registered.get(told.workflow_id, "")
        if told.status is WorkflowExecutionStatus.RUNNING:
            if not _will_wake(held, told, status) and told.workflow_id not in held.left:
                yield Finding(
                    "workflows", told.workflow_id, f"is {status or 'nowhere'}, and nothing wakes it"
                )
        elif told.status is not WorkflowExecutionStatus.COMPLETED:
            yield Finding("workflows", told.workflow_id, f"ended as {told.status.name.lower()}")
        elif status not in ENDS.get(told.kind, {status}):
            yield Finding(
                "workflows", told.workflow_id, f"has ended, and the registers say {status or 'nothing'}"
            )


def _will_wake(held: Evidence, told: Told, status: str) -> bool:
    busy = told.task_attempts or told.activity_attempts
    if told.kind == "StreetWorkflow" and status == "intake":
        return bool(busy) or _is_in_intake(held, told)
    return bool(told.open_timers or told.children or busy) or status in WAITS.get(told.kind, set())


def _is_in_intake(held: Evidence, street: Told) -> bool:
    """Whether an intake of it runs: that tells its outcome, whichever run of the street is there."""
    prefix = f"intake{street.workflow_id.removeprefix('street')}-"
    return any(
        told.status is WorkflowExecutionStatus.RUNNING
        for told in held.workflows.values()
        if told.workflow_id.startswith(prefix) and told.workflow_id.removeprefix(prefix).isdigit()
    )


def ledger(held: Evidence) -> Iterator[Finding]:
    """Balances, chain, files and reasons of every year."""
    if not held.proofs:
        yield Finding("ledger", "books", "there are none")
    for proof in held.proofs:
        for broken in proof.broken:
            subject = f"{proof.chain.municipality} {proof.chain.fiscal_year}"
            yield Finding("ledger", subject, f"{broken.where} {broken.why}")


def money(held: Evidence) -> Iterator[Finding]:
    """A street got its potje once: no posting is missing, and none is there twice."""
    for potje in held.potjes:
        due = potje["cents"] if potje["status"] == "paid" else 0
        booked = int(potje["booked"])
        if booked != due:
            told = f"is {potje['status']} with {booked} cents booked, where {due} is right"
            yield Finding("money", potje["workflow_id"], told)


def mails(held: Evidence) -> Iterator[Finding]:
    """Every mail reached the mail server, and none came from nowhere."""
    caught = {letter.message_id for letter in held.caught}
    for row in held.mails:
        subject = f"{row['template']} {row['key']}"
        if row["state"] == "dropped":
            continue
        if row["state"] != "accepted":
            yield Finding("mails", subject, f"is {row['state']} after {row['attempts']} attempts")
        elif row["message_id"] not in caught:
            yield Finding("mails", subject, "counts as sent, and the mail server never took it")
    for stranger in sorted(caught - {row["message_id"] for row in held.mails}):
        yield Finding("mails", stranger, "was sent, and the outbox does not know it")


def once(held: Evidence) -> Iterator[Finding]:
    """Each mail was taken once, save in the one window: taken, and that was not heard or not noted."""
    for message_id, number in copies(held).items():
        offers = [each for each in held.offers if each.message_id == message_id]
        explained = sum(window(offer, held.struck) is not None for offer in offers)
        if number - 1 > explained:
            told = f"was taken {number} times, and {explained} of them had a reason"
            yield Finding("once", message_id, told)


def copies(held: Evidence) -> dict[str, int]:
    """How often the mail server took a mail that it took more than once."""
    counted = Counter(letter.message_id for letter in held.caught)
    return {message_id: number for message_id, number in counted.items() if number > 1}


def window(offer: Offer, struck: Iterable[Struck]) -> str | None:
    """Why a mail that the server may have was sent again; None: there was no reason."""
    if not offer.heard:
        return "its 250 was lost"
    for each in struck:
        about = {"worker", "postgres"} & set(each.touches)
        if about and each.began - NOTING <= offer.at <= each.ended + NOTING:
            return f"its 250 was not noted: {' and '.join(sorted(about))} struck"
    return None


def windows(held: Evidence) -> dict[str, int]:
    """How many mails came twice or more, by the reason."""
    counted: Counter[str] = Counter()
    for message_id, number in copies(held).items():
        why = [window(each, held.struck) for each in held.offers if each.message_id == message_id]
        counted.update([reason for reason in why if reason][: number - 1])
    return dict(counted)


def deadlines(held: Evidence) -> Iterator[Finding]:
    """No timer is late by more than the tolerance, and what follows from it is not either."""
    for told in held.workflows.values():
        for timer in told.fired:
            yield from _late(held, told, timer)
        for timer in [] if told.skipped else told.open_timers:
            now = datetime.fromtimestamp(held.at, UTC)
            if timer.due + TOLERANCE + _away(held, told, timer.due, now, ("temporal",)) < now:
                yield Finding("deadlines", told.workflow_id, f"should have gone on at {timer.due:%H:%M:%S}")


def _late(held: Evidence, told: Told, timer: Timer) -> Iterator[Finding]:
    """Temporal fires; a worker decides; PostgreSQL is needed for the step."""
    assert timer.fired
    spans = [("fired", timer.due, timer.fired, ("temporal",), timedelta(0))]
    everybody = ("temporal", "worker", "postgres")
    if timer.heeded:
        spans.append(("was heeded", timer.fired, timer.heeded, ("temporal", "worker"), LOST_STEP))
    if timer.done:
        spans.append(("was followed", timer.fired, timer.done, everybody, LOST_STEP))
    for what, due, came, who, again in spans:
        away = _away(held, told, due, came, who)
        if came - due > TOLERANCE + away + (again if away else timedelta(0)):
            late, out = (came - due).total_seconds(), away.total_seconds()
            text = f"{what} {late:.1f} s late, with {out:.1f} s of outages ({timer.due:%H:%M:%S})"
            yield Finding("deadlines", told.workflow_id, text)


def _away(held: Evidence, told: Told, since: datetime, until: datetime, who: Iterable[str]) -> timedelta:
    """How long any of these was away in between; on a clock that was moved, how long they ever were."""
    begin, end, away, upto = since.timestamp(), until.timestamp(), 0.0, 0.0
    for each in sorted(held.struck, key=lambda struck: struck.began):
        if not set(who) & set(each.touches):
            continue
        first, last = max(each.began, upto), each.ended
        if not told.skipped:
            # What was away a moment before may still be coming back.
            first, last = max(first, begin), min(last + 1.0, end)
        away += max(0.0, last - first)
        upto = max(upto, each.ended)
    return timedelta(seconds=away)


def stuck(held: Evidence) -> Iterator[Finding]:
    """Nothing tries again and again."""
    for told in held.workflows.values():
        if told.task_attempts > 1:
            yield Finding("stuck", told.workflow_id, f"decides for the {told.task_attempts}th time")
        if told.activity_attempts > MANY_ATTEMPTS:
            yield Finding("stuck", told.workflow_id, f"a step is in its {told.activity_attempts}th attempt")


def agreement(held: Evidence) -> Iterator[Finding]:
    """Registers and workflows know the same; what ``straat reconcile`` finds is a finding."""
    for each in held.apart:
        yield Finding("agreement", each.subject, f"{each.kind}: {each.told}")


def stories(held: Evidence) -> Iterator[Finding]:
    """Every street came to the end of its story, and the registers tell the same."""
    for each in held.unfinished:
        yield Finding("stories", each, "did not come to its end")
    for workflow_id, right in held.expected.items():
        status = held.registered.get(workflow_id, "nothing")
        if status not in right:
            yield Finding("stories", workflow_id, f"is {status}, where {' or '.join(sorted(right))} is right")


def pages(held: Evidence) -> Iterator[Finding]:
    """No page failed otherwise than by saying *later*."""
    for path, times in Counter(held.failures).items():
        yield Finding("pages", path, f"{times} times")


def logs(held: Evidence) -> Iterator[Finding]:
    """Worker and web logged no error: a lost server is a warning."""
    for line, times in Counter(held.errors).items():
        yield Finding("logs", line[:300], f"{times} times")


def returns(held: Evidence) -> Iterator[Finding]:
    """Every process came back by itself, and one that was asked to stop did so in time."""
    for each in held.never_back:
        yield Finding("returns", each, "is not well again")
    worst: defaultdict[str, float] = defaultdict(float)
    for name, seconds in held.stopped_in:
        worst[name] = max(worst[name], seconds)
    for name, seconds in worst.items():
        if name in ("worker", "web") and seconds > STOPS_WITHIN:
            yield Finding("returns", name, f"took {seconds:.1f} s to stop")


CHECKS: tuple[Check, ...] = (
    receipts,
    submissions,
    workflows,
    ledger,
    money,
    mails,
    once,
    deadlines,
    stuck,
    agreement,
    stories,
    pages,
    logs,
    returns,
)


def audit(held: Evidence) -> list[Finding]:
    """All of them."""
    return [finding for check in CHECKS for finding in check(held)]
