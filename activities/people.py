"""The mails that lead somebody to their own data: a link, and the code behind it."""

from datetime import UTC, datetime
from uuid import UUID

from activities.context import Tools
from activities.post import queue
from schemas.facts import Fact, Letter, LinkOrder, LinkPurpose, Template
from schemas.model import Model
from schemas.my_data import resident_ref
from schemas.refs import Slug, VaultRef
from store import people
from store.database import Connection
from store.entry import CODE_LIFE
from store.people import Opens

TEMPLATES = {Opens.DATA: Template.MY_DATA_CODE, Opens.ADDRESS: Template.MY_ADDRESS_CODE}
SUBJECT = "mijn-gegevens"


class LinkAsked(Model):
    """Somebody asked by an address; ``person`` is nobody for an address that nobody is known by."""

    request: UUID
    municipality: Slug
    person: VaultRef | None


async def send_link(conn: Connection, tools: Tools, asked: LinkAsked) -> None:
    """Queue the mail with the link in the caller's transaction, once; none for nobody."""
    if asked.person is None:
        return
    until = datetime.now(UTC) + people.LINK_LIFE
    link = LinkOrder(purpose=LinkPurpose.MY_DATA, workflow_id=f"mydata-{asked.request}", expires_at=until)
    letter = Letter(template=Template.MY_DATA, to=asked.person, link=link)
    await queue(conn, tools, _fact(f"mydata/{asked.request}", asked.municipality, asked.person, letter))


async def send_code(conn: Connection, tools: Tools, code: UUID) -> None:
    """Queue the mail with a code; none for a code that is used or too old."""
    order = await people.code_to_send(conn, code)
    if order is None:
        return
    minutes = int(CODE_LIFE.total_seconds() // 60)
    letter = Letter(
        template=TEMPLATES[order.opens],
        to=order.reader,
        values={"valid_minutes": minutes},
        code=order.subject,
    )
    await queue(conn, tools, _fact(order.subject, order.municipality, order.reader, letter))


def _fact(key: str, municipality: Slug, person: VaultRef, letter: Letter) -> Fact:
    return Fact(
        key=key,
        name="person.mailed",
        municipality=municipality,
        subject=SUBJECT,
        actor=resident_ref(person),
        letters=[letter],
    )
