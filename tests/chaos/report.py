"""What a run tells in the end."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.auditor import CHECKS, Finding, copies, windows
from tests.chaos.evidence import Evidence
from tests.chaos.plan import Plan
from tests.chaos.run import Ran

SHOWN = 30


def again(plan: Plan, ports: int) -> str:
    """The command that plays the same plan."""
    size = f"--minutes {plan.minutes:g} --streets {len(plan.lives)}"
    return f"straat chaos --seed {plan.seed} {size} --ports {ports}"


def told(ran: Ran, held: Evidence, findings: list[Finding]) -> str:
    """Figures, and every finding."""
    return "\n".join([*_figures(ran, held), *_findings(findings)])


def _figures(ran: Ran, held: Evidence) -> Iterator[str]:
    fired = sum(len(each.fired) for each in held.workflows.values())
    yield f"Seed {ran.plan.seed}, {ran.plan.minutes:g} minutes; {ran.seconds / 60:.1f} until all was at rest."
    yield f"Streets: {len(ran.streets)}. Receipts seen: {len(held.receipts)}."
    yield f"Workflows: {len(held.workflows)}. Submissions: {len(held.submissions)}."
    yield f"Faults: {len(held.struck)} ({_list(ran.kinds)})."
    again = ran.town.seen.again
    yield f"Requests sent again: {again.total()} ({_list(again)}). Timers that fired: {fired}."
    yield f"Mails: {len(held.mails)}; refused for a while: {ran.house.letterbox.refused}."
    yield f"Taken twice or more: {len(copies(held))}{_why(windows(held))}"
    worst = {name: max(took for who, took in held.stopped_in if who == name) for name, _ in held.stopped_in}
    slowest = ", ".join(f"{name} {took:.1f} s" for name, took in sorted(worst.items()))
    yield f"Slowest to stop when asked to: {slowest or 'nobody was asked'}."
    yield f"Postings proved: {sum(proof.chain.seq for proof in held.proofs)} in {len(held.proofs)} chains."


def _list(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counted.items()))


def _why(reasons: dict[str, int]) -> str:
    told = "; ".join(f"{number}: {reason}" for reason, number in sorted(reasons.items()))
    return f" ({told})." if told else "."


def _findings(findings: list[Finding]) -> Iterator[str]:
    counted = Counter(finding.check for finding in findings)
    for check in CHECKS:
        yield f"  {check.__name__:<12} {counted[check.__name__] or 'fine'}"
    yield f"Findings: {len(findings)}."
    yield from (f"  {finding}" for finding in findings[:SHOWN])
