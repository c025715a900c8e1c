"""The desk's commands of the money rooms against a real Temporal: what the fakes of the pages promise."""

from uuid import UUID, uuid4

import pytest
from temporalio.client import Client

from forms.desk.commands import Fate, Temporal, ask, run
from forms.desk.payouts import commands
from forms.desk.staff import Act
from schemas.payment import Approvals, ApprovalsOrder, BatchAct, approvals_id, payout_id
from schemas.payout import Frozen
from schemas.refusals import Refusal
from schemas.steps import QUEUE
from tests.store.payout_rows import CENTS, CITY, SECOND, TREASURER, YEAR, order
from tests.workflow.batches import streets
from tests.workflow.town import Town


@pytest.fixture(autouse=True)
def queue(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker of this test alone."""
    monkeypatch.setattr(commands, "QUEUE", f"{QUEUE}-{town.suffix}")


def temporal_of(town: Town) -> Temporal:
    """The desk's way to its client."""

    async def connected() -> Client:
        return town.client

    return connected


def approvals(form: UUID) -> ApprovalsOrder:
    return ApprovalsOrder(
        workflow_id=approvals_id(CITY, form), municipality=CITY, year=YEAR, by=SECOND, potjes=["none-such"]
    )


async def test_a_bulk_approval_answers_and_answers_again_when_it_is_over(town: Town) -> None:
    form = uuid4()

    for _ in range(3):
        given = await ask(temporal_of(town), commands.approve(approvals(form), form))
        assert given == Approvals()
        await town.client.get_workflow_handle(approvals_id(CITY, form)).result()


@pytest.mark.parametrize("room", ["approving", "freezing"])
async def test_who_waits_at_the_desk_goes_before_the_potjes(town: Town, room: str) -> None:
    """A bulk approval leaves hundreds of potjes with work; what the desk asks next does not wait for that."""
    form, asked = uuid4(), order()
    if room == "approving":
        await ask(temporal_of(town), commands.approve(approvals(form), form))
    else:
        await ask(temporal_of(town), commands.freeze(asked))
    workflow_id = approvals_id(CITY, form) if room == "approving" else payout_id(CITY, asked.batch)
    history = await town.client.get_workflow_handle(workflow_id).fetch_history()
    assert history.events[0].workflow_execution_started_event_attributes.priority.priority_key == 1


async def test_a_batch_is_frozen_once_and_released_by_another(town: Town) -> None:
    await streets(town)
    asked = order()

    for _ in range(2):
        frozen = await ask(temporal_of(town), commands.freeze(asked))
        assert isinstance(frozen, Frozen)
        assert (frozen.payments, frozen.cents) == (2, 2 * CENTS)
    workflow_id = payout_id(CITY, asked.batch)
    for who, fate in ((TREASURER, Refusal.OWN_BATCH), (SECOND, Fate.DONE)):
        command = commands.batch(Act.RELEASE, workflow_id, BatchAct(by=who), uuid4())
        assert await run(temporal_of(town), command) is fate
    for act, refusal in ((Act.RELEASE, Refusal.BATCH_NOT_FROZEN), (Act.CANCEL, Refusal.OWN_RELEASE)):
        late = commands.batch(act, workflow_id, BatchAct(by=SECOND), uuid4())
        assert await run(temporal_of(town), late) is refusal


async def test_when_nothing_is_ready_the_same_form_finds_nothing_again(town: Town) -> None:
    asked = order()

    for _ in range(2):
        frozen = await ask(temporal_of(town), commands.freeze(asked))
        assert frozen is None or (isinstance(frozen, Frozen) and frozen.payments == 0)
        await town.client.get_workflow_handle(payout_id(CITY, asked.batch)).result()
    gone = commands.batch(Act.CANCEL, payout_id(CITY, asked.batch), BatchAct(by=SECOND), uuid4())
    assert await run(temporal_of(town), gone) is Fate.GONE
