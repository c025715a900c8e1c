"""The page behind a mailed link: looking changes nothing, a button answers once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from schemas.facts import LinkOrder, LinkPurpose
from store import links
from store.database import Database
from store.keys import Keyring
from tests.web.public.resident import Resident, text_of

LATER, EARLIER = timedelta(days=3), timedelta(days=-1)


class Mailbox:
    """Makes links as the letters carry them."""

    def __init__(self, db: Database, keyring: Keyring) -> None:
        self.db = db
        self.keyring = keyring

    async def link(self, purpose: LinkPurpose, expires: timedelta = LATER) -> str:
        """The path of a new link."""
        person = uuid4()
        order = LinkOrder(
            purpose=purpose, workflow_id=f"signup-{uuid4()}", expires_at=datetime.now(UTC) + expires
        )
        token = links.token_of(self.keyring, order, person)
        async with self.db.connection() as conn:
            await links.make(
                conn,
                links.NewLink(token, order, municipality="den-haag", person=person, street="1e-hofje-oost"),
            )
        return f"/den-haag/antwoord/{token}"

    async def answers(self) -> list[bool]:
        """What came into the inbox."""
        async with self.db.connection() as conn:
            rows = await conn.fetch("select payload from post.submission where kind = 'answer'")
        return [row["payload"]["yes"] for row in rows]


@pytest_asyncio.fixture
async def mailbox(db: Database, keyring: Keyring) -> Mailbox:
    return Mailbox(db, keyring)


QUESTIONS = [
    (LinkPurpose.CONFIRM_SIGNUP, "Bevestig uw aanmelding", "u wordt gangmaker"),
    (LinkPurpose.CONFIRM_SECOND, "Wilt u gangmaker worden?", "u wordt gangmaker"),
    (LinkPurpose.CONFIRM_RECEIPT, "Hebt u het potje gekregen?", "Veel plezier ermee!"),
]


@pytest.mark.parametrize(("purpose", "question", "thanks"), QUESTIONS)
async def test_a_yes(
    resident: Resident, mailbox: Mailbox, purpose: LinkPurpose, question: str, thanks: str
) -> None:
    path = await mailbox.link(purpose)
    page = await resident.get(path)
    assert question in page.text
    assert "1e hofje oost" in page.text
    answered = await resident.post(path, {"answer": "yes"})
    assert (answered.status_code, answered.headers["location"]) == (303, path)
    assert thanks in (await resident.get(path)).text
    assert await mailbox.answers() == [True]


@pytest.mark.parametrize("purpose", [LinkPurpose.CONFIRM_SIGNUP, LinkPurpose.CONFIRM_SECOND])
async def test_a_no_and_then_a_yes_stays_a_no(
    resident: Resident, mailbox: Mailbox, purpose: LinkPurpose
) -> None:
    path = await mailbox.link(purpose)
    for answer in ("no", "yes", "no"):
        assert (await resident.post(path, {"answer": answer})).status_code == 303
    assert "U hebt nee gezegd." in (await resident.get(path)).text
    assert await mailbox.answers() == [False]


async def test_looking_changes_nothing(resident: Resident, mailbox: Mailbox) -> None:
    path = await mailbox.link(LinkPurpose.CONFIRM_SIGNUP)
    for look in (resident.http.get, resident.http.head, resident.http.get):
        assert (await look(path + "?answer=yes")).status_code == 200
    assert await mailbox.answers() == []


async def test_the_second_reads_the_spelregels_and_no_name(resident: Resident, mailbox: Mailbox) -> None:
    page = await resident.get(await mailbox.link(LinkPurpose.CONFIRM_SECOND))
    assert "Ten minste twee bewoners dragen de straat samen." in page.text
    english = await resident.get(page.url.path + "?taal=en")
    assert "They look after the potje together." in english.text
    assert "Yes, I will take part" in english.text


async def test_a_potje_is_only_ever_received(resident: Resident, mailbox: Mailbox) -> None:
    path = await mailbox.link(LinkPurpose.CONFIRM_RECEIPT)
    page = await resident.get(path)
    assert 'value="no"' not in page.text
    assert "070 123 45 67" in page.text
    assert (await resident.post(path, {"answer": "no"})).status_code == 400
    assert await mailbox.answers() == []


@pytest.mark.parametrize("body", [{}, {"answer": "misschien"}, {"yes": "answer"}])
async def test_what_is_no_answer_is_refused(
    resident: Resident, mailbox: Mailbox, body: dict[str, str]
) -> None:
    path = await mailbox.link(LinkPurpose.CONFIRM_SIGNUP)
    refused = await resident.post(path, body)
    assert refused.status_code == 400
    assert "Dit formulier kwam niet goed binnen" in refused.text
    assert await mailbox.answers() == []


async def test_too_late(resident: Resident, mailbox: Mailbox) -> None:
    path = await mailbox.link(LinkPurpose.CONFIRM_SIGNUP, EARLIER)
    page = await resident.get(path)
    assert page.status_code == 410
    assert "Deze link is verlopen" in text_of(page)
    await resident.post(path, {"answer": "yes"})
    assert await mailbox.answers() == []


@pytest.mark.parametrize("token", ["a", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "%00", "é" * 300])
async def test_a_forged_link_is_not_found(resident: Resident, mailbox: Mailbox, token: str) -> None:
    assert (await resident.get(f"/den-haag/antwoord/{token}")).status_code == 404
    assert (await resident.post(f"/den-haag/antwoord/{token}", {"answer": "yes"})).status_code == 404
    assert await mailbox.answers() == []


async def test_a_link_belongs_to_its_municipality(resident: Resident, mailbox: Mailbox) -> None:
    token = (await mailbox.link(LinkPurpose.CONFIRM_SIGNUP)).rpartition("/")[2]
    assert (await resident.post(f"/rotterdam/antwoord/{token}", {"answer": "yes"})).status_code == 404
    assert await mailbox.answers() == []


async def test_the_street_bears_its_own_name(resident: Resident, mailbox: Mailbox, db: Database) -> None:
    async with db.connection() as conn:
        await conn.execute(
            """insert into registry.street
                   (municipality, slug, name, part, wijk, phase, gangmakers, minimum, revision)
               values ('den-haag', '1e-hofje-oost', '1e Hofje', 'oost', 'Laak', 'intake', '{}', 2, 1)"""
        )
    page = await resident.get(await mailbox.link(LinkPurpose.CONFIRM_SIGNUP))
    assert "<strong>1e Hofje (oost)</strong>" in page.text
