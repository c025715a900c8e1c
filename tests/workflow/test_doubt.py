"""A concern in doubt goes its way like any other, with words of its own in the mail."""

from uuid import uuid4

from schemas.concern import concern_id
from schemas.facts import Doubt
from schemas.refs import Language
from store import concerns
from tests.workflow.concerns import form_of
from tests.workflow.town import Town


async def test_somebody_is_asked_in_words_that_say_so(town: Town) -> None:
    concern = uuid4()
    town.started.append(concern_id(concern))
    policy = await town.policy()
    async with town.db.transaction() as conn:
        await concerns.take_in(
            conn,
            town.vault,
            policy,
            form_of(urgency="today"),
            concern,
            language=Language.NL,
            desk_url="http://desk.test",
            doubt=Doubt.TRAP,
        )
    await town.relay.work()
    await town.until("select due_at is not null from concern.concern where id = $1", concern)
    assert await town.value("select template from post.mail") == "doubtful_concern"
    assert await town.value("select doubt from concern.concern") == "trap"
    handle = town.client.get_workflow_handle(concern_id(concern))
    begun = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    assert begun.priority.priority_key == 3, "it holds up no other work"
