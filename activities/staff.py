"""The mails for colleagues at the desk: the invitation, and the code behind its link."""

from datetime import UTC, datetime
from uuid import UUID

from activities.context import Tools
from activities.post import queue
from schemas.facts import Fact, Letter, LinkOrder, LinkPurpose, Template
from schemas.model import Model
from schemas.refs import Slug, StaffRef
from schemas.staff import key_of
from store import invitations, staff
from store.database import Connection
from store.entry import CODE_LIFE


class InvitationAsked(Model):
    """Somebody was invited; a later ``number`` ends the links before it."""

    municipality: Slug
    ref: StaffRef
    number: int


async def send_invitation(conn: Connection, tools: Tools, asked: InvitationAsked) -> None:
    """Queue the mail in the caller's transaction, once; none for who left in the meantime."""
    who = await staff.member(conn, asked.municipality, asked.ref)
    if who is None or who.ended_at is not None:
        return
    link = LinkOrder(
        purpose=LinkPurpose.STAFF_INVITATION,
        workflow_id=who.workflow_id,
        expires_at=datetime.now(UTC) + staff.INVITATION_LIFE,
        number=asked.number,
    )
    days = staff.INVITATION_LIFE.days
    letter = Letter(
        template=Template.STAFF_INVITATION, to=who.contact, values={"valid_days": days}, link=link
    )
    key = f"{who.workflow_id}/{asked.number}"
    await queue(conn, tools, _fact(key, asked.municipality, who.ref, letter))


async def send_code(conn: Connection, tools: Tools, code: UUID) -> None:
    """Queue the mail with a code; none for a code that is used or too old."""
    order = await invitations.code_to_send(conn, code)
    if order is None:
        return
    minutes = int(CODE_LIFE.total_seconds() // 60)
    letter = Letter(
        template=Template.STAFF_CODE,
        to=order.reader,
        values={"valid_minutes": minutes},
        code=order.subject,
    )
    await queue(conn, tools, _fact(order.subject, order.municipality, order.ref, letter))


def _fact(key: str, municipality: Slug, ref: StaffRef, letter: Letter) -> Fact:
    return Fact(
        key=key,
        name="staff.mailed",
        municipality=municipality,
        subject=key_of(ref),
        actor=ref,
        letters=[letter],
    )
