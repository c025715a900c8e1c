"""The feed of events: one municipality's, in order, from a cursor, as the webhooks tell them."""

import httpx

from schemas.client import Scope
from schemas.facts import Fact
from store import events, registry
from store.database import Database
from tests.web.api.conftest import KeyFor, bearer


def fact(number: int, municipality: str = "rotterdam") -> Fact:
    """A street that fell asleep."""
    return Fact(
        key=f"f{municipality}{number}",
        name="street.asleep",
        municipality=municipality,
        subject=f"straat-{number}",
    )


async def test_the_feed_goes_on_from_its_cursor(
    http: httpx.AsyncClient, key_for: KeyFor, db: Database
) -> None:
    key = await key_for([Scope.EVENTS_READ])
    nothing = (await http.get("/events", headers=bearer(key))).json()
    assert (nothing["items"], nothing["cursor"]) == ([], 0)
    async with db.transaction() as conn:
        for each in (fact(1), fact(2, "aalsmeer"), fact(3)):
            await registry.enter(conn, each)
        await events.give_places(conn, "http://127.0.0.1:8600/api/v1")
    page = (await http.get("/events", headers=bearer(key))).json()
    assert [event["subject"] for event in page["items"]] == ["straat-1", "straat-3"]
    first = page["items"][0]
    assert first["type"] == "nl.lief-en-leedstraten.streets.fell-asleep.v1"
    assert first["time"].endswith("Z")
    assert first["dataref"].endswith("/api/v1/streets/straat-1")
    again = (await http.get(f"/events?after={page['cursor']}", headers=bearer(key))).json()
    assert (again["items"], again["cursor"]) == ([], page["cursor"])
    async with db.transaction() as conn:
        await registry.enter(conn, fact(4))
        await events.give_places(conn, "http://127.0.0.1:8600/api/v1")
    more = (await http.get(f"/events?after={page['cursor']}", headers=bearer(key))).json()
    assert [event["subject"] for event in more["items"]] == ["straat-4"]


async def test_a_cursor_that_is_none(http: httpx.AsyncClient, key_for: KeyFor) -> None:
    key = await key_for([Scope.EVENTS_READ])
    for wrong in ("x", "-1", "9" * 30):
        assert (await http.get(f"/events?after={wrong}", headers=bearer(key))).status_code == 400, wrong
