"""The steps: the contract between workflows, which decide, and activities, which do.

A workflow names a step, an activity implements it; neither imports the other. A step without an activity
fails a test.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from schemas.concern import Ask, Asked, ConcernOrder, FollowUp, Ladder
from schemas.facts import Booked, Booking, Fact, Lapse, Lapsed
from schemas.heads import Audited, HeadOrder, HeadPublished
from schemas.intake import NudgeFact, Offered, OfferFact, Opening, PlanFact, Recording
from schemas.payee import AccountMoved, AccountStep, Weighed, Weighing
from schemas.payment import PayoutOrder
from schemas.payout import BatchFile, BatchOrder, Cancelled, Counted, Frozen
from schemas.policy import Terms
from schemas.potje import ApprovalChunk, ChunkApproved
from schemas.potje_letters import Deciding, Proposal
from schemas.renewal import LateAnswers, PageBegun, RoundPage
from schemas.renewal_facts import RenewalEnd
from schemas.retention import Municipalities, Removal, Removed
from schemas.scouting import Counts, DueFact, Noted, RoundFact, VisitFact
from schemas.shapes import Merged, MergeOrder
from schemas.street import Joined, JoinOrder, PotjeOfStreet, PotjeTaken

Takes = TypeVar("Takes", bound="BaseModel | str")
Gives = TypeVar("Gives", bound="BaseModel | None")

QUEUE = "straat"
"""The task queue of all workflows and steps."""


@dataclass(frozen=True)
class Step(Generic[Takes, Gives]):
    """One activity: its name in the Temporal UI, what it takes and what it gives."""

    name: str
    takes: type[Takes]
    gives: type[Gives]


def _fact(name: str) -> Step[Fact, None]:
    return Step(name, Fact, type(None))


def _booking(name: str) -> Step[Booking, Booked]:
    return Step(name, Booking, Booked)


READ_TERMS: Step[str, Terms] = Step("read_terms", str, Terms)

ASK_CONFIRMATION = _fact("ask_confirmation")
REMIND_CONFIRMATION = _fact("remind_confirmation")
ERASE_SIGNUP = _fact("erase_signup")
LAPSE_SIGNUP: Step[Lapse, Lapsed] = Step("lapse_signup", Lapse, Lapsed)
JOIN_STREET: Step[JoinOrder, Joined] = Step("join_street", JoinOrder, Joined)

OPEN_STREET: Step[Opening, None] = Step("open_street", Opening, type(None))
WELCOME_GANGMAKER = _fact("welcome_gangmaker")
DECIDE_STREET: Step[Deciding, Booked] = Step("decide_street", Deciding, Booked)
TURN_YEAR = _fact("turn_year")
FORGET_STREET = _fact("forget_street")
LEAVE_STREET = _fact("leave_street")
RENEW_STREET = _fact("renew_street")
REST_STREET = _fact("rest_street")
SHAPE_STREET = _fact("shape_street")
SEND_STARTER = _fact("send_starter")
NOTE_STARTER = _fact("note_starter")
REMIND_RENEWAL = _fact("remind_renewal")
CALL_STREET = _fact("call_street")
NOTE_CALL = _fact("note_call")
TIDY_RENEWAL = _fact("tidy_renewal")
END_RENEWAL_ROUND = _fact("end_renewal_round")
DECIDE_RENEWAL: Step[RenewalEnd, LateAnswers] = Step("decide_renewal", RenewalEnd, LateAnswers)
ASK_PAGE: Step[RoundPage, PageBegun] = Step("ask_page", RoundPage, PageBegun)
MERGE_STREET: Step[MergeOrder, Merged] = Step("merge_street", MergeOrder, Merged)
TAKE_POTJE_BACK: Step[PotjeOfStreet, PotjeTaken] = Step("take_potje_back", PotjeOfStreet, PotjeTaken)

PLAN_INTAKE: Step[PlanFact, None] = Step("plan_intake", PlanFact, type(None))
OFFER_MOMENTS: Step[OfferFact, Offered] = Step("offer_moments", OfferFact, Offered)
NUDGE_COORDINATOR: Step[NudgeFact, None] = Step("nudge_coordinator", NudgeFact, type(None))
NOTE_UNSUITED = _fact("note_unsuited")
MISS_INTAKE = _fact("miss_intake")
REMIND_INTAKE = _fact("remind_intake")
INVITE_GANGMAKER = _fact("invite_gangmaker")
RECORD_INTAKE: Step[Recording, None] = Step("record_intake", Recording, type(None))

BEGIN_POTJE: Step[Proposal, Booked] = Step("begin_potje", Proposal, Booked)
RESERVE_POTJE = _booking("reserve_potje")
APPROVE_POTJE = _booking("approve_potje")
REJECT_POTJE = _booking("reject_potje")
WITHDRAW_POTJE = _booking("withdraw_potje")
HAND_OVER_POTJE = _booking("hand_over_potje")
UNDO_HAND_OVER = _booking("undo_hand_over")
CONFIRM_HAND_OVER = _booking("confirm_hand_over")
TELL_APPROVED = _fact("tell_approved")
REMIND_ACCOUNT = _fact("remind_account")
REMIND_RECEIPT = _fact("remind_receipt")
APPROVE_CHUNK: Step[ApprovalChunk, ChunkApproved] = Step("approve_chunk", ApprovalChunk, ChunkApproved)

LIST_AUDITED: Step[str, Audited] = Step("list_audited", str, Audited)
PUBLISH_HEAD: Step[HeadOrder, HeadPublished] = Step("publish_head", HeadOrder, HeadPublished)
LIST_MUNICIPALITIES: Step[str, Municipalities] = Step("list_municipalities", str, Municipalities)
REMOVE_OLD: Step[Removal, Removed] = Step("remove_old", Removal, Removed)

FREEZE_BATCH: Step[PayoutOrder, Frozen] = Step("freeze_batch", PayoutOrder, Frozen)
WRITE_BATCH_FILE: Step[BatchOrder, BatchFile] = Step("write_batch_file", BatchOrder, BatchFile)
RELEASE_BATCH: Step[BatchOrder, None] = Step("release_batch", BatchOrder, type(None))
CANCEL_BATCH: Step[BatchOrder, Cancelled] = Step("cancel_batch", BatchOrder, Cancelled)
COUNT_OPEN_PAYMENTS: Step[BatchOrder, Counted] = Step("count_open_payments", BatchOrder, Counted)
NOTE_LATE_STATEMENT: Step[BatchOrder, None] = Step("note_late_statement", BatchOrder, type(None))

WEIGH_ACCOUNT: Step[Weighing, Weighed] = Step("weigh_account", Weighing, Weighed)
REMIND_ACCOUNT_CHANGE: Step[AccountStep, None] = Step("remind_account_change", AccountStep, type(None))
CONFIRM_ACCOUNT: Step[AccountStep, AccountMoved] = Step("confirm_account", AccountStep, AccountMoved)
PUT_ACCOUNT_IN_FORCE: Step[AccountStep, AccountMoved] = Step(
    "put_account_in_force", AccountStep, AccountMoved
)
KEEP_ACCOUNT: Step[AccountStep, AccountMoved] = Step("keep_account", AccountStep, AccountMoved)

READ_LADDER: Step[ConcernOrder, Ladder] = Step("read_ladder", ConcernOrder, Ladder)
ASK_PROFESSIONAL: Step[Ask, Asked] = Step("ask_professional", Ask, Asked)
FOLLOW_UP_CONCERN: Step[FollowUp, Asked] = Step("follow_up_concern", FollowUp, Asked)
PICK_UP_CONCERN = _fact("pick_up_concern")
PASS_CONCERN_ON = _fact("pass_concern_on")
CLOSE_CONCERN = _fact("close_concern")
REOPEN_CONCERN = _fact("reopen_concern")
FORGET_CONCERN: Step[Lapse, Lapsed] = Step("forget_concern", Lapse, Lapsed)

START_ROUND: Step[RoundFact, None] = Step("start_round", RoundFact, type(None))
NOTE_VISIT: Step[VisitFact, Noted] = Step("note_visit", VisitFact, Noted)
TELL_DUE: Step[DueFact, None] = Step("tell_due", DueFact, type(None))
END_ROUND: Step[RoundFact, Counts] = Step("end_round", RoundFact, Counts)

FACT_STEPS = (
    ASK_CONFIRMATION,
    REMIND_CONFIRMATION,
    ERASE_SIGNUP,
    WELCOME_GANGMAKER,
    TURN_YEAR,
    FORGET_STREET,
    LEAVE_STREET,
    RENEW_STREET,
    REST_STREET,
    SHAPE_STREET,
    REMIND_RENEWAL,
    CALL_STREET,
    NOTE_CALL,
    TIDY_RENEWAL,
    END_RENEWAL_ROUND,
    PICK_UP_CONCERN,
    PASS_CONCERN_ON,
    CLOSE_CONCERN,
    REOPEN_CONCERN,
    NOTE_UNSUITED,
    MISS_INTAKE,
    SEND_STARTER,
    NOTE_STARTER,
    REMIND_INTAKE,
    INVITE_GANGMAKER,
    TELL_APPROVED,
    REMIND_RECEIPT,
)
BOOKING_STEPS = (
    RESERVE_POTJE,
    APPROVE_POTJE,
    REJECT_POTJE,
    WITHDRAW_POTJE,
    HAND_OVER_POTJE,
    UNDO_HAND_OVER,
    CONFIRM_HAND_OVER,
)
OTHER_STEPS = (
    READ_TERMS,
    LAPSE_SIGNUP,
    JOIN_STREET,
    DECIDE_RENEWAL,
    ASK_PAGE,
    MERGE_STREET,
    DECIDE_STREET,
    BEGIN_POTJE,
    TAKE_POTJE_BACK,
    REMIND_ACCOUNT,
    APPROVE_CHUNK,
    LIST_AUDITED,
    PUBLISH_HEAD,
    LIST_MUNICIPALITIES,
    REMOVE_OLD,
)
PAYOUT_STEPS = (
    FREEZE_BATCH,
    WRITE_BATCH_FILE,
    RELEASE_BATCH,
    CANCEL_BATCH,
    COUNT_OPEN_PAYMENTS,
    NOTE_LATE_STATEMENT,
)
PAYEE_STEPS = (WEIGH_ACCOUNT, REMIND_ACCOUNT_CHANGE, CONFIRM_ACCOUNT, PUT_ACCOUNT_IN_FORCE, KEEP_ACCOUNT)
CONCERN_STEPS = (READ_LADDER, ASK_PROFESSIONAL, FOLLOW_UP_CONCERN, FORGET_CONCERN)
INTAKE_STEPS = (OPEN_STREET, PLAN_INTAKE, OFFER_MOMENTS, NUDGE_COORDINATOR, RECORD_INTAKE)
SCOUTING_STEPS = (START_ROUND, NOTE_VISIT, TELL_DUE, END_ROUND)
STEPS = (
    *FACT_STEPS,
    *BOOKING_STEPS,
    *OTHER_STEPS,
    *PAYOUT_STEPS,
    *PAYEE_STEPS,
    *CONCERN_STEPS,
    *INTAKE_STEPS,
    *SCOUTING_STEPS,
)
