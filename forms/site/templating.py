"""Pages: Jinja2 with autoescape and no silent gaps, one environment a language."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from forms.site.assets import FOR_GOOD, asset
from forms.site.i18n import CHOICE, NAMES, language_of, translations
from forms.site.security import CSP, PICTURE
from forms.site.speaking import Speaking
from schemas.calendar import in_words, long_date, long_moment
from schemas.money import format_euros
from schemas.policy import Policy
from schemas.refs import Language

TEMPLATES = Path(__file__).parent / "templates"

ACCENT = """:root{--sun:#}
@supports (color: color-mix(in srgb, red, blue)){
:root{--sun-soft:color-mix(in srgb,var(--sun) 14%,var(--paper))}
}
"""


def face_css(policy: Policy) -> str:
    """The stylesheet with a municipality's colours; the rest of the tokens follow from them."""
    face, accent = f":root{{--face:{policy.face.colour}}}\n", policy.face.accent
    return face + ACCENT.replace("#", accent, 1) if accent else face


def face_url(policy: Policy) -> str:
    """Where that stylesheet is; the address changes with its contents."""
    version = sha256(face_css(policy).encode()).hexdigest()[:10]
    return f"/{policy.slug}/gezicht.css?v={version}"


def logo_url(policy: Policy) -> str | None:
    """Where the municipality's own logo is, if it has one."""
    return f"/{policy.slug}/{policy.face.logo.path}" if policy.face.logo else None


def logo_of(policy: Policy | None, kind: str) -> Response:
    """The logo itself; 404 for a municipality, or a kind of file, that has none."""
    logo = policy.face.logo if policy else None
    if logo is None or logo.kind != kind:
        raise HTTPException(404)
    headers = {CSP: PICTURE, "Cache-Control": FOR_GOOD}
    return Response(logo.content, media_type=logo.media_type, headers=headers)


def _environment(language: Language, folders: tuple[Path, ...]) -> Environment:
    env = Speaking(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )

    def gettext(text: str) -> str:
        return translations(language).gettext(text)

    def ngettext(one: str, many: str, number: int) -> str:
        return translations(language).ngettext(one, many, number)

    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    said = _said(gettext)
    env.globals.update(gettext=said, _=said)
    env.globals.update(
        asset=asset, language=language, language_names=NAMES, face_url=face_url, logo_url=logo_url
    )
    env.filters.update(_filters(language))
    return env


def _said(translate: Callable[[str], str]) -> Callable[..., Markup]:
    """Jinja's ``gettext``, which remembers: a list says the same words hundreds of times."""

    @lru_cache(4096)
    def plain(text: str) -> Markup:
        return Markup(translate(text)) % {}  # noqa: S704  # words of our own, from a catalogue

    def said(text: str, /, **values: object) -> Markup:
        return Markup(translate(text)) % values if values else plain(text)  # noqa: S704

    return said


def _filters(language: Language) -> dict[str, Any]:
    def euros(cents: int) -> str:
        return format_euros(cents, language).removesuffix(",00").removesuffix(".00").replace(" ", "\u00a0")

    def day(value: date) -> str:
        return long_date(value, language)

    def moment(value: datetime) -> str:
        return long_moment(value, language)

    def span(value: timedelta) -> str:
        return in_words(value, language)

    return {"euros": euros, "long_date": day, "long_moment": moment, "in_words": span}


def language_links(request: Request) -> dict[Language, str]:
    """The same page in each language; the rest of the query stays."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != CHOICE]
    return {language: f"?{urlencode([*kept, (CHOICE, language)])}" for language in Language}


class Pages:
    """Renders the templates of an app, found in its own ``folders`` first and in the shared ones after."""

    def __init__(self, *folders: Path) -> None:
        self.environments = {language: _environment(language, folders) for language in Language}

    def render(
        self,
        request: Request,
        template: str,
        status: int = 200,
        *,
        policy: Policy | None = None,
        errors: dict[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """A page in the reader's language. ``errors`` (by field) put "Fout:" before its title."""
        page = self.environments[language_of(request)].get_template(template)
        html = page.render(
            request=request,
            language_links=language_links(request),
            policy=policy,
            errors=errors or {},
            **values,
        )
        return HTMLResponse(html, status)
