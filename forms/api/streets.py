"""The streets of a municipality, for other systems: what a street is and how it stands, nobody's name."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

import asyncpg
from fastapi import Path, Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from forms.api.caller import Caller, Calling, operations
from forms.api.problems import Kind, Refused
from forms.api.telling import Asked, Link, Links, PageLinks, Told
from schemas.client import Scope
from schemas.street import Phase, Shape
from schemas.suppression import SMALLEST_SHOWN
from store import telling

router = operations(Scope.STREETS_READ, "streets")

MOST = 100
SlugText = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,80}$")]


class StreetFilter(Asked):
    """Which streets, and which page of them."""

    phase: Phase | None = Field(None, description="Alleen straten in deze fase.", examples=["active"])
    wijk: str | None = Field(
        None, max_length=300, description="Alleen straten in deze wijk.", examples=["Noord"]
    )
    page_size: int = Field(50, ge=1, le=MOST, description="Hoeveel straten op een pagina.", examples=[50])
    cursor: SlugText | None = Field(
        None,
        description="Waar de pagina begint. Neem hem over uit de link naar de volgende pagina.",
        examples=["rozenlaan"],
    )

    def after(self, cursor: str) -> dict[str, str]:
        """The query of the page that begins after a street."""
        kept = {"phase": self.phase, "wijk": self.wijk, "pageSize": self.page_size, "cursor": cursor}
        return {name: str(value) for name, value in kept.items() if value is not None}


class Street(Told):
    """A street."""

    slug: str = Field(description="Hoe de straat in adressen heet.", examples=["rozenlaan"])
    name: str = Field(examples=["Rozenlaan"])
    part: str | None = Field(description="Welk deel van een lange straat.", examples=["tot de brug"])
    wijk: str = Field(examples=["Noord"])
    phase: Phase = Field(examples=["active"])
    shape: Shape = Field(description="Wat samen één potje heeft.", examples=["street"])
    since: date | None = Field(description="De dag waarop de straat begon.", examples=["2026-04-01"])
    gangmakers: int | None = Field(
        description=f"Hoeveel gangmakers. Leeg onder {SMALLEST_SHOWN}: dat zegt te veel over mensen.",
        examples=[6],
    )
    links: Links = Field(alias="_links")


class Streets(Told):
    """A page of streets, by slug."""

    items: list[Street]
    links: PageLinks = Field(alias="_links")


def _told(caller: Caller, row: asyncpg.Record) -> Street:
    several = row["gangmakers"] >= SMALLEST_SHOWN
    return Street(
        **{**dict(row), "gangmakers": row["gangmakers"] if several else None},
        links=Links(self=Link(href=f"{caller.api.url}/streets/{row['slug']}")),
    )


@router.get("/streets", operation_id="listStreets", summary="Lees de straten")
async def read_all(calling: Calling, asked: Annotated[StreetFilter, Query()], response: Response) -> Streets:
    """Geeft de straten van uw gemeente, op volgorde van hun slug.

    Een straat die stopte voordat zij begon, staat er niet bij: dat zou over de aanmelder gaan.
    """
    wanted = telling.Asked(asked.phase, asked.wijk, asked.cursor)
    rows: list[asyncpg.Record] = []
    if asked.wijk is None or asked.wijk.isprintable():
        async with calling.api.db.connection() as conn:
            rows = await telling.streets(conn, calling.policy.slug, wanted, asked.page_size + 1)
    shown = rows[: asked.page_size]
    links = PageLinks(self=Link(href=f"{calling.api.url}/streets"))
    if len(rows) > len(shown):
        links.next = Link(href=f"{calling.api.url}/streets?{urlencode(asked.after(shown[-1]['slug']))}")
        response.headers["Link"] = f'<{links.next.href}>; rel="next"'
    return Streets(items=[_told(calling, row) for row in shown], links=links)


@router.get("/streets/{slug}", operation_id="getStreet", summary="Lees één straat")
async def read(
    calling: Calling,
    slug: Annotated[SlugText, Path(description="Hoe de straat in adressen heet.", examples=["rozenlaan"])],
) -> Street:
    """Geeft één straat van uw gemeente."""
    async with calling.api.db.connection() as conn:
        row = await telling.street(conn, calling.policy.slug, slug)
    if row is None:
        raise Refused(Kind.NOT_FOUND)
    return _told(calling, row)
