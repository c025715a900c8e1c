"""Sign-ups by the API: once, by the rules of the form, and nothing personal comes back."""

import httpx

from store.database import Database
from tests.web.api.conftest import API, submission


async def test_a_submission_is_taken_in_and_followed(client: httpx.AsyncClient, db: Database) -> None:
    sent = submission()
    answer = await client.post("/submissions", json=sent)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert answer.headers["location"] == f"{API}/submissions/{sent['id']}" == told["_links"]["self"]["href"]
    assert told["state"] == "received"
    assert told["receivedAt"].endswith("Z")
    assert (await client.get(answer.headers["location"])).json() == told
    async with db.connection() as conn:
        row = await conn.fetchrow(
            "select kind, municipality, receipt, payload from post.submission where id = $1", sent["id"]
        )
    assert (row["kind"], row["municipality"], row["receipt"]) == ("signup", "rotterdam", told["receipt"])
    assert row["payload"]["by"].startswith("client:")
