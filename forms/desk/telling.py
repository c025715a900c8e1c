"""What became of an act on a street, told on the street's own page."""

import asyncpg
from starlette.responses import RedirectResponse, Response

from forms.desk import commands, words
from forms.desk.commands import Command, Fate
from forms.desk.outcome import SURE, in_words, undelivered
from forms.desk.staff import Act
from forms.desk.street import street_page
from forms.desk.visit import Visit
from forms.site.i18n import marked
from schemas.intake import Outcome
from schemas.refs import Slug
from schemas.refusals import SENTENCES, Refusal

GONE = marked("Dit is al afgehandeld. Hieronder ziet u hoe het er nu voor staat.")


async def do(visit: Visit, act: Act, street: Slug, command: Command, values: dict[str, str]) -> Response:
    """Send a command, and tell what became of it."""
    fate = await commands.run(visit.desk.temporal, command)
    return await told(visit, act, street, fate, values)


async def told(
    visit: Visit, act: Act, street: Slug, fate: Refusal | Fate, values: dict[str, str]
) -> Response:
    """What became of it, in the reader's words."""
    page = f"/{visit.municipality}/straten/{street}"
    if isinstance(fate, Refusal):
        return await wrong(visit, street, {words.field_of(fate, act): SENTENCES[fate]}, values)
    if fate is Fate.GONE:
        return await wrong(visit, street, {words.section_of(act): GONE}, values)
    return undelivered(visit, fate, back=page, values=values) or RedirectResponse(f"{page}?gedaan={act}", 303)


async def wrong(visit: Visit, street: Slug, errors: dict[str, str], values: dict[str, str]) -> Response:
    """The page again, with what is wrong and what was typed."""
    return await street_page(visit, street, 422, errors=in_words(visit, errors), values=values)


def sure(
    visit: Visit, row: asyncpg.Record, question: Act | Outcome, values: dict[str, str], cents: int = 0
) -> Response:
    """Ask once more before what cannot be taken back."""
    return visit.render(
        "sure.html",
        question=question,
        street=row,
        cents=cents,
        back=f"/{visit.municipality}/straten/{row['street']}",
        typed=values | {SURE: "yes"},
    )
