"""The yearly question: a page of streets is asked, and a question comes to its end."""

from datetime import datetime

import asyncpg
from temporalio.exceptions import ApplicationError

from activities.context import Tools
from activities.facts import write
from schemas.calendar import dutch_date
from schemas.policy import Policy
from schemas.renewal import LateAnswers, PageAsked, RenewalOrder, RoundPage
from schemas.renewal_facts import RenewalEnd, asked_fact
from store import policies, renewals
from store.database import Connection


class Renewals:
    """Steps of a round and of its questions."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def ask_page(self, page: RoundPage) -> PageAsked:
        """Ask the next streets, all of them or none; asked for again it is the same page.

        Journal, registry, mails and links of each are those of any fact.
        """
        async with self._tools.db.transaction() as conn:
            policy = await policy_of(conn, page.municipality)
            moment = await renewals.hold_rounds(conn, page.municipality)
            most, before = policy.renewal.at_once, dutch_date(moment) - policy.renewal.youngest
            rows = await renewals.to_ask(conn, page.municipality, page.year, page.after, before, most + 1)
            asked = [(row, order_of(row, page, policy, self._tools.desk_url, moment)) for row in rows[:most]]
            new = [asked_fact(order) for row, order in asked if row["asked_at"] is None]
            await write(conn, self._tools, *new)
        return PageAsked(orders=[order for _, order in asked], more=len(rows) > most)

    async def decide(self, end: RenewalEnd) -> LateAnswers:
        """Write the decision and tell street and round, unless an answer was receipted first."""
        async with self._tools.db.transaction() as conn:
            if late := await renewals.close(conn, end.workflow_id, end.silent):
                return LateAnswers(people=late)
            if await write(conn, self._tools, end.fact):
                await renewals.tell(conn, end)
        return LateAnswers(people=[])


async def policy_of(conn: Connection, municipality: str) -> Policy:
    """The policy in force."""
    found = await policies.current(conn, municipality)
    if found is None:
        raise ApplicationError("the municipality has no policy", type="no_policy")
    return found[0]


def order_of(
    row: asyncpg.Record, page: RoundPage, policy: Policy, desk_url: str, moment: datetime
) -> RenewalOrder:
    """What the workflow of a street begins with; of one that was asked before, what its mails said."""
    asked_at, renewal = row["asked_at"] or moment, policy.renewal
    return RenewalOrder(
        municipality=page.municipality,
        street=row["slug"],
        street_name=f"{row['name']} ({row['part']})" if row["part"] else row["name"],
        wijk=row["wijk"],
        year=page.year,
        people=row["people"],
        minimum=row["minimum"],
        reminders=renewal.reminders,
        call_after=renewal.call_after,
        sleep_after=row["ends_at"] - asked_at if row["ends_at"] else renewal.sleep_after,
        keep_words=policy.retention.ended,
        desk_url=desk_url,
        asked_at=asked_at,
        round=page.round,
    )
