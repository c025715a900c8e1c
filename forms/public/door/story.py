"""Telling a story, with or without leave to share it, and taking it back."""

from uuid import UUID, uuid4

from starlette.responses import Response

from forms.public.door.visit import Visit, inside, uuid_of
from forms.public.door.words import SENT_BEFORE, TOO_OFTEN
from forms.site.i18n import language_of, translated
from schemas.door import StoryForm
from store import trust


@inside
async def write(visit: Visit) -> Response:
    """An empty form; nothing about sharing is chosen beforehand."""
    return _page(visit, uuid4(), {}, {})


def _page(visit: Visit, form: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    status = 422 if errors else 200
    return visit.render("door_story.html", status, errors=errors, values=values, form=form)


@inside
async def keep(visit: Visit) -> Response:
    """Keep it, sealed, once."""
    form, given = visit.form, visit.read(StoryForm)
    values = dict(visit.answers)
    if given.errors:
        return _page(visit, form, values, given.errors)
    language = language_of(visit.request)
    try:
        async with visit.site.db.transaction() as conn:
            await trust.tell(conn, visit.vault, visit.who, form, given.model)
    except trust.SentBefore:
        return _page(visit, uuid4(), values, {"text": translated(SENT_BEFORE, language)})
    except trust.TooOften:
        return _page(visit, form, values, {"text": translated(TOO_OFTEN, language)})
    return visit.to(done="verhaal")


def _story(visit: Visit) -> UUID:
    return uuid_of(visit.request.path_params["story"], 404)


@inside
async def sure(visit: Visit) -> Response:
    """Whether they are sure; a story that is not theirs leads back to the overview."""
    async with visit.site.db.connection() as conn:
        story = await trust.story_of(conn, visit.vault, visit.who, _story(visit))
    return visit.render("door_story_away.html", story=story) if story else visit.to()


@inside
async def away(visit: Visit) -> Response:
    """Erase it."""
    async with visit.site.db.transaction() as conn:
        await trust.withdraw(conn, visit.vault, visit.who, _story(visit))
    return visit.to(done="teruggenomen")
