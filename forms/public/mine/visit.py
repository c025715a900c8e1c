"""Who is inside *my data*: every page there begins with a visit, and its records are looked up anew."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.door import cookies
from forms.public.mine.words import sentence
from forms.public.site import Site, policy_of, site_of
from forms.site.i18n import language_of
from forms.site.reading import typed
from schemas.policy import Policy
from schemas.refs import Language, VaultRef
from store import people
from store.vault import Vault


def mine_path(policy: Policy, page: str = "") -> str:
    """Where a page is."""
    return f"/{policy.slug}/mijn-gegevens{'/' if page else ''}{page}"


@dataclass(frozen=True)
class Visit:
    """Somebody inside: the record they came in by, and all records of their address."""

    request: Request
    site: Site
    policy: Policy
    person: VaultRef
    refs: list[VaultRef]
    answers: dict[str, str]

    @property
    def vault(self) -> Vault:
        """The vault of the site."""
        return Vault(self.site.keyring)

    @property
    def language(self) -> Language:
        """The reader's language."""
        return language_of(self.request)

    def to(self, page: str, done: str = "") -> RedirectResponse:
        """Go to another page, which may say what was done."""
        return RedirectResponse(mine_path(self.policy, page) + (f"?klaar={done}" if done else ""), 303)

    def render(
        self, template: str, status: int = 200, *, errors: dict[str, str] | None = None, **values: object
    ) -> Response:
        """A page inside."""
        return self.site.pages.render(
            self.request, template, status, policy=self.policy, errors=errors, inside=True, **values
        )


Inside = Callable[[Visit], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Response]]


def inside(page: Inside) -> Handler:
    """A page for who came in with a code only; the others hear how to."""

    @wraps(page)
    async def entered(request: Request) -> Response:
        answers = await typed(request) if request.method == "POST" else {}
        policy, site = await policy_of(request), site_of(request)
        token = cookies.read(request, cookies.MINE_INSIDE)
        async with site.db.transaction() as conn:
            person = await people.touch(conn, policy.slug, token) if token else None
            refs = await people.records(conn, Vault(site.keyring), policy.slug, person) if person else []
        if person is None or not refs:
            return shut(request, policy)
        return await page(Visit(request, site, policy, person, refs, answers))

    return entered


def shut(request: Request, policy: Policy) -> Response:
    """Nobody is inside, or not any more."""
    return site_of(request).pages.render(request, "mine_shut.html", 403, policy=policy)


def problems(model: type[BaseModel], answers: dict[str, str], language: Language) -> dict[str, str]:
    """What is wrong with a form, as sentences by field; empty when it is well."""
    given = {name: answers[name] for name in model.model_fields if answers.get(name, "").strip()}
    try:
        model.model_validate(given)
    except ValidationError as error:
        found: dict[str, str] = {}
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            found.setdefault(str(each["loc"][0]), each["type"].removeprefix("string_"))
        return {name: sentence(name, found[name], language) for name in model.model_fields if name in found}
    return {}


def read(model: type[BaseModel], answers: dict[str, str]) -> dict[str, str]:
    """What of a form was filled in."""
    return {name: answers[name] for name in model.model_fields if answers.get(name, "").strip()}
