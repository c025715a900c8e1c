"""The shared stories for feed readers: Atom 1.0 (RFC 4287), in Dutch as the stories are.

A moment in it is the beginning of the month: like the page, the feed does not tell the day.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.requests import Request
from starlette.responses import Response

from forms.public.site import policy_of, site_of
from forms.public.stories.page import ON_A_PAGE, month_in_words
from schemas.calendar import dutch_date, start_of
from schemas.ledger import transfer_id
from schemas.policy import Policy
from schemas.refs import Language
from store import stories
from store.stories import Shared
from store.vault import Vault

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
FIVE_MINUTES = "public, max-age=300"
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write down, however it is escaped."""


async def feed(request: Request) -> Response:
    """The latest stories: those of the first page."""
    policy, site = await policy_of(request), site_of(request)
    async with site.db.connection() as conn:
        found = await stories.shared(conn, Vault(site.keyring), policy.slug, ON_A_PAGE)
    today = dutch_date(datetime.now(UTC))
    xml = written(policy, found, site.settings.public_url.rstrip("/"), today)
    return Response(xml, media_type=MEDIA_TYPE, headers={"Cache-Control": FIVE_MINUTES})


def written(policy: Policy, found: Sequence[Shared], base: str, today: date) -> bytes:
    """The document; one without stories is of this month."""
    page = f"{base}/{policy.slug}/verhalen"
    root = Element("feed", {"xmlns": ATOM, "xml:lang": Language.NL.value})
    _tell(root, "id", transfer_id("stories", policy.slug).urn)
    _tell(root, "title", policy.face.title)
    _tell(root, "updated", _beginning(max((story.month for story in found), default=today)))
    _tell(SubElement(root, "author"), "name", policy.contact.name)
    SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPE, "href": f"{page}.atom"})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": page})
    for story in found:
        _entry(SubElement(root, "entry"), story, policy, page)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(entry: Element, story: Shared, policy: Policy, page: str) -> None:
    place = story.street or policy.name
    _tell(entry, "id", story.id.urn)
    _tell(entry, "title", f"{place}, {month_in_words(story.month, Language.NL)}")
    _tell(entry, "updated", _beginning(story.month))
    SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": f"{page}#verhaal-{story.id}"})
    _tell(entry, "content", story.text).set("type", "text")


def _tell(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = NOT_IN_XML.sub("", text)
    return child


def _beginning(day: date) -> str:
    return start_of(day.replace(day=1)).isoformat()
