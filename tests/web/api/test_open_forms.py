"""What Open Formulieren posts, as its plugins *Generic JSON* and *JSON dump* post it."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from store.database import Database


def dump(reference: str | None = None, **values: Any) -> dict[str, Any]:
    """The four parts, with the schemas as Open Formulieren makes them."""
    filled = {
        "straat": "Rozenlaan",
        "deel": "",
        "wijk": "Noord",
        "naam": "Aïsha de Boer",
        "email": "aisha@voorbeeld.nl",
        "telefoon": "",
        "auth_bsn": "111222333",
    }
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {}}
    return {
        "values": filled | values,
        "values_schema": schema,
        "metadata": {
            "public_reference": reference or f"OF-{uuid4().hex[:6].upper()}",
            "form_version": "Version 1.0",
            "registration_timestamp": f"2026-11-26T10:00:{uuid4().int % 60:02}Z",
            "auth_type": "",
            "language_code": "nl",
        },
        "metadata_schema": schema,
    }


async def payload(db: Database, submission: str) -> dict[str, Any]:
    async with db.connection() as conn:
        found: dict[str, Any] = await conn.fetchval(
            "select payload from post.submission where id = $1", submission
        )
    return found


@pytest.mark.parametrize("packed", [False, True], ids=["Generic JSON", "JSON dump, packed twice"])
async def test_a_form_is_taken_in(client: httpx.AsyncClient, db: Database, *, packed: bool) -> None:
    sent = dump(naamTweede="Jan Smit", emailTweede="jan@voorbeeld.nl")
    answer = await client.post("/open-forms-submissions", json=json.dumps(sent) if packed else sent)
    assert answer.status_code == 201, answer.text
    order = await payload(db, answer.json()["id"])
    assert (order["street"], order["wijk"], order["language"]) == ("rozenlaan", "Noord", "nl")
    assert order["second"]
    assert (await client.get(answer.headers["location"])).json()["receipt"] == answer.json()["receipt"]


async def test_trying_again_changes_nothing(client: httpx.AsyncClient, db: Database) -> None:
    """Open Formulieren tries again with another timestamp; the reference says that it is the same one."""
    first = await client.post("/open-forms-submissions", json=dump("OF-AAA111"))
    again = await client.post("/open-forms-submissions", json=dump("OF-AAA111"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = await client.post("/open-forms-submissions", json=dump("OF-AAA111", straat="Lindelaan"))
    assert other.status_code == 409
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from post.submission where kind = 'signup'") == 1


async def test_the_language_of_who_filled_it_in(client: httpx.AsyncClient, db: Database) -> None:
    for code, language in (("en", "en"), ("fr", "nl"), (None, "nl")):
        sent = dump()
        sent["metadata"]["language_code"] = code
        answer = await client.post("/open-forms-submissions", json=sent)
        assert (await payload(db, answer.json()["id"]))["language"] == language


async def test_missing_keys_are_named_as_the_form_has_them(client: httpx.AsyncClient) -> None:
    sent = dump()
    del sent["values"]["straat"], sent["values"]["email"]
    answer = await client.post("/open-forms-submissions", json=sent)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == ["values.straat", "values.email"]
    del sent["metadata"]["public_reference"]
    answer = await client.post("/open-forms-submissions", json=sent)
    assert [each["field"] for each in answer.json()["errors"]] == ["metadata.public_reference"]


async def test_what_is_wrong_is_named_with_the_key_of_the_form(client: httpx.AsyncClient) -> None:
    sent = dump(wijk="Elders", email="geen adres", telefoon="123", naamTweede="Jan")
    answer = await client.post("/open-forms-submissions", json=sent)
    assert {each["field"] for each in answer.json()["errors"]} == {
        "values.wijk",
        "values.email",
        "values.telefoon",
        "values.emailTweede",
    }


async def test_a_citizen_service_number_is_not_kept(client: httpx.AsyncClient, db: Database) -> None:
    answer = await client.post("/open-forms-submissions", json=dump())
    assert "111222333" not in json.dumps(await payload(db, answer.json()["id"]))
