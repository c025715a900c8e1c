"""The journeys whose histories are kept: every branch that a workflow can take at least once.

Each is played in a town of its own, and keeps the histories of the workflows that it is about.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from schemas.calendar import start_of
from schemas.facts import LinkPurpose
from schemas.intake import Missed, Outcome
from schemas.person import Person, Story
from schemas.refs import signup_id
from schemas.signup import SignupOrder
from schemas.street import StreetAct
from tests.workflow.picking import picks, proposes
from tests.workflow.town import BO, COORDINATOR, Town, potje_of, second_of, staff
from workflows.intake import IntakeWorkflow
from workflows.potje import PotjeWorkflow
from workflows.street import StreetWorkflow

CEES = Person(name="Cees Smit", email="cees@example.org")


@dataclass(frozen=True)
class Journey:
    """``keeps`` are the first parts of workflow ids."""

    name: str
    keeps: tuple[str, ...]
    play: Callable[[Town], Awaitable[None]]


JOURNEYS: list[Journey] = []


def keeps(*kinds: str) -> Callable[[Callable[[Town], Awaitable[None]]], Callable[[Town], Awaitable[None]]]:
    """Keep the histories of these kinds of workflows under the function's name."""

    def enlist(play: Callable[[Town], Awaitable[None]]) -> Callable[[Town], Awaitable[None]]:
        JOURNEYS.append(Journey(play.__name__.replace("_", "-"), kinds, play))
        return play

    return enlist


async def _joins(town: Town, order: SignupOrder) -> SignupOrder:
    other = await town.sign_up(order.municipality, first=CEES)
    await town.confirm(other)
    await town.signup(other).result()
    return other


async def _received(town: Town, order: SignupOrder) -> None:
    await town.answers(town.potje(order).id, order.gangmaker, LinkPurpose.CONFIRM_RECEIPT)
    await town.relay.work()


@keeps("signup")
async def confirmed(town: Town) -> None:
    """Yes at once."""
    order = await town.sign_up()
    await town.confirm(order)
    await town.signup(order).result()


@keeps("street", "intake", "potje")
async def by_bank_and_a_second_year(town: Town) -> None:
    """The plain way; then the year turns, and somebody joins."""
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    await town.settles(order)
    street = town.street(order)
    await town.at_rest(street)
    turn = await town.value("select next_date from registry.street")
    await town.later_until(street, start_of(turn) + timedelta(minutes=1))
    await town.until("select exists (select from registry.fact where name = 'street.year')")
    await _joins(town, order)


@keeps("signup", "street", "intake", "potje")
async def by_hand_with_reminders(town: Town) -> None:
    """Two gangmakers, each reminded of everything there is to be reminded of."""
    order = await town.sign_up("den-haag", second=BO)
    await town.later(town.signup(order), days=7)
    await town.confirm(order)
    await town.mailed(second_of(order), "confirm_second")
    await town.later(town.signup(order), days=3)
    await town.second_confirms(order)
    await town.signup(order).result()
    await town.until_there(town.intake(order).id)
    await town.plan(order, days=3)
    await town.plan(order, days=6)
    await town.later(town.intake(order), days=5, minutes=1)
    await town.record(order)
    await town.until_phase(town.potje(order), "potje_to_approve")
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    await town.later(town.potje(order), days=6)
    await town.act(order, PotjeWorkflow.hand_over)
    await _received(town, order)
    await town.potje(order).result()


@keeps("street", "intake")
async def moments_and_a_starter_package(town: Town) -> None:
    """Nudged, none suits, picked, nobody came, picked again; then a package that somebody says has come."""
    order = await town.begins("den-haag", second=BO)
    intake = town.intake(order)
    await town.later(intake, days=14, minutes=1)
    moments = await proposes(town, order, 3, 4)
    await picks(town, order, order.gangmaker, None)
    await town.relay.work()
    await town.until("select exists (select from registry.fact where name = 'intake.unsuited')")
    await picks(town, order, second_of(order), moments[0].slot)
    await town.relay.work()
    await town.mailed(order.gangmaker, "intake_planned")
    await town.later(intake, days=3, minutes=1)
    await intake.execute_update(IntakeWorkflow.missed, Missed(coordinator=staff(order, COORDINATOR)))
    moments = await proposes(town, order, 3, 4)
    await picks(town, order, order.gangmaker, moments[1].slot, number=2)
    await town.relay.work()
    await town.mailed(order.gangmaker, "intake_planned", 2)
    await town.record(order, approach=await town.keep(Story(text="Koffie op de stoep.")))
    await town.until_phase(town.potje(order), "potje_to_approve")
    act = StreetAct(by=staff(order, COORDINATOR))
    await town.street(order).execute_update(StreetWorkflow.send_starter, act)
    await town.answers(town.street(order).id, order.gangmaker, LinkPurpose.STARTER)
    await town.relay.work()
    await town.until("select exists (select from registry.fact where name = 'street.startercame')")


