"""A professional's way to a concern: a link, a code in the same browser, a look that is logged, a deed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from schemas.concern import concern_id, reference
from schemas.facts import ConcernSnapshot, ConcernStatus, Fact, LinkOrder, LinkPurpose
from schemas.person import Concern, Person
from schemas.policy import read_policy
from store import addressees, concerns, links, policies, registry
from store.codes import code_of
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import MUNICIPALITIES, TODAY
from tests.web.public.doorstep import browser
from tests.web.public.resident import Resident, text_of

WORDS = "Kanarie 8f2e: de gordijnen zijn al een week dicht."
POLICY = read_policy(next(path for path in MUNICIPALITIES if path.stem == "rotterdam"))
READ = "/rotterdam/melding/lezen"
ASK = {"ask": "yes"}
"""A form without fields is a form too."""


@dataclass
class Case:
    """A concern that is with the wijkteam."""

    db: Database
    keyring: Keyring
    id: UUID
    text: UUID
    revision: int = 1

    async def write(self, **changes: Any) -> None:
        """Where it stands now."""
        self.revision += 1
        snapshot = ConcernSnapshot(
            id=self.id,
            workflow_id=concern_id(self.id),
            municipality="rotterdam",
            wijk="Noord",
            topic="money",
            urgency="week",
            status=ConcernStatus.WAITING,
            holder="wijkteam",
            due_at=datetime.now(UTC) + timedelta(days=1),
            raised_at=datetime.now(UTC),
            knows="not",
            text=self.text,
            revision=self.revision,
        ).model_copy(update=changes)
        fact = Fact(
            key=str(uuid4()),
            name="concern.asked",
            municipality="rotterdam",
            subject="concern",
            concern=snapshot,
        )
        async with self.db.transaction() as conn:
            await registry.enter(conn, fact)

    async def link(self, key: str = "wijkteam") -> str:
        """The path of the link in the mail."""
        professional = POLICY.concerns.professional(key)
        assert professional
        order = LinkOrder(purpose=LinkPurpose.CONCERN, workflow_id=concern_id(self.id))
        async with self.db.transaction() as conn:
            person = await addressees.professional(conn, Vault(self.keyring), "rotterdam", professional)
            token = links.token_of(self.keyring, order, person)
            await links.make(
                conn,
                links.NewLink(
                    token, order, municipality="rotterdam", person=person, street=f"concern/{self.id}"
                ),
            )
        return f"/rotterdam/melding/{token}"

    async def code(self) -> str:
        """The latest code, as the second mail tells it."""
        async with self.db.connection() as conn:
            found = await conn.fetchval("select id from concern.code order by created_at desc limit 1")
        return code_of(self.keyring, concerns.code_subject(found))

    async def value(self, sql: str) -> Any:
        """The first column of the only row."""
        async with self.db.connection() as conn:
            return await conn.fetchval(sql)

    async def deeds(self) -> list[dict[str, Any]]:
        """What came into the inbox."""
        async with self.db.connection() as conn:
            rows = await conn.fetch("select payload from post.submission where kind = 'concern_act'")
        return [row["payload"] for row in rows]


@pytest_asyncio.fixture
async def case(db: Database, keyring: Keyring) -> Case:
    async with db.transaction() as conn:
        text = await Vault(keyring).put(conn, "rotterdam", Concern(text=WORDS))
    case = Case(db, keyring, uuid4(), text)
    await case.write()
    return case


async def come_in(resident: Resident, case: Case) -> str:
    """Through link and code; gives the page."""
    path = await case.link()
    assert (await resident.post(path, ASK)).status_code == 303
    answer = await resident.post("/rotterdam/melding/code", {"code": await case.code()})
    assert answer.headers["location"] == READ
    return (await resident.get(READ)).text


async def test_a_mail_scanner_changes_nothing(resident: Resident, case: Case) -> None:
    path = await case.link()
    for _ in range(3):
        told = await resident.get(path)
        assert reference(case.id) in told.text
        assert "gordijnen" not in told.text
        assert (await resident.http.head(path)).status_code in (200, 405)
    assert await case.value("select count(*) from concern.code") == 0
    assert (await resident.get(READ)).status_code == 403


async def test_link_and_code_show_the_least_needed_and_the_look_is_logged(
    resident: Resident, case: Case
) -> None:
    page = await come_in(resident, case)
    assert WORDS in page
    assert "Ik pak het op" in page
    assert "niet gebeld" in page
    looks = await case.value("select count(*) from vault.look where staff = 'pro:wijkteam'")
    assert looks == 1


@pytest.mark.parametrize("may_call", [True, False])
async def test_who_may_be_called_is_shown(resident: Resident, case: Case, may_call: bool) -> None:
    async with case.db.transaction() as conn:
        person = Person(name="Joke Melder", email="joke@melder.nl", phone="+31 6 12345678")
        reporter = await Vault(case.keyring).put(conn, "rotterdam", person)
    case.id = uuid4()
    await case.write(reporter=reporter, may_call=may_call)
    page = await come_in(resident, case)
    assert ("Joke Melder" in page) == may_call
    assert "joke@melder.nl" not in page


async def test_a_code_is_for_the_browser_that_asked_and_for_once(
    resident: Resident, case: Case, db: Database, keyring: Keyring
) -> None:
    path = await case.link()
    await resident.post(path, ASK)
    code = await case.code()
    async with browser(db, keyring) as other:
        assert (await other.post("/rotterdam/melding/code", {"code": code})).status_code == 403
    assert (await resident.post("/rotterdam/melding/code", {"code": "000000"})).status_code == 422
    kept = dict(resident.http.cookies)
    assert (await resident.post("/rotterdam/melding/code", {"code": code})).status_code == 303
    resident.http.cookies.update(kept)
    again = await resident.post("/rotterdam/melding/code", {"code": code})
    assert "werkt niet meer" in text_of(again)


async def test_guessing_ends(resident: Resident, case: Case) -> None:
    await resident.post(await case.link(), ASK)
    right = await case.code()
    wrong = [f"{guess:06}" for guess in range(7) if f"{guess:06}" != right]
    for guess in wrong[:5]:
        await resident.post("/rotterdam/melding/code", {"code": guess})
    assert "werkt niet meer" in text_of(await resident.post("/rotterdam/melding/code", {"code": right}))


async def test_codes_are_asked_for_a_few_times_an_hour(resident: Resident, case: Case) -> None:
    path = await case.link()
    told = [(await resident.post(path, ASK)).status_code for _ in range(6)]
    assert told == [303] * 5 + [429]


async def test_an_old_code_is_of_no_use(resident: Resident, case: Case) -> None:
    await resident.post(await case.link(), ASK)
    async with case.db.connection() as conn:
        await conn.execute("update concern.code set expires_at = now()")
    told = text_of(await resident.post("/rotterdam/melding/code", {"code": await case.code()}))
    assert "werkt niet meer" in told


@pytest.mark.parametrize(
    ("act", "fields", "expected"),
    [
        ("pick-up", {}, ("pick-up", None, None)),
        ("not-ours", {}, ("not-ours", None, None)),
        ("hand-on", {"to": "ggd"}, ("hand-on", "ggd", None)),
        ("close", {"outcome": "helped"}, ("close", None, "helped")),
    ],
)
async def test_a_deed_is_receipted_once(
    resident: Resident, case: Case, act: str, fields: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    await come_in(resident, case)
    sent = {"form": str(uuid4()), "concern": str(case.id), **fields}
    kept = dict(resident.http.cookies)
    for _ in range(2):
        resident.http.cookies.update(kept)
        assert (await resident.post(f"{READ}/{act}", sent)).status_code == 303
    (deed,) = await case.deeds()
    assert (deed["kind"], deed["to"], deed["outcome"]) == expected
    assert (deed["by"], deed["actor"], deed["workflow_id"]) == (
        "wijkteam",
        "pro:wijkteam",
        concern_id(case.id),
    )


async def test_deeds_without_a_choice_are_told(resident: Resident, case: Case) -> None:
    await come_in(resident, case)
    for act, field in (("close", "outcome"), ("hand-on", "to")):
        answer = await resident.post(f"{READ}/{act}", {"form": str(uuid4())})
        assert answer.status_code == 422
        assert f'id="{field}-fout"' in answer.text
    assert (await resident.post(f"{READ}/delete", {"form": str(uuid4())})).status_code == 404
    assert (await resident.post(f"{READ}/pick-up", {})).status_code == 400
    assert await case.deeds() == []


async def test_a_form_of_another_concern_does_nothing(resident: Resident, case: Case) -> None:
    """Two concerns in two tabs: the cookie is of the last one, the form of the first."""
    await come_in(resident, case)
    answer = await resident.post(f"{READ}/not-ours", {"form": str(uuid4()), "concern": str(uuid4())})
    assert answer.status_code == 403
    assert await case.deeds() == []


@pytest.mark.parametrize("changes", [{"holder": "welzijn"}, {"status": ConcernStatus.CLOSED}])
async def test_what_went_on_cannot_be_read_or_done_any_more(
    resident: Resident, case: Case, changes: dict[str, Any]
) -> None:
    await come_in(resident, case)
    await case.write(**changes)
    page = await resident.get(READ)
    assert page.status_code == 410
    assert "gordijnen" not in page.text
    assert (await resident.post(f"{READ}/pick-up", {"form": str(uuid4())})).status_code == 410
    assert (await resident.post(await case.link(), ASK)).status_code == 410
    assert await case.deeds() == []


async def test_another_professional_s_link_opens_nothing_here(resident: Resident, case: Case) -> None:
    path = await case.link("ggd")
    assert (await resident.get(path)).status_code == 410
    assert (await resident.post(path, ASK)).status_code == 410
    assert (await resident.get("/rotterdam/melding/nietvanons")).status_code == 404


async def change_policy(db: Database, **changes: str | None) -> None:
    """A policy in which the wijkteam has another address, or is there no more."""
    found = POLICY.concerns.professionals
    kept = [each.model_copy(update=changes) if each.key == "wijkteam" else each for each in found]
    if not changes:
        kept = [each for each in found if each.key != "wijkteam"]
    routes = POLICY.concerns.routes if changes else []
    concerns_of = POLICY.concerns.model_copy(update={"professionals": kept, "routes": routes})
    async with db.transaction() as conn:
        changed = POLICY.model_copy(update={"concerns": concerns_of})
        await policies.apply(conn, changed, "engine", TODAY)


async def test_who_is_in_the_policy_no_more_reads_nothing_from_now_on(
    resident: Resident, case: Case, db: Database
) -> None:
    await come_in(resident, case)
    await change_policy(db)
    page = await resident.get(READ)
    assert page.status_code == 410
    assert WORDS not in page.text
    assert (await resident.post(await case.link(), ASK)).status_code == 410


async def test_a_link_that_went_to_an_address_of_before_opens_nothing(
    resident: Resident, case: Case, db: Database
) -> None:
    path = await case.link()
    await change_policy(db, email="nieuw@wijkteam.example")
    assert (await resident.post(path, ASK)).status_code == 410
    assert await case.value("select count(*) from concern.code") == 0


@pytest.mark.parametrize(
    ("doubt", "said"), [("many", "veel meldingen tegelijk"), ("trap", "dat niemand ziet")]
)
async def test_doubt_is_told_beside_the_words(resident: Resident, case: Case, doubt: str, said: str) -> None:
    async with case.db.transaction() as conn:
        await conn.execute("update concern.concern set doubt = $1", doubt)
    await come_in(resident, case)
    told = text_of(await resident.get(READ))
    assert said in told
    assert "Ze kan toch echt zijn." in told
