"""Streets and totals: what other systems may know, page by page, and small numbers stay untold."""

import re
from datetime import date
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from schemas.policy import PayoutKind
from schemas.potje import PotjeStatus
from schemas.street import Phase
from store.database import Database
from store.vault import Vault
from tests.today import this_year
from tests.web.api.conftest import API
from tests.web.desk.rows import ANNA, Town

BANK = PayoutKind.BANK


@pytest_asyncio.fixture
async def town(db: Database, vault: Vault) -> Town:
    """Rotterdam: seven active streets, five asleep, one in intake, one declined; and one elsewhere."""
    async with db.transaction() as conn:
        town = Town(conn, vault, "rotterdam")
        for number in range(7):
            people = [uuid4() for _ in range(number)]
            await town.street(f"laan-{number}", f"Laan {number}", Phase.ACTIVE, wijk="Noord", people=people)
        for number in range(5):
            await town.street(f"weg-{number}", f"Weg {number}", Phase.SLEEPING, wijk="Centrum")
        await town.street("plein", "Plein", Phase.INTAKE, wijk="Centrum", people=await town.people(ANNA))
        await town.street("afgewezen", "Afgewezen", Phase.ENDED, wijk="Noord")
        await Town(conn, vault, "den-haag").street("elders", "Elders", Phase.ACTIVE)
        await conn.execute(
            "update registry.street set since = '2026-04-01' where phase <> 'intake' and slug <> 'afgewezen'"
        )
    return town


@pytest.mark.usefixtures("town")
async def test_a_street_says_what_it_is_and_nobody_s_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/streets/laan-6")
    assert answer.json() == {
        "slug": "laan-6",
        "name": "Laan 6",
        "part": None,
        "wijk": "Noord",
        "phase": "active",
        "shape": "street",
        "since": "2026-04-01",
        "gangmakers": 6,
        "_links": {"self": {"href": f"{API}/streets/laan-6"}},
    }


@pytest.mark.usefixtures("town")
async def test_few_gangmakers_are_not_counted(client: httpx.AsyncClient) -> None:
    items = (await client.get("/streets", params={"phase": "active"})).json()["items"]
    assert [each["gangmakers"] for each in items] == [None, None, None, None, None, 5, 6]


@pytest.mark.usefixtures("town")
async def test_a_street_that_was_declined_is_not_told(client: httpx.AsyncClient, db: Database) -> None:
    assert "afgewezen" not in (await client.get("/streets")).text
    assert (await client.get("/streets/afgewezen")).status_code == 404
    async with db.transaction() as conn:
        await conn.execute("update registry.street set since = $1 where slug = 'afgewezen'", date(2025, 1, 1))
    assert (await client.get("/streets/afgewezen")).json()["phase"] == "ended"


@pytest.mark.usefixtures("town")
async def test_pages_lead_to_each_other_and_hold_each_street_once(client: httpx.AsyncClient) -> None:
    found, url, pages = [], f"{API}/streets?pageSize=4", 0
    while url:
        answer = await client.get(url)
        links = answer.json()["_links"]
        found += [each["slug"] for each in answer.json()["items"]]
        pages += 1
        url = links["next"]["href"] if links["next"] else ""
        header = re.fullmatch(r'<(\S+)>; rel="next"', answer.headers.get("link", ""))
        assert (header[1] if header else "") == url
    assert pages == 4
    assert found == sorted(found)
    assert len(found) == len(set(found)) == 13


@pytest.mark.usefixtures("town")
async def test_filters_hold_over_pages(client: httpx.AsyncClient) -> None:
    params = {"wijk": "Centrum", "phase": "sleeping", "pageSize": "3"}
    first = (await client.get("/streets", params=params)).json()
    second = (await client.get(first["_links"]["next"]["href"])).json()
    assert [each["slug"] for each in [*first["items"], *second["items"]]] == [f"weg-{n}" for n in range(5)]
    assert (await client.get("/streets", params={"wijk": "Nergens"})).json()["items"] == []
    assert (await client.get("/streets", params={"wijk": "\x00"})).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("phase=actief", "phase"),
        ("fase=active", "fase"),
        ("pageSize=0", "pageSize"),
        ("pageSize=101", "pageSize"),
        ("pageSize=veel", "pageSize"),
        ("cursor=A!", "cursor"),
    ],
)
async def test_a_question_that_is_not_right_is_refused(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await client.get(f"/streets?{query}")
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


@pytest.mark.usefixtures("town")
async def test_who_has_it_already_gets_nothing_again(client: httpx.AsyncClient, db: Database) -> None:
    for path in ("/streets", "/streets/laan-6", "/totals"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == first.headers["etag"]
    async with db.transaction() as conn:
        await conn.execute("update registry.street set phase = 'sleeping' where slug = 'laan-6'")
    changed = await client.get("/streets/laan-6", headers={"If-None-Match": first.headers["etag"]})
    assert changed.json()["phase"] == "sleeping"


async def potje(town: Town, db: Database, vault: Vault, number: int, status: PotjeStatus) -> None:
    """A potje of 150 euro; of a street of its own."""
    async with db.transaction() as conn:
        writer = Town(conn, vault, "rotterdam")
        writer._revision = 100 + number
        await writer.potje(f"laan-{number}", status, [(BANK, 15_000)])


async def test_totals_of_a_year(client: httpx.AsyncClient, town: Town, db: Database, vault: Vault) -> None:
    for number in range(11):
        status = (
            PotjeStatus.PAID if number < 5 else PotjeStatus.APPROVED if number < 9 else PotjeStatus.TO_APPROVE
        )
        await potje(town, db, vault, number, status)
    told = (await client.get("/totals", params={"year": this_year()})).json()
    assert told["potjes"] == {
        "granted": {"count": 9, "amount": {"cents": 135_000, "currency": "EUR"}},
        "paid": {"count": 5, "amount": {"cents": 75_000, "currency": "EUR"}},
    }
    assert told["year"] == (await client.get("/totals")).json()["year"] == this_year()
    before = (await client.get("/totals", params={"year": this_year() - 1})).json()
    assert before["potjes"]["granted"] == {"count": 0, "amount": {"cents": 0, "currency": "EUR"}}


@pytest.mark.usefixtures("town")
async def test_small_numbers_are_not_told_and_cannot_be_computed(client: httpx.AsyncClient) -> None:
    """One street is in intake: its number is hidden, and the next smallest too, or the total would tell."""
    told = (await client.get("/totals")).json()
    assert told["streets"]["count"] == 13
    by_phase = {each["phase"]: each["count"] for each in told["streets"]["byPhase"]}
    assert by_phase == {"intake": None, "active": 7, "sleeping": None, "ended": 0}


async def test_fewer_than_five_of_anything_are_not_told(
    client: httpx.AsyncClient, town: Town, db: Database, vault: Vault
) -> None:
    for number in range(4):
        await potje(town, db, vault, number, PotjeStatus.PAID)
        async with db.transaction() as conn:
            await conn.execute(
                "insert into post.submission (id, kind, municipality, receipt, payload, relayed_at)"
                " values (gen_random_uuid(), 'signup', 'rotterdam', $1, '{}', now())",
                f"AAAA-AAA{number}",
            )
    told = (await client.get("/totals")).json()
    assert told["potjes"]["granted"] == told["potjes"]["paid"] == {"count": None, "amount": None}
    assert told["signups"] is None
