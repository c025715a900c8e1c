"""Who is at the desk, and where: every page but the sign-in begins with a visit."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from forms.desk.commands import Temporal
from forms.desk.names import Names
from forms.desk.staff import HOMES, MAY, NAMES, WHO_ENTERS, Act, Role
from forms.settings import WebSettings
from forms.site.i18n import language_of
from forms.site.templating import Pages
from schemas.policy import Policy
from schemas.refs import Language, Slug, StaffRef
from schemas.sign_in import SignIn, is_loopback
from schemas.staff import How
from store import policies, sessions
from store.database import Database
from store.keys import Keyring
from store.vault import Vault

if TYPE_CHECKING:
    from forms.desk.entry.provider import Providers


@dataclass(frozen=True)
class Desk:
    """What the pages work with."""

    db: Database
    vault: Vault
    keyring: Keyring
    temporal: Temporal
    settings: WebSettings
    pages: Pages
    names: Names = field(default_factory=Names)

    @cached_property
    def providers(self) -> "Providers":
        """Read when somebody first signs in that way: its libraries are a tenth of the start."""
        from forms.desk.entry.provider import Providers  # noqa: PLC0415

        return Providers()

    def is_local(self, request: Request) -> bool:
        """Whether somebody may choose who they are: on a local stack, asked for on this very machine."""
        return self.settings.local_sign_in and is_loopback(request.url.hostname)

    @property
    def cookie(self) -> str:
        """The session's cookie. Ports share cookies, so on local http the port is in the name."""
        url = self.settings.desk_url
        return "__Host-straat" if url.startswith("https://") else f"straat-{url.rpartition(':')[2]}"


@dataclass(frozen=True)
class Visit:
    """Somebody signed in, at the desk of their own municipality."""

    desk: Desk
    request: Request
    session: sessions.Session
    policy: Policy

    @property
    def municipality(self) -> Slug:
        """The one municipality this session may see."""
        return self.session.municipality

    @property
    def staff(self) -> StaffRef:
        """Who acts."""
        return self.session.staff

    @property
    def role(self) -> Role:
        """As what."""
        return Role(self.session.role)

    @property
    def is_local(self) -> bool:
        """Whether the people of the local sign-in sit here too."""
        return self.desk.is_local(self.request)

    @property
    def home(self) -> str:
        """Where their desk begins."""
        return f"/{self.municipality}/{HOMES[self.role]}"

    @property
    def language(self) -> Language:
        """The reader's language."""
        return language_of(self.request)

    def may(self, act: Act) -> bool:
        """Whether the role may do this at all."""
        return self.role in MAY[act]

    def require(self, act: Act) -> None:
        """403 for who may not."""
        if not self.may(act):
            raise HTTPException(403)

    def render(
        self, template: str, status: int = 200, *, errors: dict[str, str] | None = None, **values: object
    ) -> Response:
        """A page of the desk."""
        return self.desk.pages.render(
            self.request, template, status, policy=self.policy, errors=errors, visit=self, **values
        )


class SignInFirst(Exception):
    """Nobody is signed in (any more)."""


def desk_of(request: Request) -> Desk:
    """The desk of this app."""
    desk: Desk = request.app.state.desk
    return desk


async def visit(request: Request) -> Visit:
    """The visit of this request, in a room that the role enters (else 403)."""
    visiting = await anybody(request)
    room = request.url.path.split("/")[2]
    if visiting.role not in WHO_ENTERS.get(room, frozenset()):
        raise HTTPException(403)
    return visiting


async def anybody(request: Request) -> Visit:
    """Whoever is signed in; :class:`SignInFirst` without a session, 404 for another municipality.

    The municipality is read from the address as it stands there: as a parameter FastAPI would look at it a
    hundred times at the start, and once more on each page.
    """
    desk = desk_of(request)
    token = request.cookies.get(desk.cookie)
    if token is None:
        raise SignInFirst
    async with desk.db.connection() as conn:
        session = await sessions.touch(conn, token)
        if session is None:
            raise SignInFirst
        found = await policies.current(conn, session.municipality)
        if found is not None and not _is_a_way_in(desk, request, session.how, found[0].sign_in):
            raise SignInFirst
        NAMES.set(await desk.names.of(conn, desk.vault, session.municipality))
    if found is None or session.municipality != request.path_params["municipality"]:
        raise HTTPException(404)
    request.state.policy = found[0]
    return Visit(desk, request, session, found[0])


def _is_a_way_in(desk: Desk, request: Request, how: str, ways: SignIn) -> bool:
    """Whether one could still sign in as this session did: here, and by today's policy."""
    if how == How.LOCAL:
        return desk.is_local(request)
    return ways.passkeys if how == How.PASSKEY else ways.provider is not None


Visiting = Annotated[Visit, Depends(visit)]
SignedIn = Annotated[Visit, Depends(anybody)]
"""Whoever it is, for the few addresses that are no room."""
StreetSlug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]
WorkflowId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,200}$")]
