"""Ways to raise a concern, and to do what a professional does, as the pages do it."""

from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WorkflowHandle

from schemas.concern import ActKind, ConcernAct, ConcernForm, Outcome, concern_id
from schemas.concern_policy import Urgency
from schemas.refs import Language
from store import concerns
from tests.workflow.town import Town
from workflows.escalation import EscalationWorkflow

CANARY = "Kanarie 8f2e: de gordijnen zijn al een week dicht."
REPORTER = {"who": "me", "name": "Joke Melder", "email": "joke@melder.example"}
Case = WorkflowHandle[EscalationWorkflow, Any]


def form_of(**changes: str) -> ConcernForm:
    """A concern without a name, unless told otherwise."""
    well = {
        "topic": "money",
        "urgency": Urgency.WEEK,
        "wijk": "Delfshaven",
        "words": CANARY,
        "knows": "not",
        "who": "anonymous",
    }
    return ConcernForm.model_validate(well | changes)


async def tells(town: Town, **changes: str) -> Case:
    """The form, sent; the workflow has begun when this returns."""
    concern = uuid4()
    policy = await town.policy()
    async with town.db.transaction() as conn:
        await concerns.take_in(
            conn,
            town.vault,
            policy,
            form_of(**changes),
            concern,
            language=Language.NL,
            desk_url="http://desk.test",
        )
    await town.relay.work()
    asked = "select due_at is not null from concern.concern where id = $1"
    await town.until(asked, concern)
    town.started.append(concern_id(concern))
    return town.client.get_workflow_handle_for(EscalationWorkflow.run, concern_id(concern))


async def row(town: Town, case: Case) -> Any:
    """Where it stands in the registry."""
    return (await town.rows("select * from concern.concern where workflow_id = $1", case.id))[0]


async def does(
    town: Town, case: Case, kind: ActKind, by: str, *, to: str | None = None, outcome: Outcome | None = None
) -> None:
    """A button on the page of who was asked; brought to the workflow when this returns."""
    if kind is ActKind.CLOSE:
        outcome = outcome or Outcome.HELPED
    act = ConcernAct(kind=kind, by=by, actor=f"pro:{by}", to=to, outcome=outcome)
    async with town.db.transaction() as conn:
        found = await concerns.of_workflow(conn, "rotterdam", case.id)
        assert found
        await concerns.act(conn, found, act, uuid4())
    await town.relay.work()


async def until_status(town: Town, case: Case, status: str) -> None:
    """Until the registry says so."""
    sql = "select exists (select from concern.concern where workflow_id = $1 and status = $2)"
    await town.until(sql, case.id, status)


async def until_asked(town: Town, case: Case, holder: str, times: int = 1) -> None:
    """Until somebody was asked so many times."""
    asked = "name in ('concern.asked', 'concern.again')"
    sql = f"select count(*) >= $2 from registry.fact where key like $1 and {asked}"
    await town.until(sql, f"{case.id}/%", times)
    await town.until("select holder = $2 from concern.concern where workflow_id = $1", case.id, holder)


async def reporter_of(town: Town, case: Case) -> UUID:
    """Who told it."""
    found: UUID = (await row(town, case))["reporter"]
    return found
