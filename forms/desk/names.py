"""The names of colleagues, opened from the vault now and then; nothing keeps them long."""

import time
from collections.abc import Mapping

from schemas.refs import Slug, StaffRef
from store import clients, staff
from store.database import Connection
from store.staff import Named
from store.vault import Vault

FRESH_SECONDS = 20.0
"""How long another process may not know yet that somebody came or left."""


class Names:
    """By municipality, for a short while."""

    def __init__(self) -> None:
        self._known: dict[Slug, tuple[float, Mapping[StaffRef, Named]]] = {}

    async def of(self, conn: Connection, vault: Vault, municipality: Slug) -> Mapping[StaffRef, Named]:
        """How to show everybody who works here, or did, and the systems that are connected."""
        until, known = self._known.get(municipality, (0.0, {}))
        if time.monotonic() < until:
            return known
        found = await staff.names(conn, vault, municipality)
        for ref, name in (await clients.names(conn, municipality)).items():
            found[ref] = Named(name, ended=False)
        self._known[municipality] = (time.monotonic() + FRESH_SECONDS, found)
        return found

    def forget(self, municipality: Slug) -> None:
        """Somebody came, left or has another name."""
        self._known.pop(municipality, None)
