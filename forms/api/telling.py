"""How answers look: camelCase, links, moments in UTC."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Moment = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""A moment, told in UTC."""


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Asked(BaseModel):
    """A request: what we do not know is refused, for it is most likely a mistake."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Link(Told):
    """Where something is."""

    href: str = Field(examples=["https://straten.example/api/v1/streets/rozenlaan"])


class Links(Told):
    """Where this is."""

    self: Link


class PageLinks(Links):
    """Where this page is, and the next; without one this was the last."""

    next: Link | None = None


class Amount(Told):
    """An amount of money, in whole euro cents."""

    cents: int = Field(examples=[150000])
    currency: str = Field("EUR", examples=["EUR"])
