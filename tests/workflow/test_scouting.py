"""A round of talent scouting: every outcome, what falls due, both ends, a candidate's way to the street."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.service import RPCError, RPCStatusCode

from forms.desk.scouting import commands
from schemas.calendar import start_of
from schemas.person import Person
from schemas.scouting import DoorVisit, EndRound, VisitOutcome
from schemas.street import Phase
from tests.workflow.scouts import CANDIDATE, COORDINATOR, SCOUT, Round, goes_out
from tests.workflow.town import Town
from workers.worker import temporal_worker
from workflows.scouting import ScoutingWorkflow


async def _until_due(found: Round, days: int) -> None:
    """To the first hour of a day so many days after the first, whatever the clock says now."""
    morning = start_of(found.today + timedelta(days=days)) + timedelta(hours=1)
    await found.town.later_until(found.handle, morning)


async def _end(found: Round) -> None:
    _ = await found.handle.execute_update(ScoutingWorkflow.end, EndRound(by=COORDINATOR))


async def test_nobody_home_falls_due_by_policy(town: Town) -> None:
    found = await goes_out(town)
    visit = await found.visit(VisitOutcome.NOBODY_HOME)
    await found.noted("nobody_home")
    policy = (await town.policy()).scouting
    assert visit.again_on == found.today + policy.follow_up
    await _until_due(found, policy.follow_up.days - 1)
    assert await found.due() == []
    await _until_due(found, policy.follow_up.days)
    assert await found.due() == ["rozenlaan"]
    assert await town.facts_of(visit.street) == ["scouting.nobody_home", "scouting.due"]


async def test_a_day_that_the_scout_agreed_falls_due(town: Town) -> None:
    found = await goes_out(town)
    await found.visit(VisitOutcome.TALKED, again=found.today + timedelta(days=3))
    await found.visit(VisitOutcome.TALKED, "tulpstraat")
    await found.noted("talked", 2)
    await _until_due(found, 3)
    assert await found.due() == ["rozenlaan"]
    await _until_due(found, 12)
    assert await found.due() == ["rozenlaan"]


async def test_going_back_takes_it_off_the_pile(town: Town) -> None:
    found = await goes_out(town)
    await found.visit(VisitOutcome.NOBODY_HOME)
    await found.noted("nobody_home")
    await _until_due(found, 7)
    assert await found.due() == ["rozenlaan"]
    await found.visit(VisitOutcome.TALKED)
    await found.noted("talked")
    assert await found.due() == []


async def test_a_refusal_gives_the_street_rest(town: Town) -> None:
    found = await goes_out(town)
    visit = await found.visit(VisitOutcome.REFUSED)
    await found.noted("refused")
    policy = (await town.policy()).scouting
    assert visit.rest_until == found.today + policy.rest
    until = await town.value("select rest_until from scouting.visit where id = $1", visit.visit)
    assert until == visit.rest_until


@pytest.mark.parametrize("outcome", [VisitOutcome.NOBODY_HOME, VisitOutcome.TALKED, VisitOutcome.REFUSED])
async def test_of_the_others_nothing_personal_is_kept(town: Town, outcome: VisitOutcome) -> None:
    before = await town.value("select count(*) from vault.item")
    found = await goes_out(town)
    await found.visit(outcome)
    await found.noted(outcome)
    assert await town.value("select count(*) from vault.item") == before
    assert await town.value("select count(*) from post.submission where kind = 'signup'") == 0
    assert await town.mails() == []


async def test_a_candidate_becomes_a_street(town: Town) -> None:
    found = await goes_out(town)
    visit = await found.visit(VisitOutcome.CANDIDATE, person=CANDIDATE)
    await found.noted("candidate")
    order = await found.signup_of(visit)
    assert (order.source, order.round, order.street) == ("scouting", found.order.round, visit.street)
    async with town.db.connection() as conn:
        assert await town.vault.get(conn, order.gangmaker, Person) == CANDIDATE
    await found.says(order)
    assert (await town.signup(order).result()).joined == 1
    row = (await town.rows("select * from registry.signup where submission = $1", order.submission))[0]
    assert (row["source"], row["round"], row["status"]) == ("scouting", found.order.round, "confirmed")
    street = (await town.rows("select * from registry.street where slug = $1", visit.street))[0]
    assert (street["phase"], street["gangmakers"]) == (Phase.INTAKE, [order.gangmaker])
    assert street["wijk"] == found.order.wijk
    assert await town.mails() == ["candidate_invite", "welcome"]


async def test_a_candidate_is_reminded_and_then_forgotten(town: Town) -> None:
    found = await goes_out(town)
    visit = await found.visit(VisitOutcome.CANDIDATE, person=CANDIDATE)
    order = await found.signup_of(visit)
    await town.mailed(order.gangmaker, "candidate_invite")
    signup = town.signup(order)
    await town.later(signup, seconds=order.expires_after.total_seconds() + 60)
    assert (await signup.result()).joined == 0
    assert await town.erased(order.gangmaker)
    assert await town.mails() == ["candidate_invite", *["candidate_reminder"] * len(order.reminders)]


async def test_a_form_that_is_sent_twice_counts_once(town: Town) -> None:
    found = await goes_out(town)
    form = uuid4()
    for _ in range(2):
        visit = await found.visit(VisitOutcome.CANDIDATE, person=CANDIDATE, form=form)
    await found.noted("candidate")
    await town.mailed((await found.signup_of(visit)).gangmaker, "candidate_invite")
    assert await town.value("select count(*) from scouting.visit") == 1
    assert await town.value("select count(*) from vault.item where kind = 'person'") == 1
    await _end(found)
    assert (await found.handle.result()).candidate == 1
    assert (await town.mails()).count("candidate_invite") == 1


async def test_a_signal_that_comes_again_changes_nothing(town: Town) -> None:
    """The relay may bring a visit twice, also after a later one."""
    found = await goes_out(town)
    first = await found.visit(VisitOutcome.NOBODY_HOME)
    await found.noted("nobody_home")
    await found.visit(VisitOutcome.REFUSED)
    await found.noted("refused")
    await found.handle.signal(ScoutingWorkflow.visited, DoorVisit.model_validate(first.model_dump()))
    await _until_due(found, 8)
    assert await found.due() == []
    await _end(found)
    counts = await found.handle.result()
    assert (counts.visits, counts.visited, counts.nobody_home, counts.refused) == (2, 1, 1, 1)


async def test_the_round_ends_after_its_last_day_with_a_report(town: Town) -> None:
    found = await goes_out(town)
    await found.visit(VisitOutcome.TALKED)
    await found.noted("talked")
    await town.later_until(found.handle, found.order.until - timedelta(minutes=5))
    assert await town.phase(found.handle) == "scouting"
    await town.later(found.handle, minutes=10)
    counts = await found.handle.result()
    assert (counts.targets, counts.visited, counts.talked) == (2, 1, 1)
    row = (await town.rows("select * from scouting.round where id = $1", found.order.round))[0]
    assert (row["ended_by"], row["ended_at"] is not None) == ("engine", True)
    report = await town.value("select result from registry.fact where name = 'scouting.ended'")
    assert report == counts.model_dump()


async def test_the_round_ends_by_hand_once(town: Town) -> None:
    found = await goes_out(town)
    await _end(found)
    assert (await found.handle.result()).targets == 2
    by = await town.value("select ended_by from scouting.round where id = $1", found.order.round)
    assert by == COORDINATOR
    assert await town.phase(found.handle) == "scouting_ended"
    with pytest.raises(RPCError) as twice:
        await _end(found)
    assert twice.value.status is RPCStatusCode.NOT_FOUND


async def test_a_visit_after_the_end_is_kept_all_the_same(town: Town) -> None:
    """It waited on a phone; a candidate who said yes is not lost."""
    found = await goes_out(town)
    await _end(found)
    await found.handle.result()
    visit = await found.visit(VisitOutcome.CANDIDATE, person=CANDIDATE)
    refused = await town.value("select refused from post.submission where id = $1", visit.visit)
    assert refused == "workflow_gone"
    order = await found.signup_of(visit)
    await found.says(order)
    assert (await town.signup(order).result()).joined == 1


async def test_a_round_that_is_started_twice_is_one_round(town: Town) -> None:
    found = await goes_out(town)
    await commands.start(found.order)(town.client)
    assert await town.value("select count(*) from scouting.round") == 1
    await _end(found)
    await found.handle.result()
    await commands.start(found.order)(town.client)
    assert await town.value("select count(*) from scouting.round") == 1


async def test_a_long_round_goes_on_as_new_with_its_follow_ups(town: Town) -> None:
    found = await goes_out(town, longest=20)
    await found.visit(VisitOutcome.NOBODY_HOME)
    for _ in range(6):
        await found.visit(VisitOutcome.TALKED, "tulpstraat")
    await found.noted("talked", 6)
    await _until_due(found, 7)
    assert await found.due() == ["rozenlaan"]
    runs = [each for each in await town.histories() if each.startswith(found.order.workflow_id)]
    assert len(runs) > 1
    await _end(found)
    assert (await found.handle.result()).visits == 7


async def test_another_worker_goes_on_where_the_first_one_stopped(town: Town) -> None:
    """Nothing that a round knows lives in the worker: another one replays it."""
    queue = f"gone-{town.suffix}"
    async with temporal_worker(town.client, town.tools, queue=queue):
        found = await goes_out(town, queue=queue)
        await found.visit(VisitOutcome.NOBODY_HOME)
        await found.noted("nobody_home")
    await found.visit(VisitOutcome.REFUSED, "tulpstraat")
    assert "scouting.refused" not in await town.facts_of(town.slug("tulpstraat"))
    async with temporal_worker(town.client, town.tools, queue=queue):
        await found.noted("refused")
        await _until_due(found, 7)
        assert await found.due() == ["rozenlaan"]
        await _end(found)
        assert (await found.handle.result()).visits == 2


async def test_operators_read_how_far_it_is(town: Town) -> None:
    found = await goes_out(town)
    await found.visit(VisitOutcome.TALKED)
    await found.noted("talked")
    details = await town.details(found.handle)
    assert "**Talentenjacht:** Delfshaven" in details
    assert f"{'█' * 10}{'░' * 10} 1 van 2" in details
    assert f"http://desk.test/rotterdam/talentenjacht/{found.order.round}" in details
    assert SCOUT not in details
