"""What scouts and coordinators do in a round, for the tests of its workflow."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from uuid import UUID, uuid4

from temporalio.client import WorkflowHandle

from forms.desk.scouting import commands
from forms.desk.scouting.sending import take_in
from schemas.calendar import dutch_date, start_of
from schemas.facts import LinkPurpose
from schemas.person import Person
from schemas.refs import signup_id
from schemas.scouting import (
    Counts,
    DoorVisit,
    RoundOrder,
    RoundState,
    Target,
    VisitOutcome,
    again_on,
    rest_until,
    signup_of,
)
from schemas.signup import SignupOrder
from tests.workflow.town import Town
from workflows.scouting import ScoutingWorkflow

DAYS = 14
COORDINATOR, SCOUT = "rotterdam:coordinator-1", "rotterdam:scout-1"
CANDIDATE = Person(name="Cas Vermeer", email="cas@example.org", why="Ik ken hier iedereen.")


@dataclass
class Round:
    """A round in a town, with the handle of its workflow."""

    town: Town
    order: RoundOrder
    handle: WorkflowHandle[ScoutingWorkflow, Counts]

    @property
    def today(self) -> date:
        """The Dutch date on which the round began."""
        return dutch_date(datetime.now(UTC))

    async def visit(
        self,
        outcome: VisitOutcome,
        street: str = "rozenlaan",
        *,
        again: date | None = None,
        person: Person | None = None,
        form: UUID | None = None,
    ) -> DoorVisit:
        """What the scout's page does; the signal comes with the relay."""
        policy = await self.town.policy()
        slug = self.town.slug(street)
        visit = DoorVisit(
            visit=form or uuid4(),
            round=self.order.round,
            street=slug,
            outcome=outcome,
            scout=SCOUT,
            at=datetime.now(UTC),
            again_on=again_on(outcome, again, self.today, self.order.last_day, policy.scouting.follow_up),
            rest_until=rest_until(outcome, self.today, policy.scouting.rest),
        )
        target = next(each for each in self.order.targets if each.street == slug)
        async with self.town.db.transaction() as conn:
            await take_in(conn, self.town.vault, policy, self.order.wijk, target, visit, person)
        await self.town.relay.work()
        return visit

    async def noted(self, name: str, times: int = 1) -> None:
        """Wait until the journal tells of it."""
        sql = "select count(*) = $3 from registry.fact where name = $1 and key like $2"
        await self.town.until(sql, f"scouting.{name}", f"{self.order.workflow_id}/%", times)

    async def due(self) -> list[str]:
        """The streets that wait for a scout, without this test's ending."""
        rows = await self.town.rows(
            "select street from scouting.target where round = $1 and due_at is not null order by street",
            self.order.round,
        )
        return [row["street"].removesuffix(f"-{self.town.suffix}") for row in rows]

    async def signup_of(self, visit: DoorVisit) -> SignupOrder:
        """The sign-up that a candidate's visit became."""
        payload = await self.town.value(
            "select payload from post.submission where id = $1", signup_of(visit.visit)
        )
        return SignupOrder.model_validate(payload)

    async def says(self, order: SignupOrder, *, yes: bool = True) -> None:
        """The candidate answers the invitation."""
        await self.town.mailed(order.gangmaker, "candidate_invite")
        await self.town.answers(
            signup_id(order.submission), order.gangmaker, LinkPurpose.CONFIRM_SIGNUP, yes=yes
        )
        await self.town.relay.work()


def order_of(town: Town, *streets: str, days: int = DAYS) -> RoundOrder:
    """A round of so many days, today among them."""
    last = dutch_date(datetime.now(UTC)) + timedelta(days=days)
    return RoundOrder(
        round=uuid4(),
        municipality="rotterdam",
        wijk="Delfshaven",
        targets=[Target(street=town.slug(street), name=street.capitalize()) for street in streets],
        scouts=[SCOUT],
        until=start_of(last + timedelta(days=1)),
        by=COORDINATOR,
        desk_url="http://desk.test",
    )


async def goes_out(town: Town, *streets: str, longest: int | None = None, queue: str = "") -> Round:
    """A round that has begun, as the desk begins it."""
    order = order_of(town, *(streets or ("rozenlaan", "tulpstraat")))
    queue = queue or f"straat-{town.suffix}"
    if longest is None:
        with patch("forms.desk.scouting.commands.QUEUE", queue):
            await commands.start(order)(town.client)
    else:
        state = RoundState.fresh(order).model_copy(update={"longest": longest})
        await town.client.start_workflow(ScoutingWorkflow.run, state, id=order.workflow_id, task_queue=queue)
    town.started.append(order.workflow_id)
    handle = town.client.get_workflow_handle_for(ScoutingWorkflow.run, order.workflow_id)
    found = Round(town, order, handle)
    await found.noted("started")
    return found
