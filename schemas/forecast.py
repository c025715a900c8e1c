"""What a budget year still brings: streets whose year turns, new streets, those that wait. In euro cents."""

from calendar import isleap
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from schemas.accounts import BudgetLine
from schemas.budget import LineFigures
from schemas.ledger import Frozen
from schemas.policy import Policy

MONTHS = 12


class Expected(Frozen):
    """What a line is expected to come to at the end of the year."""

    line: BudgetLine
    to_come: int
    available: int
    used: int
    """Spent and reserved so far."""

    @property
    def in_all(self) -> int:
        """What the line will have used at the end of the year."""
        return self.used + self.to_come

    @property
    def short(self) -> int:
        """What is missing; 0 when the money will do."""
        return max(0, self.to_come - self.available)

    @property
    def left(self) -> int:
        """What will be left; 0 when the money will not do."""
        return max(0, self.available - self.to_come)


class Outlook(Frozen):
    """The rest of a year. ``runs_out`` is the day of the first potje that the money does not reach."""

    renewals: int
    newcomers: int
    waiting: int
    potje_cents: int
    potjes: Expected
    starter: Expected
    runs_out: date | None

    @property
    def potjes_to_come(self) -> int:
        """Those that wait, those of streets whose year turns, and those of new streets."""
        return self.waiting + self.renewals + self.newcomers

    @property
    def still_pays(self) -> int:
        """How many whole potjes the free money pays."""
        return max(0, self.potjes.available) // self.potje_cents


class Waiting(Frozen):
    """The potjes that wait for budget, and what they need together."""

    potjes: int = 0
    cents: int = 0


def outlook(
    policy: Policy,
    year: int,
    today: date,
    turns: Sequence[date],
    lines: dict[BudgetLine, LineFigures],
    waiting: Waiting,
) -> Outlook | None:
    """The rest of ``year``, or all of a year to come; None for a year that is over.

    ``turns`` are the days on which active streets renew next; policy has them on the 28th at the latest,
    so that they exist in every year. A street renews every year, on the same day.
    """
    if year < today.year:
        return None
    renewals = [max(today, turn.replace(year=year)) for turn in turns if turn.year <= year]
    newcomers = list(_newcomers(policy.forecast.new_streets_per_month, year, today))
    potje = policy.potje.cents
    to_come = waiting.cents + potje * (len(renewals) + len(newcomers))
    starter = policy.forecast.starter_cents * len(newcomers)
    potjes = _expected(lines[BudgetLine.POTJES], to_come)
    days = sorted([*renewals, *newcomers])
    return Outlook(
        renewals=len(renewals),
        newcomers=len(newcomers),
        waiting=waiting.potjes,
        potje_cents=potje,
        potjes=potjes,
        starter=_expected(lines[BudgetLine.STARTER], starter),
        runs_out=_runs_out(days, potje, potjes.available - waiting.cents, max(today, date(year, 1, 1))),
    )


def _expected(line: LineFigures, to_come: int) -> Expected:
    return Expected(
        line=line.line, to_come=to_come, available=line.available, used=line.spent + line.reserved
    )


def _newcomers(per_month: int, year: int, today: date) -> Iterator[date]:
    """New streets spread evenly over the days that are left."""
    start = date(year, 1, 1)
    if today >= start:
        start = today + timedelta(days=1)
    left = (date(year + 1, 1, 1) - start).days
    number = -(-per_month * MONTHS * left // (366 if isleap(year) else 365))
    return (start + timedelta(days=left * each // number) for each in range(number))


def _runs_out(days: Sequence[date], potje: int, available: int, today: date) -> date | None:
    """The first day on which the potjes up to then cost more than there is."""
    if available < 0:
        return today
    due = Counter(days)
    for day in sorted(due):
        available -= potje * due[day]
        if available < 0:
            return day
    return None
