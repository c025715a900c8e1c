"""Journeys that a workflow test plays already, for what is told late, twice, or not any more."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from schemas.payment import ApprovalsOrder, approvals_id
from schemas.renewal import RenewalOutcome
from schemas.steps import QUEUE
from tests.replay.journeys import Journey, keeps
from tests.replay.journeys_retention import JOURNEYS
from tests.store.payout_rows import Books
from tests.workflow import (
    test_approvals,
    test_escalation,
    test_intake_moments,
    test_payee,
    test_payout,
    test_potje,
    test_renewal,
    test_scouting,
    test_signup,
    test_street,
    test_street_life,
    test_street_shapes,
)
from tests.workflow.town import Town
from workflows.approvals import ApprovalsWorkflow

__all__ = ["JOURNEYS"]

Play = Callable[[Town], Awaitable[None]]


def _borrow(name: str, kinds: tuple[str, ...], play: Play) -> None:
    JOURNEYS.append(Journey(name, kinds, play))


async def _batch_refused(town: Town) -> None:
    refuses = test_payout.test_when_the_bank_refuses_the_whole_file_its_potjes_are_ready_again
    await refuses(town, Books(town.db), late=True)


async def _batch_told(town: Town) -> None:
    await test_payout.test_what_the_bank_told_of_is_not_cancelled(town, Books(town.db))


_borrow(
    "asked-once-more", ("signup",), test_signup.test_the_question_is_asked_again_on_request_with_the_same_link
)
_borrow(
    "left-during-it",
    ("street", "intake"),
    test_street_life.test_who_leaves_during_the_intake_gets_no_invitation,
)
_borrow("moment-gone", ("intake",), test_intake_moments.test_a_moment_that_another_street_picked_is_gone)
_borrow(
    "planned-by-hand-meanwhile",
    ("intake",),
    test_intake_moments.test_what_is_planned_by_hand_goes_before_a_pick_that_is_under_way,
)
_borrow(
    "moved-by-a-pick",
    ("intake",),
    test_intake_moments.test_an_appointment_stands_until_another_moment_is_picked,
)
_borrow("approach-kept", ("street",), test_intake_moments.test_the_approach_goes_along_with_the_street)
_borrow(
    "approach-erased",
    ("street",),
    test_intake_moments.test_the_words_of_a_street_that_does_not_begin_are_erased,
)
_borrow(
    "starter-told-by-the-desk",
    ("street",),
    test_intake_moments.test_the_desk_may_tell_that_the_package_has_come,
)
_borrow(
    "starter-link-wakes-nobody", ("street",), test_intake_moments.test_the_link_of_the_package_wakes_no_street
)
_borrow("joined-twice", ("street",), test_street.test_joining_twice_changes_nothing)
_borrow(
    "joined-during-the-outcome",
    ("street", "intake"),
    test_street.test_who_joins_while_the_outcome_is_recorded_is_welcome_too,
)
_borrow("nobody-left", ("street", "potje"), test_street_life.test_a_street_that_nobody_carries_sleeps)
_borrow(
    "woken-by-its-link", ("street",), test_street_life.test_a_silent_street_sleeps_and_its_own_link_wakes_it
)
_borrow("stopped", ("street",), test_street_life.test_a_street_that_stops_is_thanked_and_forgotten_in_time)
_borrow(
    "ended-with-money", ("street",), test_street_life.test_a_coordinator_ends_a_street_and_paid_money_stays
)
_borrow(
    "nothing-to-decide",
    ("street",),
    partial(test_street_life.test_what_stopped_meanwhile_has_nothing_to_decide, outcome=RenewalOutcome.GO_ON),
)
_borrow(
    "merged-into-each-other",
    ("street",),
    test_street_shapes.test_two_that_merge_into_each_other_do_not_wait_for_ever,
)
_borrow("nobody-there-any-more", ("escalation",), test_escalation.test_who_is_there_no_more_is_passed_over)
_borrow("left-behind", ("escalation",), test_escalation.test_what_somebody_left_behind_goes_to_the_next)
_borrow(
    "worried-at-the-last-moment",
    ("escalation",),
    test_escalation.test_who_still_worries_at_the_last_moment_is_heard,
)
_borrow("closed-by-a-stranger", ("escalation",), test_escalation.test_who_was_not_asked_cannot_close)
_borrow("two-answers", ("payee",), test_payee.test_the_first_of_two_answers_counts)
_borrow("taken-back", ("payee",), test_payee.test_giving_the_old_account_again_takes_a_change_back)
_borrow("refused-by-the-bank", ("payout",), _batch_refused)
_borrow("told-by-the-bank", ("payout",), _batch_told)
_borrow("decided-before", ("potje",), test_approvals.test_a_single_approval_that_comes_after_it_is_refused)
_borrow("on-its-way", ("potje",), test_potje.test_what_is_on_its_way_to_the_bank_cannot_be_withdrawn)
_borrow(
    "words-kept-a-while",
    ("renewal",),
    test_renewal.test_who_stops_leaves_and_what_was_written_is_kept_a_while,
)
_borrow("answered-twice", ("renewal",), test_renewal.test_answering_twice_changes_nothing)
_borrow("answered-at-the-last-moment", ("renewal",), test_renewal.test_an_answer_at_the_last_moment_counts)
_borrow("ended-by-hand", ("scouting",), test_scouting.test_the_round_ends_by_hand_once)
_borrow("long", ("scouting",), test_scouting.test_a_long_round_goes_on_as_new_with_its_follow_ups)


@keeps("approvals")
async def waited_for(town: Town) -> None:
    """The desk waits until all of it is approved."""
    form = uuid4()
    asked = ApprovalsOrder(
        workflow_id=approvals_id("rotterdam", form),
        municipality="rotterdam",
        year=town.year,
        by="rotterdam:treasurer-1",
    )
    town.started.append(asked.workflow_id)
    begun = WithStartWorkflowOperation(
        ApprovalsWorkflow.run,
        asked,
        id=asked.workflow_id,
        task_queue=f"{QUEUE}-{town.suffix}",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await town.client.execute_update_with_start_workflow(
        ApprovalsWorkflow.done, start_workflow_operation=begun
    )
    await (await begun.workflow_handle()).result()
