"""The page with moments to pick from: looking changes nothing, one pick counts for all."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from schemas.facts import LinkOrder, LinkPurpose
from schemas.refs import intake_id
from store import intakes, links
from store.database import Database
from store.intakes import Slot
from store.keys import Keyring
from store.vault import Vault
from tests.web.public.doorstep import Doorstep
from tests.web.public.resident import Resident, text_of

WORKFLOW = intake_id("rotterdam", "rozenlaan", 1)


class Invited(Doorstep):
    """The Rozenlaan, and the moments that its gangmakers were mailed."""

    async def offer(self, *hours: int, number: int = 1, workflow: str = WORKFLOW) -> list[UUID]:
        """Moments of a coordinator, so many hours from now."""
        now = datetime.now(UTC)
        slots = [Slot(uuid4(), now + timedelta(hours=each), f"Zaal {each}") for each in hours]
        async with self.db.transaction() as conn:
            await intakes.add(conn, Vault(self.keyring), "rotterdam", "rotterdam:coordinator-1", slots)
            assert await intakes.offer(conn, "rotterdam", workflow, number, [slot.id for slot in slots])
        return [slot.id for slot in slots]

    async def mailed(self, name: str, number: int = 1, hours: int = 100) -> str:
        """The path of somebody's link."""
        order = LinkOrder(
            purpose=LinkPurpose.INTAKE_PICK,
            workflow_id=WORKFLOW,
            expires_at=datetime.now(UTC) + timedelta(hours=hours),
            number=number,
        )
        person = self.people[name]
        token = links.token_of(self.keyring, order, person)
        async with self.db.connection() as conn:
            await links.make(
                conn, links.NewLink(token, order, municipality="rotterdam", person=person, street=self.street)
            )
        return f"/rotterdam/gesprek/{token}"

    async def brought(self) -> list[dict[str, Any]]:
        """What came into the inbox."""
        async with self.db.connection() as conn:
            found = await conn.fetch("select payload from post.submission where kind = 'pick'")
        return [row["payload"] for row in found]


@pytest_asyncio.fixture
async def invited(db: Database, keyring: Keyring) -> Invited:
    invited = Invited(db, keyring)
    await invited.settle("Ans", "Bo")
    return invited


async def test_looking_changes_nothing(resident: Resident, invited: Invited) -> None:
    await invited.offer(48, 72)
    path = await invited.mailed("Ans")
    for _ in range(2):
        told = text_of(await resident.get(path))
        assert "Wanneer kunt u?" in told
        assert "Zaal 48" in told
    assert await invited.brought() == []
    assert "When can you come?" in text_of(await resident.get(f"{path}?taal=en"))


async def test_one_pick_counts_for_all(resident: Resident, invited: Invited) -> None:
    first, second = await invited.offer(48, 72)
    path, others = await invited.mailed("Ans"), await invited.mailed("Bo")
    assert (await resident.post(path, {"moment": str(second)})).status_code == 303
    for each in (path, others):
        assert "Het gesprek staat" in text_of(await resident.get(each))
    await resident.post(others, {"moment": str(first)})
    await resident.post(path, {"moment": str(first)})
    (pick,) = await invited.brought()
    assert (pick["workflow_id"], pick["person"], pick["number"]) == (WORKFLOW, str(invited.people["Ans"]), 1)
    assert pick["plan"]["slot"] == str(second)
    assert pick["plan"]["coordinator"] == "rotterdam:coordinator-1"


async def test_a_moment_that_is_taken_meanwhile_leaves_the_rest(resident: Resident, invited: Invited) -> None:
    first, second = await invited.offer(48, 72)
    path = await invited.mailed("Ans")
    async with invited.db.connection() as conn:
        await conn.execute("update intake.slot set taken_by = 'intake-x' where id = $1", first)
    answer = await resident.post(path, {"moment": str(first)})
    assert answer.status_code == 422
    assert "Dit moment is net bezet." in text_of(answer)
    assert str(first) not in answer.text
    assert str(second) in answer.text
    assert await invited.brought() == []


async def test_none_suits_and_the_other_may_still_pick(resident: Resident, invited: Invited) -> None:
    (first, _) = await invited.offer(48, 72)
    path, others = await invited.mailed("Ans"), await invited.mailed("Bo")
    assert (await resident.post(path, {"moment": "none"})).status_code == 303
    assert "We zoeken samen met u een moment" in text_of(await resident.get(path))
    assert (await resident.post(others, {"moment": str(first)})).status_code == 303
    assert [pick["plan"] is None for pick in await invited.brought()] == [True, False]


async def test_bad_answers_change_nothing(resident: Resident, invited: Invited) -> None:
    await invited.offer(48, 72)
    (elsewhere,) = await invited.offer(50, workflow=intake_id("rotterdam", "lindelaan", 1))
    path = await invited.mailed("Ans")
    for moment in ("", "morgen", str(uuid4()), str(elsewhere)):
        answer = await resident.post(path, {"moment": moment})
        assert answer.status_code == 422
    assert await invited.brought() == []
    async with invited.db.connection() as conn:
        assert await conn.fetchval("select count(*) from intake.slot where taken_by is not null") == 0


async def test_when_all_are_gone_the_page_says_so(resident: Resident, invited: Invited) -> None:
    await invited.offer(48, 72)
    path = await invited.mailed("Ans")
    async with invited.db.connection() as conn:
        await conn.execute("update intake.slot set taken_by = 'intake-x'")
    told = text_of(await resident.get(path))
    assert "inmiddels bezet of voorbij" in told
    assert (await resident.post(path, {"moment": "none"})).status_code == 303


async def test_what_begins_within_the_hour_is_not_offered(resident: Resident, invited: Invited) -> None:
    soon, later = await invited.offer(2, 48)
    async with invited.db.connection() as conn:
        await conn.execute("update intake.slot set at = now() + interval '50 minutes' where id = $1", soon)
    page = await resident.get(await invited.mailed("Ans"))
    assert str(soon) not in page.text
    assert str(later) in page.text


async def test_too_late(resident: Resident, invited: Invited) -> None:
    (first, _) = await invited.offer(48, 72)
    path = await invited.mailed("Ans", hours=-1)
    page = await resident.get(path)
    assert page.status_code == 410
    assert "een ander moment" in text_of(page)
    await resident.post(path, {"moment": str(first)})
    assert await invited.brought() == []


async def test_links_of_other_questions_are_not_found_here(resident: Resident, invited: Invited) -> None:
    path = await invited.mailed("Ans")
    assert (await resident.get(path.replace("/gesprek/", "/antwoord/"))).status_code == 404
    assert (await resident.get("/rotterdam/gesprek/nietvanons")).status_code == 404
    assert (await resident.post("/rotterdam/gesprek/nietvanons", {"moment": "none"})).status_code == 404
