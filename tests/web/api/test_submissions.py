"""Sign-ups by the API: once, by the rules of the form, and nothing personal comes back."""

import asyncio
import logging
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import structlog

from forms.public.app import public_app
from schemas.facts import Fact, SignupSnapshot, SignupStatus
from schemas.person import Person
from store import registry
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.vault import Vault
from tests.web.api.conftest import API, KeyFor, bearer, submission
from tests.web.public.conftest import SETTINGS

CANARIES = ("Kanarievogel", "kanarievogel@zwaluw.example", "+31 6 87654321", "87654321", "Zwaluwnest")


async def row_of(db: Database, submission: str) -> Any:
    async with db.connection() as conn:
        return await conn.fetchrow("select * from post.submission where id = $1", submission)


async def test_a_submission_is_taken_in_and_followed(client: httpx.AsyncClient, db: Database) -> None:
    sent = submission()
    answer = await client.post("/submissions", json=sent)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert answer.headers["location"] == f"{API}/submissions/{sent['id']}" == told["_links"]["self"]["href"]
    assert told["state"] == "received"
    assert told["receivedAt"].endswith("Z")
    assert (await client.get(answer.headers["location"])).json() == told
    row = await row_of(db, sent["id"])
    assert (row["kind"], row["municipality"], row["receipt"]) == ("signup", "rotterdam", told["receipt"])
    assert row["payload"]["by"].startswith("client:")


async def test_the_people_are_in_the_vault_as_from_the_form(
    client: httpx.AsyncClient, db: Database, vault: Vault
) -> None:
    second = {"name": " Jan   Smit ", "email": "jan@voorbeeld.nl"}
    sent = submission(secondGangmaker=second, language="en", campaign="voorjaar", part="tot de brug")
    assert (await client.post("/submissions", json=sent)).status_code == 201
    order = (await row_of(db, sent["id"]))["payload"]
    assert (order["street"], order["part"], order["campaign"]) == (
        "rozenlaan-tot-de-brug",
        "tot de brug",
        "voorjaar",
    )
    async with db.connection() as conn:
        first = await vault.get(conn, UUID(order["gangmaker"]), Person)
        other = await vault.get(conn, UUID(order["second"]), Person)
    assert (first.name, first.phone, first.language) == ("Aïsha de Boer", "+31 6 12345678", "en")
    assert (other.name, other.email) == ("Jan Smit", "jan@voorbeeld.nl")


async def test_the_same_again_is_the_same_answer(client: httpx.AsyncClient, db: Database) -> None:
    for number in range(1, 8):
        sent = submission()
        answers = await asyncio.gather(*[client.post("/submissions", json=sent) for _ in range(5)])
        assert sorted(each.status_code for each in answers) == [200, 200, 200, 200, 201]
        assert len({each.text for each in answers}) == 1
        assert {each.headers["location"] for each in answers} == {f"{API}/submissions/{sent['id']}"}
        async with db.connection() as conn:
            assert await conn.fetchval("select count(*) from vault.item") == number


@pytest.mark.parametrize(
    "changes",
    [
        {"street": "Lindelaan"},
        {"language": "en"},
        {"campaign": "najaar"},
        {"gangmaker": {"name": "A", "email": "b@c.nl"}},
    ],
)
async def test_another_under_the_same_id_is_refused(
    client: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    sent = submission()
    assert (await client.post("/submissions", json=sent)).status_code == 201
    answer = await client.post("/submissions", json=sent | changes)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:problem-type:straat:conflict")
    assert (await client.post("/submissions", json=sent)).status_code == 200


async def test_an_id_of_somebody_else_is_taken_and_tells_nothing(
    http: httpx.AsyncClient, key_for: KeyFor, db: Database
) -> None:
    sent = submission()
    key = await key_for()
    assert (await http.post("/submissions", json=sent, headers=bearer(key))).status_code == 201
    elsewhere = bearer(await key_for(municipality="aalsmeer"))
    theirs = sent | {"wijk": "Centrum"}
    assert (await http.post("/submissions", json=theirs, headers=elsewhere)).status_code == 409
    assert (await http.get(f"/submissions/{sent['id']}", headers=elsewhere)).status_code == 404
    by_the_form = str(uuid4())
    async with db.transaction() as conn:
        await conn.execute(
            "insert into post.submission (id, kind, municipality, receipt, payload)"
            " values ($1, 'signup', 'rotterdam', 'AAAA-AAAA', '{}')",
            by_the_form,
        )
    answer = await http.post("/submissions", json=submission(id=by_the_form), headers=bearer(key))
    assert answer.status_code == 409
    assert (await http.get(f"/submissions/{by_the_form}", headers=bearer(key))).status_code == 404


async def test_the_contents_are_forgotten_when_nobody_tries_again(
    client: httpx.AsyncClient, db: Database
) -> None:
    sent = submission()
    assert (await client.post("/submissions", json=sent)).status_code == 201
    async with db.transaction() as conn:
        await conn.execute("update client.submission set received_at = now() - interval '8 days'")
    assert (await client.post("/submissions", json=submission())).status_code == 201
    async with db.connection() as conn:
        kept = await conn.fetch("select submission from client.submission where digest is not null")
    assert sent["id"] not in {str(row["submission"]) for row in kept}
    assert len(kept) == 1
    assert (await client.post("/submissions", json=sent)).status_code == 409
    assert (await client.get(f"/submissions/{sent['id']}")).status_code == 200


async def test_a_new_master_key_knows_what_came_in_before(
    client: httpx.AsyncClient, key_for: KeyFor, db: Database, keyring: Keyring
) -> None:
    sent = submission()
    assert (await client.post("/submissions", json=sent)).status_code == 201
    newer = Keyring(keyring.keys | {2: b"n" * KEY_BYTES})
    transport = httpx.ASGITransport(public_app(db, newer, SETTINGS))
    async with httpx.AsyncClient(transport=transport, base_url=API, headers=client.headers) as later:
        assert (await later.post("/submissions", json=sent)).status_code == 200


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (SignupStatus.AWAITING, "awaitingConfirmation"),
        (SignupStatus.CONFIRMED, "confirmed"),
        (SignupStatus.EXPIRED, "expired"),
        (SignupStatus.WITHDRAWN, "withdrawn"),
    ],
)
async def test_where_it_stands(
    client: httpx.AsyncClient, db: Database, status: SignupStatus, state: str
) -> None:
    sent = submission()
    await client.post("/submissions", json=sent)
    snapshot = SignupSnapshot(
        submission=sent["id"],
        municipality="rotterdam",
        street="rozenlaan",
        campaign=None,
        status=status,
        revision=1,
    )
    fact = Fact(key="k", name="signup.x", municipality="rotterdam", subject="rozenlaan", signup=snapshot)
    async with db.transaction() as conn:
        await registry.enter(conn, fact)
    assert (await client.get(f"/submissions/{sent['id']}")).json()["state"] == state


