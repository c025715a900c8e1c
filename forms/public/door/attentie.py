"""Writing an attentie down, and taking it away again."""

from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.public.door.visit import Visit, inside, uuid_of
from forms.public.door.words import SENT_BEFORE, TOO_OFTEN, YEAR_CLOSED
from forms.site.i18n import language_of, translated
from schemas.door import AttentieForm
from schemas.exports.words import OCCASIONS
from store import trust


@inside
async def write(visit: Visit) -> Response:
    """An empty form, with today's date."""
    return _page(visit, uuid4(), {"day": f"{visit.today:%d-%m-%Y}"}, {})


def _page(visit: Visit, form: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    status = 422 if errors else 200
    return visit.render(
        "door_attentie.html", status, errors=errors, values=values, form=form, occasions=OCCASIONS
    )


@inside
async def keep(visit: Visit) -> Response:
    """Book it, once; nothing is booked when something is wrong."""
    form, given = visit.form, visit.read(AttentieForm)
    values = dict(visit.answers)
    if given.errors:
        return _page(visit, form, values, given.errors)
    try:
        async with visit.site.db.transaction() as conn:
            await trust.log(conn, visit.who, form, given.model, visit.today)
    except trust.YearClosed:
        return _page(visit, form, values, {"day": _closed(visit, given.model)})
    except trust.SentBefore:
        return _page(visit, uuid4(), values, {"day": _said(visit, SENT_BEFORE)})
    except trust.TooOften:
        return _page(visit, form, values, {"day": _said(visit, TOO_OFTEN)})
    return visit.to(done="attentie")


def _said(visit: Visit, sentence: str) -> str:
    return translated(sentence, language_of(visit.request))


def _closed(visit: Visit, given: AttentieForm) -> str:
    return _said(visit, YEAR_CLOSED) % {"year": given.day.year}


def _attentie(visit: Visit) -> UUID:
    return uuid_of(visit.request.path_params["attentie"], 404)


@inside
async def sure(visit: Visit) -> Response:
    """Whether they are sure; what is not there (any more) leads back to the overview."""
    async with visit.site.db.connection() as conn:
        attentie = await trust.attentie(conn, visit.who, _attentie(visit))
    if attentie is None:
        return visit.to()
    return visit.render("door_attentie_away.html", attentie=attentie, occasions=OCCASIONS)


@inside
async def away(visit: Visit) -> Response:
    """Take it away."""
    try:
        async with visit.site.db.transaction() as conn:
            await trust.undo(conn, visit.who, _attentie(visit), visit.today)
    except trust.YearClosed:
        raise HTTPException(410) from None
    return visit.to(done="weg")
