"""The social map on the desk: what there is, and a file that replaces all of it."""

import re
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from forms.desk.outcome import in_words
from forms.desk.social.words import NOTHING_READ, sentence
from forms.desk.staff import Act
from forms.desk.visit import Visit, Visiting
from forms.site.i18n import language_of, marked
from forms.site.reading import uploaded
from forms.site.security import Larger
from schemas.social import COLUMNS, MAX_BYTES, Mistake, Unreadable, read_map
from store import social

router = APIRouter(prefix="/{municipality}/sociale-kaart")
TOO_LARGE_TO_TELL = 4
"""A file of up to so many times the limit is told kindly how large it may be; more is cut off."""

UPLOADS = Larger(re.compile(r"/[a-z0-9-]+/sociale-kaart"), TOO_LARGE_TO_TELL * MAX_BYTES)

MOST_TOLD = 25
NO_FILE = marked("Kies eerst een bestand.")


@router.get("")
async def overview(visit: Visiting) -> Response:
    """The map, and the form for a file."""
    return await _overview(visit)


@router.post("")
async def replace(visit: Visiting) -> Response:
    """Replace the map with a file: all of it counts, or nothing."""
    visit.require(Act.SOCIAL_MAP)
    file = await uploaded(visit.request, "bestand", UPLOADS.max_bytes)
    if not file.content:
        return await _overview(visit, NO_FILE)
    topics = {topic.key: topic.nl for topic in visit.policy.concerns.topics}
    try:
        offers = read_map(file.content, topics, visit.policy.wijken)
    except Unreadable as error:
        return await _overview(visit, NOTHING_READ, error.mistakes)
    async with visit.desk.db.transaction() as conn:
        await social.replace(conn, visit.municipality, offers, visit.staff)
    return RedirectResponse(f"/{visit.municipality}/sociale-kaart?gedaan={Act.SOCIAL_MAP}", 303)


async def _overview(visit: Visit, error: str | None = None, mistakes: Sequence[Mistake] = ()) -> Response:
    async with visit.desk.db.connection() as conn:
        offers = await social.offers(conn, visit.municipality)
        latest = await social.latest(conn, visit.municipality)
    language = language_of(visit.request)
    return visit.render(
        "social.html",
        422 if error else 200,
        here="social",
        offers=offers,
        latest=latest,
        topics=visit.policy.concerns.topics,
        topic_names={topic.key: topic.within(language) for topic in visit.policy.concerns.topics},
        columns=list(COLUMNS),
        public=f"{visit.desk.settings.public_url}/{visit.municipality}/hulp",
        flash=Act.SOCIAL_MAP if visit.request.query_params.get("gedaan") == Act.SOCIAL_MAP else None,
        errors=in_words(visit, {"bestand": error} if error else {}),
        mistakes=[sentence(mistake, language) for mistake in mistakes[:MOST_TOLD]],
        untold=max(len(mistakes) - MOST_TOLD, 0),
    )
