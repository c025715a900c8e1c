"""What is kept of the reader: on the page, and to take along."""

from starlette.responses import Response

from forms.public.mine import words
from forms.public.mine.visit import Visit, inside
from schemas.iban import masked
from schemas.my_data import Held
from store.held import held


async def _held(visit: Visit) -> Held:
    async with visit.site.db.connection() as conn:
        return await held(conn, visit.vault, visit.policy.slug, visit.refs)


@inside
async def overview(visit: Visit) -> Response:
    """Everything, in words."""
    return visit.render(
        "mine_overview.html",
        held=await _held(visit),
        words=words,
        mask=masked,
        done=words.DONE.get(visit.request.query_params.get("klaar", "")),
    )


def _to_keep(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@inside
async def as_json(visit: Visit) -> Response:
    """For a machine: another programme can read it."""
    text = (await _held(visit)).model_dump_json(indent=2, exclude={"contacts": {"__all__": {"ref"}}})
    return _to_keep(Response(text, media_type="application/json"), "mijn-gegevens.json")


@inside
async def as_html(visit: Visit) -> Response:
    """For a reader: one page without anything around it."""
    page = visit.render("mine_file.html", held=await _held(visit), words=words, mask=masked)
    return _to_keep(page, "mijn-gegevens.html")
