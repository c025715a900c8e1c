"""The access log, for the privacy officer: who read about a concern, and who opened details, and when."""

from fastapi import APIRouter
from starlette.responses import Response

from forms.desk.paging import page_of
from forms.desk.visit import Visiting
from forms.desk.words import NOBODY
from forms.site.i18n import marked as _
from schemas.concern import reference
from store import concerns, looks

PURPOSES = {
    "street_page": _("de pagina van een straat"),
    "hand_on": _("het stokje doorgeven"),
    "split": _("een deel van de straat laten beginnen"),
    "renewal": _("een straat bellen over verdergaan"),
    "agenda": _("de agenda van gesprekken"),
    "story": _("verhalen lezen"),
    "find_person": _("iemand opzoeken met een e-mailadres"),
    "export": _("een kopie van iemands gegevens, op verzoek"),
    "concern": _("wie een zorg meldde"),
    "payment_file": _("een betaalbestand"),
    "suspense": _("een bankregel die een plek zoekt"),
    "colleague": _("de pagina van een collega"),
}
"""What a look was for, as the vault has it."""
OTHER = _("iets anders")

router = APIRouter(prefix="/{municipality}/inzage")


@router.get("")
async def log(visit: Visiting) -> Response:
    """The latest first; never what was told."""
    async with visit.desk.db.connection() as conn:
        found = await concerns.looks(conn, visit.municipality, page_of(visit))
    topics = {topic.key: topic.within(visit.language) for topic in visit.policy.concerns.topics}
    return visit.render(
        "access_log.html", here="access", found=found, page=page_of(visit), topics=topics, reference=reference
    )


@router.get("/gegevens")
async def details(visit: Visiting) -> Response:
    """The same of everybody's details: when, who and what for; never at whom somebody looked."""
    async with visit.desk.db.connection() as conn:
        found = await looks.at_details(conn, visit.municipality, page_of(visit))
    return visit.render(
        "access_details.html",
        here="access",
        found=found,
        page=page_of(visit),
        purposes=PURPOSES,
        other=OTHER,
        nobody=NOBODY,
    )