@keeps("signup")
async def lapsed(town: Town) -> None:
    """Nobody answers."""
    order = await town.sign_up()
    await town.later(town.signup(order), days=15)


@keeps("signup")
async def withdrawn(town: Town) -> None:
    """The gangmaker says no."""
    order = await town.sign_up("den-haag", second=BO)
    await town.confirm(order, yes=False)
    await town.signup(order).result()


@keeps("signup")
async def answered_at_the_last_moment(town: Town) -> None:
    """The answer is in the inbox when time is up, and arrives later."""
    order = await town.sign_up()
    await town.answers(signup_id(order.submission), order.gangmaker, LinkPurpose.CONFIRM_SIGNUP)
    await town.later(town.signup(order), days=15)
    await town.relay.work()
    await town.signup(order).result()


@keeps("signup")
async def second_says_no(town: Town) -> None:
    """The street goes on with one."""
    order = await town.sign_up("den-haag", second=BO)
    await town.confirm(order)
    await town.second_confirms(order, yes=False)
    await town.signup(order).result()


@keeps("signup")
async def second_never_answers(town: Town) -> None:
    """The street goes on with one, and the second is erased."""
    order = await town.sign_up("den-haag", second=BO)
    await town.confirm(order)
    await town.mailed(second_of(order), "confirm_second")
    await town.later(town.signup(order), days=15)


@keeps("street", "intake", "potje")
async def waiting_for_a_second(town: Town) -> None:
    """A newcomer is invited, the intake goes on; a potje of two kinds, the bank first."""
    await town.decree("aalsmeer", potje=potje_of(bank=80, voucher=20))
    order = await town.begins("aalsmeer")
    await town.plan(order)
    await town.record(order, Outcome.WAITING)
    await town.plan(order, days=5)
    other = await _joins(town, order)
    await town.mailed(other.gangmaker, "intake_planned")
    await town.record(order)
    await town.until_phase(town.potje(order), "potje_to_approve")
    await town.act(order, PotjeWorkflow.approve)
    await town.pays(order)
    await town.act(order, PotjeWorkflow.hand_over)
    await _received(town, order)
    await town.settles(order)


@keeps("street", "intake")
async def declined_forgotten_and_woken(town: Town) -> None:
    """The retention passes before somebody else comes forward."""
    order = await town.begins()
    await town.plan(order)
    await town.record(order, Outcome.DECLINED)
    await town.until_phase(town.street(order), "ended")
    await town.later(town.street(order), days=29)
    await town.until("select exists (select from registry.fact where name = 'street.forgotten')")
    await _joins(town, order)


@keeps("street", "intake")
async def referred_and_begun_again(town: Town) -> None:
    """Somebody else comes forward while the retention runs."""
    order = await town.begins()
    await town.plan(order)
    await town.record(order, Outcome.REFERRED)
    await town.until_phase(town.street(order), "ended")
    await _joins(town, order)


@keeps("potje")
async def rejected(town: Town) -> None:
    """The reservation is released."""
    order = await town.accepted()
    await town.act(order, PotjeWorkflow.reject)
    await town.potje(order).result()


@keeps("potje")
async def waited_for_budget(town: Town) -> None:
    """Short twice, then there is money; the voucher goes first."""
    await town.decree(potje=potje_of(bank=80, voucher=20))
    await town.grant(50)
    order = await town.accepted()
    await town.potje(order).signal(PotjeWorkflow.money_came)
    await town.until("select count(*) = 2 from registry.fact where name = 'potje.short'")
    await town.grant(100)
    await town.until_phase(town.potje(order), "potje_to_approve")
    await town.act(order, PotjeWorkflow.approve)
    await town.act(order, PotjeWorkflow.hand_over)
    await _received(town, order)
    await town.until_phase(town.potje(order), "potje_approved")
    await town.pays(order)
    await town.settles(order)
