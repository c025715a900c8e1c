"""What happened to the streets of a municipality, in one line, for systems that fetch."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from forms.api.caller import Calling, operations
from forms.api.telling import Asked, Link, Links, Moment, Told
from schemas.client import Scope
from schemas.events import CloudEvent, Value
from store import events

router = operations(Scope.EVENTS_READ, "events")

FURTHEST = 2**62
NOW = "2026-04-01T09:30:00Z"


class FeedAsked(Asked):
    """Where to go on."""

    after: int = Field(
        0,
        ge=0,
        le=FURTHEST,
        description="De cursor van het vorige antwoord; zonder cursor vanaf het oudste bericht.",
        examples=[0],
    )


class Event(Told):
    """An event: CloudEvents 1.0 by the NL GOV profile."""

    specversion: str = Field(examples=["1.0"])
    id: str = Field(
        description="Altijd hetzelfde voor hetzelfde bericht.",
        examples=["0b5f7d0e-6f3c-4f0e-9a55-6a6f0f8f3d21"],
    )
    source: str = Field(examples=["urn:nld:gemeente-rotterdam:systeem:lief-en-leedstraten"])
    type: str = Field(examples=["nl.lief-en-leedstraten.streets.accepted.v1"])
    subject: str = Field(description="De straat.", examples=["rozenlaan"])
    time: Moment = Field(examples=[NOW])
    datacontenttype: str = Field(examples=["application/json"])
    dataref: str | None = Field(
        None,
        description="Waar de straat te lezen is.",
        examples=["https://straten.example/api/v1/streets/rozenlaan"],
    )
    data: dict[str, Value] = Field(examples=[{"street": "rozenlaan", "phase": "active"}])


class Events(Told):
    """A piece of the feed."""

    items: list[Event]
    cursor: int = Field(
        description="Waar u verdergaat; dezelfde als u vroeg, als er niets nieuws is.", examples=[42]
    )
    links: Links = Field(alias="_links")


def _told(event: CloudEvent) -> Event:
    return Event.model_validate(event.model_dump(exclude={"id"}) | {"id": str(event.id)})


@router.get(
    "/events", operation_id="listEvents", summary="Lees de berichten", response_model_exclude_none=True
)
async def read_all(calling: Calling, asked: Annotated[FeedAsked, Query()]) -> Events:
    """Geeft de berichten van uw gemeente na een cursor, het oudste eerst; ze blijven negentig dagen.

    Een bericht staat er even nadat het gebeurde. Wie de cursor bewaart, mist er geen een.
    """
    async with calling.api.db.connection() as conn:
        page = await events.after(conn, calling.policy.slug, asked.after)
    here = Link(href=f"{calling.api.url}/events?after={asked.after}")
    return Events(items=list(map(_told, page.events)), cursor=page.cursor, links=Links(self=here))
