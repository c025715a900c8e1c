"""A concern in doubt stands after those without, in the inbox, on the desk, and in the post."""

from datetime import timedelta
from uuid import UUID, uuid4

from schemas.concern import ConcernForm
from schemas.facts import Doubt
from schemas.person import Person
from schemas.refs import Language
from store import concerns, inbox, outbox, policies
from store.database import Database
from store.inbox import Submission
from store.vault import Vault

FORM = ConcernForm.model_validate(
    {
        "topic": "money",
        "urgency": "today",
        "wijk": "Noord",
        "words": "De gordijnen zijn al een week dicht.",
        "knows": "not",
        "who": "anonymous",
    }
)


async def told(db: Database, vault: Vault, doubt: Doubt | None, *, urgency: str = "today") -> UUID:
    """A concern, taken in."""
    concern = uuid4()
    form = FORM.model_copy(update={"urgency": urgency})
    async with db.transaction() as conn:
        found = await policies.current(conn, "rotterdam")
        assert found
        await concerns.take_in(
            conn,
            vault,
            found[0],
            form,
            concern,
            language=Language.NL,
            desk_url="http://desk.test",
            doubt=doubt,
        )
    return concern


async def test_the_relay_takes_it_after_all_else(db: Database, vault: Vault) -> None:
    """A flood of them holds up nobody's sign-up, and no code."""
    many = await told(db, vault, Doubt.MANY)
    async with db.transaction() as conn:
        await inbox.receive(conn, Submission(uuid4(), "money", "rotterdam", {}))
    real = await told(db, vault, None)
    trap = await told(db, vault, Doubt.TRAP)
    async with db.transaction() as conn:
        taken = await inbox.take(conn, 10)
    assert [each.id for each in taken if each.kind == "concern"] == [real, many, trap]
    assert [each.kind for each in taken] == ["concern", "money", "concern", "concern"]


async def test_the_desk_shows_it_after_those_without(db: Database, vault: Vault) -> None:
    many = await told(db, vault, Doubt.MANY)
    later = await told(db, vault, None, urgency="later")
    async with db.transaction() as conn:
        await conn.execute("update concern.concern set due_at = now() - interval '1 day' where id = $1", many)
        found = await concerns.not_closed(conn, "rotterdam")
    assert [(row["id"], row["doubt"]) for row in found.rows] == [(later, None), (many, "many")]


async def test_its_mail_stands_in_line_with_the_letters(db: Database, vault: Vault) -> None:
    """The mail of one without doubt overtakes them all."""
    async with db.transaction() as conn:
        person = await vault.put(conn, "rotterdam", Person(name="Lezer", email="lezer@example.org"))
        for template in ("welcome", "doubtful_concern", "concern_ask"):
            await _put(conn, vault, person, template)
            await conn.execute("update post.mail set created_at = created_at - $1::interval", timedelta(1))
        rows = await conn.fetch(outbox.SQL["next"], 10)
        order = {row["id"]: row["template"] for row in await conn.fetch("select id, template from post.mail")}
    assert [order[row["id"]] for row in rows] == ["concern_ask", "welcome", "doubtful_concern"]


async def _put(conn: object, vault: Vault, person: UUID, template: str) -> None:
    mail = uuid4()
    sealed = (await vault.read(conn, [person])).seal_letter(
        person, mail, b"To: lezer@example.org\r\n\r\nNieuws.\r\n"
    )
    message_id = f"<{mail}@straat.example>"
    await outbox.put(
        conn, outbox.Mail(mail, str(mail), "rotterdam", person, template, "nl", message_id, sealed)
    )
