"""Many concerns at once, beside a large mail run, and with the mail server away: none misses its deadline."""

import asyncio
from uuid import UUID, uuid4

import pytest
from pydantic_core import Url

from schemas.concern import ActKind
from schemas.person import Person
from schemas.refs import Language
from store import concerns, outbox
from store.database import Database
from store.vault import Vault
from tests.conftest import free_port
from tests.workers.moody import Moods, smtp_server
from tests.workflow.concerns import does, form_of, row, tells, until_asked, until_status
from tests.workflow.town import Town
from workers.postman import Postman

FLOOD = 1000
NEWSLETTER = 3000


async def newsletter(db: Database, vault: Vault, mails: int) -> None:
    """A letter to many, queued before anything else."""
    async with db.transaction() as conn:
        person = await vault.put(conn, "rotterdam", Person(name="Lezer", email="lezer@example.org"))
        for _ in range(mails):
            mail = uuid4()
            letter = f"To: lezer@example.org\r\nMessage-ID: <{mail}@straat.example>\r\n\r\nNieuws.\r\n"
            sealed = (await vault.read(conn, [person])).seal_letter(person, mail, letter.encode())
            message_id = f"<{mail}@straat.example>"
            await outbox.put(
                conn,
                outbox.Mail(mail, str(mail), "rotterdam", person, "welcome", "nl", message_id, sealed),
            )


async def told(town: Town, number: int) -> list[UUID]:
    """So many concerns, receipted and nothing more."""
    policy, found = await town.policy(), []
    async with town.db.transaction() as conn:
        for _ in range(number):
            concern = uuid4()
            form = form_of(urgency="today")
            await concerns.take_in(
                conn, town.vault, policy, form, concern, language=Language.NL, desk_url="http://desk.test"
            )
            found.append(concern)
    return found


def postman(town: Town, port: int) -> Postman:
    """Of this town."""
    return Postman(town.db, town.vault, Url(f"smtp://127.0.0.1:{port}"), "post@straat.example", 10_000)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_flood_of_concerns_overtakes_a_large_mail_run(town: Town) -> None:
    """A thousand of them: each is with somebody in time, and its mail leaves before the letters to many."""
    await newsletter(town.db, town.vault, NEWSLETTER)
    flood = await told(town, FLOOD)
    town.started += [f"escalation-{concern}" for concern in flood]
    moods, port = Moods(), free_port()
    async with smtp_server(moods, port), asyncio.timeout(600):
        await town.relay.work()
        asked = "select count(*) from post.mail where template = 'concern_ask'"
        while await town.value(asked) < FLOOD:
            await asyncio.sleep(0.1)
        man = postman(town, port)
        while await town.value(f"{asked} and state = 'accepted'") < FLOOD:
            await man._round()
    late = "select count(*) from concern.concern where due_at <= now() or holder <> 'wijkteam'"
    assert await town.value(late) == 0
    assert await town.value("select count(*) from concern.concern") == FLOOD
    left = "select count(*) from post.mail where template = 'welcome' and state = 'queued'"
    assert await town.value(left) > 0, "letters to many wait"


async def test_a_mail_server_that_is_away_for_a_day_loses_no_concern(town: Town) -> None:
    """It climbs its ladder meanwhile; when the server is back every mail goes out once."""
    case = await tells(town, urgency="today")
    port = free_port()
    await postman(town, port).work()
    assert await town.value("select count(*) from post.mail where state = 'accepted'") == 0
    due = (await row(town, case))["due_at"]
    await town.later_until(case, due)
    await until_asked(town, case, "wijkteam", 2)
    moods = Moods()
    async with smtp_server(moods, port):
        async with town.db.connection() as conn:
            await conn.execute("update post.mail set next_at = now()")
        await postman(town, port).work()
    assert len(moods.arrived) == 2
    assert await town.value("select count(*) from post.mail where state <> 'accepted'") == 0
    await does(town, case, ActKind.PICK_UP, "wijkteam")
    await until_status(town, case, "picked_up")