async def test_all_that_is_wrong_is_named_at_once(client: httpx.AsyncClient) -> None:
    wrong = {
        "id": "x",
        "street": "a@b",
        "straat": "Rozenlaan",
        "gangmaker": {"name": "", "email": "geen adres", "phone": "1"},
        "secondGangmaker": {"name": "Jan"},
        "language": "fr",
    }
    answer = await client.post("/submissions", json=wrong)
    assert answer.status_code == 400
    errors = {each["field"]: each["detail"] for each in answer.json()["errors"]}
    assert set(errors) == {
        *("id", "street", "straat", "wijk", "language", "secondGangmaker.email"),
        *("gangmaker.name", "gangmaker.email", "gangmaker.phone"),
    }
    assert errors["gangmaker.email"] == "Dit e-mailadres klopt niet. Een voorbeeld is: naam@voorbeeld.nl."
    english = await client.post("/submissions", json=wrong, headers={"Accept-Language": "en-GB,nl;q=0.5"})
    assert english.headers["content-language"] == "en"
    assert {each["field"]: each["detail"] for each in english.json()["errors"]}[
        "straat"
    ] == "We do not know this field."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wijk": "Elders"}, "wijk"),
        ({"part": []}, "part"),
        ({"part": False}, "part"),
        ({"gangmaker": submission()["gangmaker"] | {"phone": {}}}, "gangmaker.phone"),
        ({"wijk": 5}, "wijk"),
        ({"street": "12345"}, "street"),
        ({"street": "—!—"}, "street"),
        ({"campaign": "Voorjaar!"}, "campaign"),
        ({"secondGangmaker": {"name": "Jan", "email": "AISHA@voorbeeld.nl"}}, "secondGangmaker.email"),
        ({"gangmaker": None}, "gangmaker"),
        ({"gangmaker": {"name": "A\u0000b", "email": "a@b.nl"}}, "gangmaker.name"),
    ],
)
async def test_the_rules_are_those_of_the_form(
    client: httpx.AsyncClient, db: Database, changes: Any, field: str
) -> None:
    answer = await client.post("/submissions", json=submission(**changes))
    assert answer.status_code == 400, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from vault.item") == 0


async def test_nothing_personal_comes_back_or_goes_into_a_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Canaries in every field, in what is taken in, refused, unreadable and sent twice."""
    person = {"name": CANARIES[0], "email": CANARIES[1], "phone": CANARIES[2]}
    good = submission(gangmaker=person, part=CANARIES[4])
    bodies = [
        good,
        good,
        good | {"street": "Zwaluwnest"},
        good | {"wijk": CANARIES[0]},
        good | {CANARIES[1]: CANARIES[0]},
        good | {"gangmaker": person | {"phone": CANARIES[3] * 9}},
        good | {"gangmaker": CANARIES[1], "id": CANARIES[0], "street": CANARIES[1]},
        good | {"language": CANARIES[0], "campaign": CANARIES[1]},
    ]
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        answers = [await client.post("/submissions", json=body) for body in bodies]
        answers.append(
            await client.post(
                "/submissions",
                content=f'{{"name": "{CANARIES[0]}"',
                headers={"Content-Type": "application/json"},
            )
        )
        answers.append(await client.get(f"/submissions/{good['id']}"))
    assert [each.status_code for each in answers] == [201, 200, 409, 400, 400, 400, 400, 400, 400, 200]
    kept = str(logged) + "".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    for answer in answers:
        told = answer.text + str(answer.headers)
        assert [each for each in CANARIES if each in told] == [], told
    assert [each for each in CANARIES if each in kept] == []
