"""What waits for longer than it should, by the limits of our alerts."""

from dataclasses import dataclass

from store import watching
from workers.doctor.database import opened
from workers.doctor.findings import Check, Finding, attention, good
from workers.doctor.groups import Group
from workers.doctor.place import Part, Place

SECONDS = "_seconds"
MINUTE = 60


@dataclass(frozen=True)
class Limit:
    """A measure, the most that it may be, what it is of, and the alert that has the same limit."""

    measure: str
    most: float
    what: str
    alert: str


LIMITS = (
    Limit("inbox_oldest_seconds", 300, "what came in waits to reach its workflow", "InboxIsOld"),
    Limit("inbox_refused", 0, "submission(s) will never reach a workflow by themselves", "SubmissionRefused"),
    Limit("mail_oldest_seconds", 900, "mail waits to leave", "MailIsOld"),
    Limit("mail_failed", 0, "mail(s) were refused for good", "MailFailed"),
    Limit("deliveries_oldest_seconds", 21600, "events wait for a webhook", "DeliveriesAreOld"),
    Limit("deliveries_dead", 0, "event(s) were given up for a webhook", "WebhookGivenUp"),
    Limit("concerns_overdue", 0, "concern(s) are past their deadline", "ConcernPastDeadline"),
)


async def waiting(place: Place) -> list[Finding]:
    """By municipality; counts and ages only."""
    async with opened(place).transaction() as conn:
        towns = (await watching.measure(conn)).towns
    found = [
        attention(f"{town}: {_told(limit, value)}", f"docs/alerts.md, {limit.alert}")
        for town, values in towns.items()
        for limit in LIMITS
        if (value := values[limit.measure] or 0) > limit.most
    ]
    return found or [good("no form, mail, event or concern waits for longer than it should")]


def _told(limit: Limit, value: float) -> str:
    if limit.measure.endswith(SECONDS):
        return f"{limit.what}, the oldest for {value / MINUTE:.0f} minutes"
    return f"{value:.0f} {limit.what}"


CHECKS = [Check(Group.WORK, "what waits", waiting, (Part.DATABASE,))]
