"""Languages of the pages. Dutch sentences are the msgids; the other catalogues are read when first needed."""

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.refs import Language

if TYPE_CHECKING:
    # What reads catalogues is read with them, when somebody first asks for another language than Dutch.
    from babel.messages.catalog import Catalog

LOCALE = Path(__file__).parents[1] / "locale"
CHOICE = "taal"
"""The query key and the cookie that hold a reader's language."""

REMEMBERED_SECONDS = 30 * 24 * 3600
NAMES = {Language.NL: "Nederlands", Language.EN: "English"}


def marked(message: str) -> str:
    """Marks a sentence for the catalogue where it is written down but not yet shown."""
    return message


def catalogue_paths(language: Language) -> list[Path]:
    """Where a language keeps its sentences: one file a room of the house."""
    return sorted((LOCALE / language / "LC_MESSAGES").glob("*.po"))


def catalogue(language: Language) -> "Catalog":
    """All sentences of a language."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    whole = Catalog(locale=language)
    for path in catalogue_paths(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    whole[message.id] = message
    return whole


@cache
def translations(language: Language) -> NullTranslations:
    """The catalogue of a language; Dutch speaks for itself."""
    if language is Language.NL:
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.support import Translations  # noqa: PLC0415

    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled)


def translated(message: str, language: Language) -> str:
    """A marked sentence in the reader's language."""
    return translations(language).gettext(message)


def language_of(request: Request) -> Language:
    """The language that :class:`LanguageChoice` found."""
    language: Language = request.state.language
    return language


def _known(code: str | None) -> Language | None:
    return Language(code) if code in list(Language) else None


class LanguageChoice:
    """Reads the reader's language from the address, else from the cookie; a choice is remembered."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set ``request.state.language``."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        chosen = _known(request.query_params.get(CHOICE))
        request.state.language = chosen or _known(request.cookies.get(CHOICE)) or Language.NL

        async def remembering(message: Message) -> None:
            if chosen and message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", self._cookie(chosen))
            await send(message)

        await self._app(scope, receive, remembering)

    def _cookie(self, language: Language) -> str:
        response = Response()
        response.set_cookie(
            CHOICE, language, max_age=REMEMBERED_SECONDS, secure=self._secure, httponly=True, samesite="lax"
        )
        return response.headers["set-cookie"]
