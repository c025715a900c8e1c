"""The address of somebody else's street, concern, batch or story, with a session that is in order."""

from uuid import uuid4

import pytest

from tests.web.addresses import Address, addresses
from tests.web.house import DESK, ELSEWHERE, HERE, House, browser_of, sit_down
from tests.web.test_get_changes_nothing import watching

OWN = {"municipality", "step", "act", "kind", "report", "year", "file"}
"""Places that are everybody's."""

SEATS = ("coordinator-1", "treasurer-1", "scout-1", "privacy-1", "lead-1", "operator-1")

HERE_FIRST = "/{municipality}"
"""What begins otherwise is the way in, for who has no session yet."""


@pytest.mark.parametrize("seat", SEATS)
async def test_an_id_of_another_municipality_opens_nothing(house: House, seat: str) -> None:
    """Each address with what exists in The Hague, asked at the desk of Aalsmeer."""
    app, tried = house.desk(), 0
    async with browser_of(app, DESK) as browser, watching(house) as watch:
        await sit_down(browser, seat, ELSEWHERE)
        await watch.changed()
        for address in addresses(app):
            if not set(address.places) - OWN or not address.path.startswith(HERE_FIRST):
                continue
            for method in address.methods - {"HEAD"}:
                path = house.real(address, ELSEWHERE)
                form = {"data": {"form": str(uuid4())}} if method == "POST" else {}
                answer = await browser.request(method, path, **form)
                tried += 1
                # What is gone already can be taken away once more: that is no mistake, and changes nothing.
                gone = (303,) if path.endswith("/weg") else ()
                assert answer.status_code in (400, 403, 404, 422, *gone), (method, path, answer.status_code)
                assert await watch.changed() == [], path
    assert tried > 30


@pytest.mark.parametrize("seat", SEATS)
async def test_another_municipality_in_the_address_opens_nothing(house: House, seat: str) -> None:
    """Each address of The Hague itself, with the session of Aalsmeer."""
    app = house.desk()
    async with browser_of(app, DESK) as browser, watching(house) as watch:
        await sit_down(browser, seat, ELSEWHERE)
        await watch.changed()
        for address in addresses(app):
            if not address.path.startswith(HERE_FIRST) or address.path.endswith(
                ("gezicht.css", "logo.{kind}")
            ):
                continue
            for method in address.methods - {"HEAD"}:
                form = {"data": {"form": str(uuid4())}} if method == "POST" else {}
                answer = await browser.request(method, house.real(address, HERE), **form)
                assert answer.status_code == 404, (method, address.path, answer.status_code)
                assert await watch.changed() == [], address.path


async def test_what_exists_does_open_at_its_own_desk(house: House) -> None:
    """Else the tests above would say nothing: the ids are those of things that are there."""
    app, opened = house.desk(), set()
    for seat in SEATS:
        async with browser_of(app, DESK) as browser:
            await sit_down(browser, seat)
            for address in addresses(app):
                if _names_something(address):
                    answer = await browser.get(house.real(address))
                    opened |= {address.path} if answer.status_code == 200 else set()
    assert {each.path for each in addresses(app) if _names_something(each)} - opened == set()


def _names_something(address: Address) -> bool:
    return bool(
        "GET" in address.methods and address.path.startswith(HERE_FIRST) and set(address.places) - OWN
    )
