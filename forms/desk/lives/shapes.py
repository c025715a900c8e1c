"""The shape of a street: what it is called, two that become one, one that becomes two."""

from uuid import uuid4

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from forms.desk.lives.answers import MergeAnswers, ShapeAnswers, SplitAnswers, problems
from forms.desk.lives.people import do, street_row
from forms.desk.outcome import SURE, in_words
from forms.desk.staff import Act
from forms.desk.visit import StreetSlug, Visit, Visiting
from forms.site.reading import typed
from schemas.refs import Slug
from schemas.shapes import Merge, Reshape, Split
from schemas.street import Phase
from store import desk

router = APIRouter(prefix="/{municipality}/straten/{street}/vorm")
PURPOSE = "split"


@router.get("")
async def shape(visit: Visiting, street: StreetSlug) -> Response:
    """What one can do with the shape."""
    visit.require(Act.RESHAPE)
    return await _page(visit, street)


@router.post("/" + Act.RESHAPE)
async def reshape(visit: Visiting, street: StreetSlug) -> Response:
    """Another shape, with words for the part."""
    visit.require(Act.RESHAPE)
    values = await typed(visit.request)
    try:
        answers = ShapeAnswers.model_validate(values)
    except ValidationError as error:
        return await _page(visit, street, problems(error), values)
    order = Reshape(shape=answers.shape, part=answers.part, by=visit.staff)
    return await do(visit, Act.RESHAPE, street, order, values)


@router.post("/" + Act.MERGE)
async def merge(visit: Visiting, street: StreetSlug) -> Response:
    """The street goes on in another; asked twice."""
    visit.require(Act.MERGE)
    row = await street_row(visit, street)
    values = await typed(visit.request)
    try:
        answers = MergeAnswers.model_validate(values)
    except ValidationError as error:
        return await _page(visit, street, problems(error), values)
    if SURE not in values:
        back = f"/{visit.municipality}/straten/{street}/vorm"
        sure = values | {SURE: "yes"}
        return visit.render("sure.html", question=Act.MERGE, street=row, back=back, typed=sure)
    return await do(visit, Act.MERGE, street, Merge(into=answers.into, by=visit.staff), values)


@router.post("/" + Act.SPLIT)
async def split(visit: Visiting, street: StreetSlug) -> Response:
    """A part goes on as a street of its own, with the gangmakers who live there."""
    visit.require(Act.SPLIT)
    row = await street_row(visit, street)
    values = await typed(visit.request)
    here = [ref for ref in row["gangmakers"] if values.get(f"woont-{ref}") == "yes"]
    try:
        answers = SplitAnswers.model_validate(values | {"people": here})
    except ValidationError as error:
        return await _page(visit, street, problems(error), values)
    order = Split(part=answers.split_part, people=answers.people, by=visit.staff)
    return await do(visit, Act.SPLIT, street, order, values)


async def _page(
    visit: Visit, slug: Slug, errors: dict[str, str] | None = None, values: dict[str, str] | None = None
) -> Response:
    row = await street_row(visit, slug)
    async with visit.desk.db.transaction() as conn:
        people = await visit.desk.vault.look(conn, row["gangmakers"], visit.staff, PURPOSE)
        others = await desk.other_active(conn, visit.municipality, slug)
    return visit.render(
        "shape.html",
        422 if errors else 200,
        here="streets",
        street=row,
        active=row["phase"] == Phase.ACTIVE,
        people=[(ref, people[ref]) for ref in row["gangmakers"] if ref in people],
        others=others,
        errors=in_words(visit, errors or {}),
        values={"shape": row["shape"], "part": row["part"] or ""} | (values or {}),
        new_form=uuid4,
    )
