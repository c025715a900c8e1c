"""Who is behind the street's door: every page inside begins with a visit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from uuid import UUID

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.door import cookies
from forms.public.door.problems import Answers, Read, read
from forms.public.site import Site, policy_of, site_of
from forms.site.i18n import language_of
from forms.site.reading import typed
from schemas.calendar import dutch_date
from schemas.door import Gangmaker
from schemas.policy import Policy
from store import door
from store.vault import Vault


def door_path(policy: Policy, page: str = "") -> str:
    """Where a page of the door is."""
    return f"/{policy.slug}/mijn-straat{'/' if page else ''}{page}"


@dataclass(frozen=True)
class Visit:
    """A gangmaker inside; ``answers`` is what they sent with a form."""

    request: Request
    site: Site
    policy: Policy
    who: Gangmaker
    answers: Answers

    @property
    def vault(self) -> Vault:
        """The vault of the site."""
        return Vault(self.site.keyring)

    @property
    def today(self) -> date:
        """The calendar date in the Netherlands."""
        return dutch_date(datetime.now(UTC))

    @property
    def form(self) -> UUID:
        """The hidden id of the form; 400 without one."""
        return uuid_of(self.answers.get("form", ""), 400)

    def read(self, model: type[BaseModel]) -> Read:
        """What was typed, as a model of :mod:`schemas.door` or as sentences."""
        return read(model, self.answers, language_of(self.request), self.today)

    def to(self, page: str = "", done: str = "") -> RedirectResponse:
        """Go to another page inside, which may say what was done."""
        return RedirectResponse(door_path(self.policy, page) + (f"?klaar={done}" if done else ""), 303)

    def render(
        self, template: str, status: int = 200, *, errors: dict[str, str] | None = None, **values: object
    ) -> Response:
        """A page inside."""
        return self.site.pages.render(
            self.request, template, status, policy=self.policy, errors=errors, who=self.who, **values
        )


Inside = Callable[[Visit], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Response]]


def uuid_of(text: str, otherwise: int) -> UUID:
    """The UUID in an address or a form; a refusal with that status when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(otherwise) from None


def inside(page: Inside) -> Handler:
    """A page for gangmakers of the street only; the others hear how to get in."""

    @wraps(page)
    async def entered(request: Request) -> Response:
        answers = await typed(request) if request.method == "POST" else {}
        policy, site = await policy_of(request), site_of(request)
        who = await visitor(request, policy)
        if who is None:
            return shut(request, policy, answers)
        return await page(Visit(request, site, policy, who, answers))

    return entered


async def visitor(request: Request, policy: Policy) -> Gangmaker | None:
    """Who is inside, as the cookie says; their half hour begins again."""
    token = cookies.read(request, cookies.INSIDE)
    if not token:
        return None
    async with site_of(request).db.connection() as conn:
        return await door.touch(conn, policy.slug, token)


def shut(request: Request, policy: Policy, answers: Answers) -> Response:
    """The door is shut. A story that was being typed is shown once more, so that it is not lost."""
    unsent = answers.get("text", "")
    return site_of(request).pages.render(request, "door_shut.html", 403, policy=policy, unsent=unsent)
