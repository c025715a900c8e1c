"""The postman beside a mail server that misbehaves: every mail once, none lost, none left lying about."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from pydantic_core import Url

from activities.context import Tools
from activities.facts import Facts
from schemas.facts import Fact, Letter, Template
from schemas.person import Person
from store import outbox
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.vault import Vault
from tests.conftest import free_port
from tests.workers.moody import HANG_UP, KEEP_AND_HANG_UP, Moods, smtp_server
from workers.loops import Loop
from workers.postman import DOUBT, PATIENCE, Postman

SENDER = "post@straat.example"
ANS, BO = "ans@example.org", "bo@example.org"


@dataclass
class Office:
    """An outbox, and a mail server that is told how to behave."""

    db: Database
    vault: Vault
    port: int
    moods: Moods = field(default_factory=Moods)

    def postman(self, vault: Vault | None = None, login: str = "") -> Postman:
        """Somebody who works here."""
        url = Url(f"smtp://{login}127.0.0.1:{self.port}")
        return Postman(self.db, vault or self.vault, url, SENDER, per_second=10_000)

    async def post(self, email: str = ANS, content: bytes | None = None) -> UUID:
        """Queue a mail; the person behind it is in the vault."""
        mail_id = uuid4()
        letter = _letter(email, mail_id) if content is None else content
        async with self.db.transaction() as conn:
            person = await self.vault.put(conn, "rotterdam", Person(name="Ans", email=email))
            sealed = (await self.vault.read(conn, [person])).seal_letter(person, mail_id, letter)
            message_id = f"<{mail_id}@straat.example>"
            key = str(mail_id)
            mail = outbox.Mail(mail_id, key, "rotterdam", person, "welcome", "nl", message_id, sealed)
            await outbox.put(conn, mail)
        return mail_id

    async def goes_round(self, vault: Vault | None = None, login: str = "") -> float | None:
        """One round of a postman, after everything that waits has become due."""
        async with self.db.transaction() as conn:
            await conn.execute("update post.mail set next_at = now()")
        return await self.postman(vault, login).work()

    async def row(self, mail: UUID) -> asyncpg.Record:
        """A mail as the outbox tells it."""
        async with self.db.connection() as conn:
            return await conn.fetchrow("select * from post.mail where id = $1", mail)

    async def stands(self, mail: UUID) -> tuple[str, str | None, bool]:
        """State, code, and whether its bytes are still here."""
        row = await self.row(mail)
        return row["state"], row["last_code"], row["sealed"] is not None

    def message_ids(self) -> list[str]:
        """Of what arrived, in order."""
        lines = [line for mail in self.moods.arrived for line in mail.content.split(b"\r\n")]
        return [line.decode().split("<")[1].split("@")[0] for line in lines if line.startswith(b"Message-ID")]


def _letter(email: str, mail_id: UUID) -> bytes:
    message = EmailMessage(SMTP if email.isascii() else SMTPUTF8)
    message["To"], message["Message-ID"] = email, f"<{mail_id}@straat.example>"
    message.set_content("Hallo.\n.\n..een regel met een punt\nDag.\n")
    return message.as_bytes()


@pytest_asyncio.fixture
async def office(db: Database, vault: Vault) -> Office:
    """An outbox whose mail server is still closed."""
    return Office(db, vault, free_port())


@pytest_asyncio.fixture
async def open_office(office: Office) -> AsyncIterator[Office]:
    """The same, with its server open."""
    async with smtp_server(office.moods, office.port):
        yield office


async def test_what_was_rendered_arrives_and_our_copy_goes(open_office: Office, keyring: Keyring) -> None:
    office = open_office
    tools = Tools(office.db, keyring, office.vault, "https://public.test", "https://desk.test", SENDER)
    async with office.db.transaction() as conn:
        ans = await office.vault.put(conn, "rotterdam", Person(name="Ans Bakker", email=ANS))
    values = {"street": "Rozenlaan"}
    letter = Letter(template=Template.STREET_DECLINED, to=ans, values=values)
    fact = Fact(key="f", name="declined", municipality="rotterdam", subject="rozenlaan", letters=[letter])
    await Facts(tools).record(fact)
    async with office.db.connection() as conn:
        row = await conn.fetchrow("select * from post.mail")
        rendered = await office.vault.open_letter(conn, ans, row["id"], row["sealed"])
    assert b"Ans Bakker" in rendered
    assert await office.goes_round() is None
    [mail] = office.moods.arrived
    assert (mail.sender, mail.readers, mail.content) == (SENDER, (ANS,), rendered)
    assert await office.stands(row["id"]) == ("accepted", None, False)


async def test_a_line_with_a_dot_arrives_as_it_was_written(open_office: Office) -> None:
    mail = await open_office.post()
    await open_office.goes_round()
    assert open_office.moods.arrived[0].content == _letter(ANS, mail)


async def test_many_mails_go_in_one_round_each_once(open_office: Office) -> None:
    mails = [await open_office.post() for _ in range(45)]
    await open_office.goes_round()
    assert open_office.message_ids() == [str(mail) for mail in mails]
    await open_office.goes_round()
    assert len(open_office.moods.arrived) == 45


@pytest.mark.parametrize("command", ["RCPT", "DATA?", "DATA"])
async def test_later_means_later(open_office: Office, command: str) -> None:
    open_office.moods.say(command, "451 busy", "452 still busy")
    mail = await open_office.post()
    for code in ("451", "452"):
        soonest = await open_office.goes_round()
        assert await open_office.stands(mail) == ("queued", code, True)
        assert soonest is not None
        assert soonest > 0
    await open_office.goes_round()
    assert await open_office.stands(mail) == ("accepted", None, False)
    assert len(open_office.moods.arrived) == 1


async def test_later_becomes_no_after_days(open_office: Office) -> None:
    open_office.moods.say("RCPT", "451 busy", "451 busy")
    mail = await open_office.post()
    for attempts, expected in ((PATIENCE - 1, "queued"), (PATIENCE, "failed")):
        async with open_office.db.transaction() as conn:
            await conn.execute("update post.mail set attempts = $1", attempts)
        await open_office.goes_round()
        assert (await open_office.row(mail))["state"] == expected


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA?", "DATA"])
async def test_no_means_no(open_office: Office, command: str) -> None:
    open_office.moods.say(command, "550 no", to="" if command == "MAIL" else ANS)
    mail = await open_office.post()
    assert await open_office.goes_round() is None
    assert await open_office.stands(mail) == ("failed", "550", False)
    await open_office.goes_round()
    assert open_office.moods.arrived == []


@pytest.mark.parametrize("reply", ["299 perhaps", "999 what", "nee", "5.1.1 no such"])
@pytest.mark.parametrize(("command", "state"), [("RCPT", "queued"), ("DATA", "unknown")])
async def test_what_is_no_answer_costs_no_mail(
    open_office: Office, command: str, state: str, reply: str
) -> None:
    """Before the content the mail is still here; afterwards the server may have it."""
    open_office.moods.say(command, reply)
    mail = await open_office.post()
    await open_office.goes_round()
    told, code, kept = await open_office.stands(mail)
    assert (told, kept) == (state, True)
    assert code in ("299", "999", "-1", "SMTPServerDisconnected")
    await open_office.goes_round()
    assert (await open_office.stands(mail))[0] == "accepted"


async def test_a_server_that_is_away_costs_no_mail_however_long(office: Office) -> None:
    mail = await office.post()
    async with office.db.transaction() as conn:
        await conn.execute("update post.mail set attempts = 100000")
    await office.goes_round()
    state, code, kept = await office.stands(mail)
    assert (state, kept) == ("queued", True)
    assert code is not None
    assert ANS not in code
    async with smtp_server(office.moods, office.port):
        await office.goes_round()
    assert office.message_ids() == [str(mail)]


async def test_a_server_that_goes_away_between_two_mails(office: Office) -> None:
    async with smtp_server(office.moods, office.port):
        first = await office.post()
        await office.goes_round()
    second = await office.post()
    await office.goes_round()
    assert (await office.row(second))["state"] == "queued"
    async with smtp_server(office.moods, office.port):
        await office.goes_round()
    assert office.message_ids() == [str(first), str(second)]


async def test_a_server_that_takes_nobody_costs_no_mail(office: Office) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 no service here\r\n")
        writer.close()

    mail = await office.post()
    async with await asyncio.start_server(refuse, "127.0.0.1", office.port):
        await office.goes_round()
    assert await office.stands(mail) == ("queued", "554", True)


async def test_a_wrong_password_costs_no_mail_and_a_right_one_may_hold_any_sign(office: Office) -> None:
    mail = await office.post()
    async with smtp_server(office.moods, office.port, password=True):
        await office.goes_round(login="straat%40mail:wrong@")
        assert await office.stands(mail) == ("queued", "535", True)
        await office.goes_round(login="straat%40mail:p%40ss%3Aword%2F1@")
    assert await office.stands(mail) == ("accepted", None, False)


async def test_hung_up_before_data_it_was_not_sent(open_office: Office) -> None:
    open_office.moods.say("RCPT", HANG_UP)
    mail = await open_office.post()
    await open_office.goes_round()
    assert (await open_office.row(mail))["state"] == "queued"
    await open_office.goes_round()
    assert open_office.message_ids() == [str(mail)]


@pytest.mark.parametrize(("mood", "copies"), [(KEEP_AND_HANG_UP, 2), (HANG_UP, 1)])
async def test_hung_up_after_data_it_is_sent_again_as_the_same_mail(
    open_office: Office, mood: str, copies: int
) -> None:
    open_office.moods.say("DATA", mood)
    mail = await open_office.post()
    await open_office.goes_round()
    state, _, kept = await open_office.stands(mail)
    assert (state, kept) == ("unknown", True)
    await open_office.goes_round()
    await open_office.goes_round()
    assert open_office.message_ids() == [str(mail)] * copies
    assert await open_office.stands(mail) == ("accepted", None, False)


async def test_a_mail_that_stays_unknown_is_given_up(open_office: Office) -> None:
    open_office.moods.say("DATA", *[KEEP_AND_HANG_UP] * 100)
    mail = await open_office.post()
    for _ in range(DOUBT + 5):
        await open_office.goes_round()
    assert (await open_office.stands(mail))[::2] == ("failed", False)
    assert len(open_office.moods.arrived) == DOUBT + 1


async def test_a_long_outage_does_not_count_as_doubt(open_office: Office) -> None:
    open_office.moods.say("DATA", HANG_UP)
    mail = await open_office.post()
    async with open_office.db.transaction() as conn:
        await conn.execute("update post.mail set attempts = $1", DOUBT * 2)
    await open_office.goes_round()
    assert (await open_office.row(mail))["state"] == "unknown"


async def test_a_crash_between_250_and_note_costs_one_copy(open_office: Office) -> None:
    mail, other = await open_office.post(), await open_office.post()
    async with open_office.db.transaction() as conn:
        await conn.execute("update post.mail set state = 'sending', attempts = 1 where id = $1", mail)
    await open_office.goes_round()
    await open_office.goes_round()
    assert sorted(open_office.message_ids()) == sorted([str(mail), str(other)])
    assert await open_office.stands(mail) == ("accepted", None, False)


async def test_who_was_erased_gets_nothing(open_office: Office) -> None:
    mail, other = await open_office.post(), await open_office.post(BO)
    async with open_office.db.transaction() as conn:
        person = (await open_office.row(mail))["person"]
        await open_office.vault.erase(conn, [person], "asked_for")
    await open_office.goes_round()
    assert await open_office.stands(mail) == ("dropped", "erased", False)
    assert open_office.message_ids() == [str(other)]


async def test_a_wrong_key_file_costs_no_mail(open_office: Office) -> None:
    mail = await open_office.post()
    for ring in (Keyring({1: os.urandom(KEY_BYTES)}), Keyring({2: os.urandom(KEY_BYTES)})):
        await open_office.goes_round(Vault(ring))
        assert await open_office.stands(mail) == ("queued", "unreadable", True)
    assert open_office.moods.asked == []
    await open_office.goes_round()
    assert open_office.message_ids() == [str(mail)]


@pytest.mark.parametrize("bad", ["refused", "data refused", "hung up", "no reader", "not a mail", "erased"])
async def test_one_bad_mail_does_not_stop_the_others(open_office: Office, bad: str) -> None:
    office, content = open_office, {"no reader": b"Subject: x\r\n\r\nx", "not a mail": b"\xff\xfe\x00"}
    before = await office.post(BO)
    mail = await office.post(content=content.get(bad))
    after = [await office.post(BO) for _ in range(3)]
    office.moods.say("RCPT", *["550 no"] * (bad == "refused"))
    office.moods.say("DATA?", *["554 no"] * (bad == "data refused"))
    office.moods.say("DATA", *[HANG_UP] * (bad == "hung up"))
    if bad == "erased":
        async with office.db.transaction() as conn:
            await office.vault.erase(conn, [(await office.row(mail))["person"]], "asked_for")
    await office.postman().work()
    assert office.message_ids() == [str(each) for each in (before, *after)]
    assert (await office.row(mail))["state"] != "accepted"


@pytest.mark.parametrize(("international", "state"), [(True, "accepted"), (False, "failed")])
async def test_an_address_beyond_ascii(office: Office, international: bool, state: str) -> None:
    mail, other = await office.post("anaïs@example.org"), await office.post()
    async with smtp_server(office.moods, office.port, international=international):
        await office.goes_round()
    assert ((await office.row(mail))["state"], (await office.row(other))["state"]) == (state, "accepted")
    readers = [arrived.readers for arrived in office.moods.arrived]
    assert readers == [("anaïs@example.org",)] * international + [(ANS,)]


async def test_two_postmen_bring_each_mail_once(open_office: Office) -> None:
    office = open_office
    loops = [
        Loop(office.db, "outbox", office.postman().work, outbox.become_the_postman).run() for _ in range(2)
    ]
    tasks = [asyncio.create_task(loop) for loop in loops]
    mails = [str(await office.post()) for _ in range(40)]
    async with asyncio.timeout(20), office.db.connection() as conn:
        while await conn.fetchval("select count(*) from post.mail where state <> 'accepted'"):
            assert not any(task.done() for task in tasks)
            await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(office.message_ids()) == sorted(mails)
    async with office.db.connection() as conn:
        assert await conn.fetchval("select max(attempts) from post.mail") == 1


async def test_no_address_is_logged(open_office: Office, caplog: pytest.LogCaptureFixture) -> None:
    open_office.moods.say("RCPT", f"550 <{ANS}> is unknown here")
    mail = await open_office.post()
    with caplog.at_level(logging.DEBUG, "postman"):
        await open_office.goes_round()
    assert ANS not in caplog.text
    assert (await open_office.stands(mail))[1] == "550"
