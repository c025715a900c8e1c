"""What the handlers of the public pages share: it hangs on the app, and knows the municipalities."""

import time
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request

from forms.settings import WebSettings
from forms.site.templating import Pages
from schemas.policy import Policy
from store import policies
from store.database import LOST, Database
from store.keys import Keyring

FRESH_SECONDS = 2.0


@dataclass
class Municipalities:
    """The policies in force; while PostgreSQL is away the last known ones, so that a form goes on."""

    db: Database
    _known: dict[str, Policy] = field(default_factory=dict)
    _read_at: float | None = None

    async def all(self) -> dict[str, Policy]:
        """By slug. Raises one of :data:`~store.database.LOST` when none were ever read."""
        if self._read_at is None or time.monotonic() - self._read_at > FRESH_SECONDS:
            await self._read()
        return self._known

    async def _read(self) -> None:
        try:
            async with self.db.connection() as conn:
                found = await policies.all_current(conn)
        except LOST:
            if self._read_at is None:
                raise
        else:
            self._known = {policy.slug: policy for policy in found}
        self._read_at = time.monotonic()


@dataclass(frozen=True)
class Site:
    """The parts of the public site."""

    db: Database
    keyring: Keyring
    settings: WebSettings
    pages: Pages
    municipalities: Municipalities

    @property
    def secure(self) -> bool:
        """Whether cookies may be sent over https only."""
        return self.settings.public_url.startswith("https://")


def site_of(request: Request) -> Site:
    """The site this request came to."""
    site: Site = request.app.state.site
    return site


async def policy_of(request: Request) -> Policy:
    """The policy of the municipality in the address; 404 when it does not take part."""
    policy = (await site_of(request).municipalities.all()).get(request.path_params["municipality"])
    if policy is None:
        raise HTTPException(404)
    request.state.policy = policy
    return policy
