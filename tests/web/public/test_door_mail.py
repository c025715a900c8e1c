"""The mail with the code: queued once, sealed, in its reader's language, and only while it is of use."""

from email.message import EmailMessage

import asyncpg
import pytest
import pytest_asyncio

from activities.codes import send_code
from activities.context import Tools
from schemas.refs import Language
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.unit.letter_samples import opened, part
from tests.web.public.doorstep import Doorstep
from tests.web.public.resident import Resident


@pytest_asyncio.fixture
async def doorstep(db: Database, keyring: Keyring) -> Doorstep:
    step = Doorstep(db, keyring)
    await step.settle("Anna")
    return step


@pytest.fixture
def tools(db: Database, keyring: Keyring, vault: Vault) -> Tools:
    return Tools(
        db=db,
        keyring=keyring,
        vault=vault,
        public_url="http://public.test",
        desk_url="http://desk.test",
        mail_from="post@straat.test",
    )


def spaced(code: str) -> str:
    """As it is easiest to read and type over; the page forgives the space."""
    return f"{code[:3]} {code[3:]}"


async def deliver(tools: Tools, doorstep: Doorstep) -> list[EmailMessage]:
    """Do as the relay does with the latest code; gives the mails that wait to be sent."""
    (code,) = await doorstep.rows("select id from post.code order by created_at desc limit 1")
    async with tools.db.transaction() as conn:
        await send_code(conn, tools, code["id"])
    mails = await doorstep.rows("select id, person, sealed from post.mail")
    async with tools.db.connection() as conn:
        return [
            opened(await tools.vault.open_letter(conn, mail["person"], mail["id"], mail["sealed"]))
            for mail in mails
        ]


async def test_the_mail_tells_the_code(resident: Resident, doorstep: Doorstep, tools: Tools) -> None:
    await doorstep.ask(resident, "Anna")
    (mail,) = await deliver(tools, doorstep)
    assert mail["Subject"] == "Uw code voor Rozenlaan (oost)"
    assert "anna@voorbeeld.nl" in str(mail["To"])
    code = spaced(await doorstep.code())
    for kind in ("plain", "html"):
        words = part(mail, kind)
        assert code in words
        assert "10 minuten" in words
        assert "mijn-straat" not in words
    assert f"\n\n{code}\n\n" in part(mail, "plain")
    assert code not in str(mail["Subject"])


async def test_in_english(resident: Resident, doorstep: Doorstep, tools: Tools) -> None:
    await doorstep.settle("Mary", language=Language.EN)
    await doorstep.ask(resident, "Mary")
    (mail,) = await deliver(tools, doorstep)
    assert mail["Subject"] == "Your code for Rozenlaan (oost)"
    assert f"\n\n{spaced(await doorstep.code())}\n\n" in part(mail, "plain")
    assert "10 minutes" in part(mail, "plain")


async def test_once_however_often_it_is_tried(resident: Resident, doorstep: Doorstep, tools: Tools) -> None:
    await doorstep.ask(resident, "Anna")
    assert len(await deliver(tools, doorstep)) == 1
    assert len(await deliver(tools, doorstep)) == 1
    await doorstep.ask(resident, "Anna")
    assert len(await deliver(tools, doorstep)) == 2


USELESS = ["used_at = now()", "expires_at = now()"]


@pytest.mark.parametrize("change", USELESS)
async def test_a_code_of_no_use_is_not_mailed(
    resident: Resident, doorstep: Doorstep, tools: Tools, owner_conn: asyncpg.Connection, change: str
) -> None:
    await doorstep.ask(resident, "Anna")
    await owner_conn.execute(f"update post.code set {change}")
    assert await deliver(tools, doorstep) == []


async def test_who_left_or_was_erased_gets_no_mail(
    resident: Resident, doorstep: Doorstep, tools: Tools
) -> None:
    await doorstep.ask(resident, "Anna")
    await doorstep.settle()
    assert await deliver(tools, doorstep) == []
    await doorstep.settle("Anna")
    async with tools.db.transaction() as conn:
        await tools.vault.erase(conn, [doorstep.people["Anna"]], "test")
    assert await deliver(tools, doorstep) == []
