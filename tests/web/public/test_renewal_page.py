"""The page behind the yearly mail: looking changes nothing, the code of the mail answers once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from schemas.facts import LinkOrder, LinkPurpose
from schemas.person import Story
from schemas.refs import renewal_id
from schemas.renewal import renewal_code
from store import links
from store.codes import code_of
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.public.doorstep import Doorstep
from tests.web.public.resident import Resident, text_of

WORKFLOW = renewal_id("rotterdam", "rozenlaan", 2026)


class Asked(Doorstep):
    """The Rozenlaan, and the question that one of its gangmakers was mailed."""

    async def link(self, name: str = "Ans", expires: timedelta = timedelta(days=3)) -> str:
        """The path of the link."""
        await self.settle(name)
        order = LinkOrder(
            purpose=LinkPurpose.RENEWAL, workflow_id=WORKFLOW, expires_at=datetime.now(UTC) + expires
        )
        token = links.token_of(self.keyring, order, self.people[name])
        async with self.db.connection() as conn:
            await links.make(
                conn,
                links.NewLink(
                    token, order, municipality=self.municipality, person=self.people[name], street=self.street
                ),
            )
        return f"/rotterdam/verder/{token}"

    def code(self, name: str = "Ans") -> str:
        """What stands in the same mail."""
        return code_of(self.keyring, renewal_code(WORKFLOW, self.people[name]))

    async def brought(self) -> list[dict[str, str]]:
        """What came into the inbox."""
        async with self.db.connection() as conn:
            rows = await conn.fetch("select payload from post.submission where kind = 'renewal'")
        return [row["payload"] for row in rows]


@pytest_asyncio.fixture
async def asked(db: Database, keyring: Keyring) -> Asked:
    return Asked(db, keyring)


async def test_looking_changes_nothing(resident: Resident, asked: Asked) -> None:
    path = await asked.link()
    for _ in range(2):
        told = text_of(await resident.get(path))
        assert "Gaat uw straat verder?" in told
        assert "Rozenlaan" in told
    assert await asked.brought() == []
    english = text_of(await resident.get(f"{path}?taal=en"))
    assert "Does your street go on?" in english


@pytest.mark.parametrize(
    ("choice", "thanks"),
    [
        ("go_on", "Wat fijn dat u verdergaat"),
        ("change", "Wat fijn dat u verdergaat"),
        ("stop", "U stopt als"),
    ],
)
async def test_an_answer_with_the_code(resident: Resident, asked: Asked, choice: str, thanks: str) -> None:
    path = await asked.link()
    given = await resident.post(path, {"choice": choice, "code": asked.code()})
    assert given.status_code == 303
    assert thanks in text_of(await resident.get(path))
    brought = await asked.brought()
    assert [(one["choice"], one["workflow_id"], one["person"]) for one in brought] == [
        (choice, WORKFLOW, str(asked.people["Ans"]))
    ]
    await resident.post(path, {"choice": "stop", "code": asked.code()})
    assert await asked.brought() == brought, "a second answer changes nothing"


async def test_without_the_code_nothing_is_answered(resident: Resident, asked: Asked) -> None:
    path = await asked.link()
    for values, sentence in (
        ({"choice": "stop", "code": "000000"}, "Deze code klopt niet."),
        ({"choice": "stop"}, "Deze code klopt niet."),
        ({"code": asked.code()}, "Kies wat u wilt."),
        ({"choice": "maybe", "code": asked.code()}, "Kies wat u wilt."),
        ({"choice": "change", "code": asked.code(), "words": "a" * 1001}, "Maak het korter"),
    ):
        answer = await resident.post(path, values)
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    assert await asked.brought() == []


async def test_the_code_of_another_gangmaker_does_not_fit(resident: Resident, asked: Asked) -> None:
    path = await asked.link("Ans")
    await asked.link("Bo")
    answer = await resident.post(path, {"choice": "stop", "code": asked.code("Bo")})
    assert answer.status_code == 422
    assert await asked.brought() == []


async def test_guessing_ends(resident: Resident, asked: Asked) -> None:
    path = await asked.link()
    told = [
        text_of(await resident.post(path, {"choice": "stop", "code": f"{guess:06}"})) for guess in range(9)
    ]
    assert "te vaak een verkeerde code" in told[-1]
    right = await resident.post(path, {"choice": "stop", "code": asked.code()})
    assert right.status_code == 422
    assert await asked.brought() == []


async def test_what_is_written_along_is_sealed(
    resident: Resident, asked: Asked, db: Database, keyring: Keyring
) -> None:
    path = await asked.link()
    written = {"words": "Graag  een andere buur erbij.", "story": "Wij dronken koffie.", "share": "yes"}
    await resident.post(path, {"choice": "change", "code": asked.code(), **written})
    ref = (await asked.brought())[0]["words"]
    async with db.connection() as conn:
        assert (await Vault(keyring).get(conn, UUID(ref), Story)).text == "Graag een andere buur erbij."
        shared = await conn.fetch("select share, words from registry.story")
        assert [row["share"] for row in shared] == [True]
        assert (await Vault(keyring).get(conn, shared[0]["words"], Story)).text == "Wij dronken koffie."


async def test_too_late(resident: Resident, asked: Asked) -> None:
    path = await asked.link(expires=timedelta(seconds=-1))
    assert (await resident.get(path)).status_code == 410
    await resident.post(path, {"choice": "go_on", "code": asked.code()})
    assert await asked.brought() == []


async def test_a_link_of_another_question_is_not_found_here(resident: Resident, asked: Asked) -> None:
    path = await asked.link()
    assert (await resident.get(path.replace("/verder/", "/antwoord/"))).status_code == 404
    assert (await resident.get("/rotterdam/verder/nietvanons")).status_code == 404
