"""Koppelingen: the lead makes a key that is shown once, and withdraws it; the operator looks."""

import re
from uuid import uuid4

import httpx
import pytest

from schemas.client import Scope, hash_of, is_key, new_key
from store import clients
from store.clients import NewClient
from store.database import Database
from tests.today import today
from tests.web.desk.conftest import Seat

HERE = "/den-haag/koppelingen"
FILLED = {"name": " Open   Formulieren ", "scopes": ["submissions:write", "streets:read"], "life": "90"}


def key_in(page: httpx.Response) -> str:
    found = re.search(r">(straat_[a-z2-7]{47})<", page.text)
    assert found
    return found[1]


async def made(lead: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await lead.post(HERE, data=FILLED | {"form": str(uuid4())} | changes)


async def test_a_key_is_made_and_shown_once(seat: Seat, rows: Database) -> None:
    lead, form = await seat("lead-1"), str(uuid4())
    page = await made(lead, form=form)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    key = key_in(page)
    assert is_key(key)
    async with rows.connection() as conn:
        (row,) = await conn.fetch("select * from client.client")
    assert row["key_hash"] == hash_of(key)
    assert (str(row["id"]), row["name"], row["made_by"]) == (form, "Open Formulieren", "den-haag:lead-1")
    assert row["scopes"] == ["submissions:write", "streets:read"]
    assert (row["expires_on"] - today()).days == 90
    again = await made(lead, form=form)
    assert again.headers["location"] == f"{HERE}?gedaan=gemaakt"
    after = await lead.get(again.headers["location"])
    assert key not in after.text
    assert "Open Formulieren" in after.text
    assert "al gemaakt en getoond" in after.text


async def test_a_key_is_withdrawn_after_a_yes(seat: Seat, rows: Database) -> None:
    lead = await seat("lead-1")
    key = key_in(await made(lead))
    async with rows.connection() as conn:
        (row,) = await clients.all_of(conn, "den-haag")
    address = f"{HERE}/sleutels/{row['id']}/weg"
    asked = await lead.post(address, data={"form": str(uuid4())})
    assert "Deze sleutel intrekken?" in asked.text
    async with rows.transaction() as conn:
        assert await clients.known_by(conn, key, today()), "asking changes nothing"
    done = await lead.post(address, data={"sure": "1"})
    assert "Het systeem kan er niets meer mee" in (await lead.get(done.headers["location"])).text
    async with rows.transaction() as conn:
        assert await clients.known_by(conn, key, today()) is None
    assert (await lead.post(address, data={"sure": "1"})).status_code == 303, "twice is once"


async def test_another_municipality_s_key_is_not_theirs_to_see_or_end(seat: Seat, rows: Database) -> None:
    elsewhere = NewClient(uuid4(), "rotterdam", "Elders", [Scope.TOTALS_READ], today())
    async with rows.transaction() as conn:
        await clients.make(conn, elsewhere, new_key(), "rotterdam:lead-1")
    lead = await seat("lead-1")
    assert "Elders" not in (await lead.get(HERE)).text
    assert (await lead.post(f"{HERE}/sleutels/{elsewhere.id}/weg", data={"sure": "1"})).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "<b>"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"life": "9999"}, "life"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    seat: Seat, rows: Database, changes: dict[str, object], field: str
) -> None:
    page = await made(await seat("lead-1"), **changes)
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    async with rows.connection() as conn:
        assert await clients.all_of(conn, "den-haag") == []


async def test_an_operator_looks_and_changes_nothing(seat: Seat) -> None:
    await made(await seat("lead-1"))
    operator = await seat("operator-1")
    page = await operator.get(HERE)
    assert "Open Formulieren" in page.text
    assert "Maak een sleutel" not in page.text
    assert "Trek in" not in page.text
    assert (await made(operator)).status_code == 403


async def test_who_made_and_ended_it_is_in_the_log(seat: Seat, rows: Database) -> None:
    lead = await seat("lead-1")
    await made(lead)
    async with rows.connection() as conn:
        (row,) = await clients.all_of(conn, "den-haag")
    await lead.post(f"{HERE}/sleutels/{row['id']}/weg", data={"sure": "1"})
    log = (await lead.get("/den-haag/logboek")).text
    assert "Een ander systeem kreeg een sleutel." in log
    assert "De sleutel van een ander systeem is ingetrokken." in log
    assert "Lena" in log


async def test_what_a_client_does_bears_its_name(seat: Seat, rows: Database) -> None:
    """In the log and in the story of the street, by the name it was given."""
    lead = await seat("lead-1")
    await made(lead)
    async with rows.transaction() as conn:
        (row,) = await clients.all_of(conn, "den-haag")
        await conn.execute(
            "insert into registry.fact (key, name, municipality, subject, actor)"
            " values ('k', 'signup.confirm_signup', 'den-haag', 'lindelaan', $1)",
            f"client:{row['id']}",
        )
    assert "Open Formulieren" in (await lead.get("/den-haag/logboek")).text
    coordinator = await seat("coordinator-1")
    assert "Open Formulieren" in (await coordinator.get("/den-haag/straten/lindelaan")).text
