"""What became of a command, as a page: shared by all the buttons of the desk."""

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from forms.desk.commands import Fate
from forms.desk.visit import Visit
from forms.site.i18n import language_of, translated

SURE = "sure"
"""The field that says somebody answered *are you sure*."""


def form_id(values: dict[str, str]) -> UUID:
    """The form's own id, which makes a double click one command. Raises 400 without one."""
    try:
        return UUID(values.get("form", ""))
    except ValueError:
        raise HTTPException(400) from None


def ask_again(visit: Visit, question: str, subject: str, values: dict[str, str], back: str) -> Response:
    """The page that says what will happen and asks *are you sure*; ``subject`` is what it happens to."""
    typed = values | {SURE: "yes"}
    return visit.render("sure.html", question=question, subject=subject, back=back, typed=typed)


def undelivered(visit: Visit, fate: object, *, back: str, values: dict[str, str]) -> Response | None:
    """The page of 503 for a command that may not have arrived; None for one that has its answer.

    ``back`` is where one sees how things stand.
    """
    if fate is Fate.AWAY:
        return visit.render("error.html", 503, told=503, typed=values)
    if fate is Fate.UNSURE:
        return visit.render("unsure.html", 503, back=back, typed=values)
    return None


def in_words(visit: Visit, errors: dict[str, str]) -> dict[str, str]:
    """The sentences in the reader's language."""
    language = language_of(visit.request)
    return {field: translated(sentence, language) for field, sentence in errors.items()}
