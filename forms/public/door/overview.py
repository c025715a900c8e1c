"""The street's own page: what it has, what it did, and what it may do. Nothing has to."""

from starlette.responses import Response

from forms.public.door.visit import Visit, inside
from forms.public.door.words import DONE
from schemas.exports.words import OCCASIONS
from schemas.iban import masked
from store import trust


@inside
async def overview(visit: Visit) -> Response:
    """The trust account of the street."""
    async with visit.site.db.connection() as conn:
        holding = await trust.holding(conn, visit.who)
        attenties = await trust.attenties(conn, visit.who)
        stories = await trust.stories(conn, visit.vault, visit.who)
        paid_on = await trust.paid_on(conn, visit.vault, visit.who)
    return visit.render(
        "door_overview.html",
        holding=holding,
        attenties=attenties,
        stories=stories,
        iban=masked(paid_on.account.iban) if paid_on.account else None,
        waiting=paid_on.waiting,
        occasions=OCCASIONS,
        done=DONE.get(visit.request.query_params.get("klaar", "")),
    )
