"""The list a worker registers: every step of ``schemas.steps`` and the function that does it."""

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import activity
from temporalio.client import Client

from activities.approvals import ManyApprovals
from activities.beginnings import Beginnings
from activities.concerns import Concerns
from activities.context import Tools
from activities.facts import Facts
from activities.heads import Heads
from activities.intakes import Intakes
from activities.payees import Payees
from activities.payouts import Payouts
from activities.renewals import Renewals
from activities.retention import Retention
from activities.scouting import Scouting
from activities.streets import Streets
from schemas import steps
from schemas.steps import Step

Does = Callable[[Any], Awaitable[Any]]


def _named(step: Step[Any, Any], does: Does) -> Does:
    """The same function under a step's own name, so that the Temporal UI and the metrics tell them apart."""

    async def run(arg: Any) -> Any:  # noqa: ANN401
        return await does(arg)

    run.__annotations__ = {"arg": step.takes, "return": step.gives}
    return activity.defn(name=step.name)(run)


def activities(tools: Tools, temporal: Callable[[], Awaitable[Client]]) -> list[Does]:
    """Every step, ready to be registered."""
    facts, streets = Facts(tools), Streets(tools, temporal)
    beginnings = Beginnings(tools, temporal)
    heads, approvals = Heads(tools), ManyApprovals(tools)
    payouts, payees = Payouts(tools), Payees(tools)
    scouting, renewals = Scouting(tools), Renewals(tools)
    intakes, concerns = Intakes(tools), Concerns(tools)
    retention = Retention(tools)
    return [
        *(_named(step, facts.record) for step in steps.FACT_STEPS),
        *(_named(step, facts.book) for step in steps.BOOKING_STEPS),
        _named(steps.LAPSE_SIGNUP, facts.lapse),
        _named(steps.READ_TERMS, streets.read_terms),
        _named(steps.LIST_AUDITED, heads.audited),
        _named(steps.PUBLISH_HEAD, heads.publish),
        _named(steps.LIST_MUNICIPALITIES, retention.municipalities),
        _named(steps.REMOVE_OLD, retention.remove),
        _named(steps.JOIN_STREET, streets.join_street),
        _named(steps.DECIDE_RENEWAL, renewals.decide),
        _named(steps.ASK_PAGE, beginnings.ask_page),
        _named(steps.MERGE_STREET, streets.merge_street),
        _named(steps.DECIDE_STREET, beginnings.decide_street),
        _named(steps.BEGIN_POTJE, beginnings.begin_potje),
        _named(steps.TAKE_POTJE_BACK, streets.take_potje_back),
        _named(steps.REMIND_ACCOUNT, facts.remind_account),
        _named(steps.APPROVE_CHUNK, approvals.approve_chunk),
        _named(steps.FREEZE_BATCH, payouts.freeze),
        _named(steps.WRITE_BATCH_FILE, payouts.write_file),
        _named(steps.RELEASE_BATCH, payouts.release),
        _named(steps.CANCEL_BATCH, payouts.cancel),
        _named(steps.COUNT_OPEN_PAYMENTS, payouts.count_open),
        _named(steps.NOTE_LATE_STATEMENT, payouts.note_late),
        _named(steps.WEIGH_ACCOUNT, payees.weigh),
        _named(steps.REMIND_ACCOUNT_CHANGE, payees.remind),
        _named(steps.CONFIRM_ACCOUNT, payees.confirm),
        _named(steps.PUT_ACCOUNT_IN_FORCE, payees.put_in_force),
        _named(steps.KEEP_ACCOUNT, payees.keep),
        _named(steps.OPEN_STREET, beginnings.open_street),
        _named(steps.PLAN_INTAKE, intakes.plan),
        _named(steps.OFFER_MOMENTS, intakes.offer),
        _named(steps.NUDGE_COORDINATOR, intakes.nudge),
        _named(steps.RECORD_INTAKE, beginnings.record_intake),
        _named(steps.READ_LADDER, concerns.read_ladder),
        _named(steps.ASK_PROFESSIONAL, concerns.ask),
        _named(steps.FOLLOW_UP_CONCERN, concerns.follow_up),
        _named(steps.FORGET_CONCERN, concerns.forget),
        _named(steps.START_ROUND, scouting.start),
        _named(steps.NOTE_VISIT, scouting.note),
        _named(steps.TELL_DUE, scouting.tell_due),
        _named(steps.END_ROUND, scouting.end),
    ]
