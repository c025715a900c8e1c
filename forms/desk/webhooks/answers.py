"""What somebody types about a webhook. Mistakes become Dutch sentences."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from forms.desk.webhooks.words import MISTAKES
from schemas.events import Kind
from schemas.model import Model
from schemas.webhook import WebhookForm, checked_url

ALL, SOME = "all", "some"


def _tidy(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _checked(text: str, info: ValidationInfo) -> str:
    return checked_url(text.strip(), local=bool(info.context and info.context["local"]))


class WebhookAnswers(Model):
    """A name, an address, and everything or the ticked kinds. ``local`` is in the context."""

    name: Annotated[str, BeforeValidator(_tidy), StringConstraints(min_length=2, max_length=60)]
    url: Annotated[str, AfterValidator(_checked)]
    which: str
    kinds: Annotated[list[Kind], Field(default_factory=list)]

    def form(self) -> WebhookForm:
        """As it is kept; raises ``PydanticCustomError`` where none is chosen."""
        if self.which != ALL and not self.kinds:
            raise PydanticCustomError("kinds", "none chosen")
        return WebhookForm(name=self.name, url=self.url, kinds=[] if self.which == ALL else self.kinds)


def read(
    values: dict[str, str], kinds: list[str], *, local: bool
) -> tuple[WebhookForm | None, dict[str, str]]:
    """The webhook, or a sentence for each field that is wrong. What was typed is not in it."""
    found: dict[str, str] = {}
    try:
        answers = WebhookAnswers.model_validate(
            {"which": ALL, **values, "kinds": kinds}, context={"local": local}
        )
        return answers.form(), found
    except PydanticCustomError as error:
        found[error.type] = MISTAKES[error.type]
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            field = str(one["loc"][0])
            found.setdefault(field, MISTAKES.get(one["type"]) or MISTAKES[field])
    return None, found
