"""The yearly question: which streets are asked, and the end of a question."""

from datetime import UTC, datetime

from temporalio.exceptions import ApplicationError

from activities.context import Tools
from schemas.calendar import dutch_date
from schemas.renewal import ClosingQuestion, LateAnswers, RenewalOrder, RoundPage, StreetsToAsk
from store import links, policies, renewals


class Renewals:
    """Steps of a round and of its questions."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def list_streets(self, page: RoundPage) -> StreetsToAsk:
        """The next active streets that are old enough and were not asked about this year."""
        async with self._tools.db.connection() as conn:
            found = await policies.current(conn, page.municipality)
            if found is None:
                raise ApplicationError("the municipality has no policy", type="no_policy")
            policy = found[0]
            before = dutch_date(datetime.now(UTC)) - policy.renewal.youngest
            rows = await renewals.to_ask(conn, page.municipality, page.year, page.after, before)
        orders = [
            RenewalOrder(
                municipality=page.municipality,
                street=row["slug"],
                street_name=f"{row['name']} ({row['part']})" if row["part"] else row["name"],
                wijk=row["wijk"],
                year=page.year,
                people=row["gangmakers"],
                minimum=row["minimum"],
                reminders=policy.renewal.reminders,
                call_after=policy.renewal.call_after,
                sleep_after=policy.renewal.sleep_after,
                keep_words=policy.retention.ended,
                desk_url=self._tools.desk_url,
            )
            for row in rows
        ]
        return StreetsToAsk(orders=orders, at_once=policy.renewal.at_once)

    async def close(self, question: ClosingQuestion) -> LateAnswers:
        """Void the links of who did not answer, and tell who did so just now."""
        async with self._tools.db.transaction() as conn:
            late = [
                person for person in question.people if await links.lapse(conn, question.workflow_id, person)
            ]
        return LateAnswers(people=late)
