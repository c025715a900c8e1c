"""The mail with the code that opens a street's door. No workflow: a code is of no use after minutes."""

from uuid import UUID

from activities.context import Tools
from activities.post import queue
from schemas.facts import Fact, Letter, Template
from store import door
from store.database import Connection
from store.entry import CODE_LIFE

MINUTES = int(CODE_LIFE.total_seconds() // 60)


async def send_code(conn: Connection, tools: Tools, code_id: UUID) -> None:
    """Queue the mail in the caller's transaction, once; nothing for a code that is used or too old."""
    order = await door.code_to_send(conn, code_id)
    if order is None:
        return
    letter = Letter(
        template=Template.DOOR_CODE,
        to=order.who.person,
        values={"street": order.who.title, "valid_minutes": MINUTES},
        code=order.subject,
    )
    fact = Fact(
        key=order.subject,
        name="street.code",
        municipality=order.who.municipality,
        subject=order.who.street,
        actor=order.who.actor,
        letters=[letter],
    )
    await queue(conn, tools, fact)
