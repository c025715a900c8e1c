"""Access that was taken away stays away, also when yesterday's backup comes back; others keep theirs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from schemas.calendar import dutch_date
from schemas.client import Scope, new_key
from schemas.person import Colleague
from schemas.staff import Role
from store import clients, erasure_log, passkeys, revoking, staff, webhooks
from store.clients import NewClient
from store.database import Connection, Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import Urls
from tests.store.test_erasure_restore import backup, copied
from workers.promises import once

__all__ = ["backup"]

LEAD = "rotterdam:lead-1"
AT = "rotterdam"


@dataclass
class Office:
    """Who and what lets somebody in: half of it will not, the other half stays."""

    people: dict[str, staff.Member] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    clients: dict[str, UUID] = field(default_factory=dict)
    webhooks: dict[str, UUID] = field(default_factory=dict)

    async def fill(self, conn: Connection, vault: Vault, keyring: Keyring) -> None:
        """Mila, Bas and Noor work here; two systems and two webhooks."""
        for name in ("mila", "bas", "noor"):
            colleague = Colleague(name=name, email=f"{name}@rotterdam.example")
            who = await staff.create(conn, vault, AT, colleague)
            self.people[name] = who
            for role in (Role.COORDINATOR, Role.TREASURER):
                await staff.give(conn, who, role, LEAD)
            for number in range(2):
                told = {"credential": f"{name}{number}".encode(), "public_key": b"k", "sign_count": 0}
                assert await passkeys.add(conn, keyring, who.person, "telefoon", **told)
        for name in ("old", "kept"):
            self.clients[name], self.keys[name] = uuid4(), new_key()
            day = dutch_date(await conn.fetchval("select now()")) + timedelta(days=9)
            client = NewClient(self.clients[name], AT, name, [Scope.STREETS_READ], day)
            assert await clients.make(conn, client, self.keys[name], LEAD)
            self.webhooks[name] = uuid4()
            await conn.execute(
                "insert into event.webhook (id, municipality, name, url, kinds, key_id, secret, made_by)"
                " values ($1, $2, 'w', 'https://elsewhere.example/', '{}', 1, 'x', $3)",
                *(self.webhooks[name], AT, LEAD),
            )

    async def take(self, conn: Connection, keyring: Keyring) -> None:
        """A day at the desk: one leaves, one loses a role and a passkey, a system and a webhook end."""
        await staff.end(conn, self.people["mila"], LEAD)
        bas = self.people["bas"]
        await staff.take(conn, bas, Role.TREASURER, LEAD)
        lost = (await passkeys.of_person(conn, keyring, bas.person))[0].id
        assert await staff.forget_passkey(conn, bas, lost)
        assert await clients.end(conn, self.clients["old"], LEAD)
        await webhooks.end(conn, AT, self.webhooks["old"], LEAD)

    async def opens(self, conn: Connection, keyring: Keyring) -> dict[str, object]:
        """What lets whom in."""
        today = dutch_date(await conn.fetchval("select now()"))
        found: dict[str, object] = {}
        for name, who in self.people.items():
            seats = await staff.seats_of_person(conn, who.person)
            kept = len(await passkeys.of_person(conn, keyring, who.person))
            found[name] = ([seat.role.value for seat in seats], kept)
        for name, key in self.keys.items():
            found[name] = await clients.known_by(conn, key, today) is not None
            state = "select state <> 'ended' from event.webhook where id = $1"
            found[f"{name} webhook"] = await conn.fetchval(state, self.webhooks[name])
        return found


ALL = {
    **dict.fromkeys(("mila", "bas", "noor"), (["coordinator", "treasurer"], 2)),
    **dict.fromkeys(("old", "kept", "old webhook", "kept webhook"), True),
}
LEFT = ALL | {
    "mila": ([], 0),
    "bas": (["coordinator"], 1),
    "old": False,
    "old webhook": False,
}


@pytest_asyncio.fixture
async def office(database: Urls, vault: Vault, keyring: Keyring) -> AsyncIterator[Office]:
    """The office as the backup has it."""
    db, made = Database(database.app_url), Office()
    async with db.transaction() as conn:
        await made.fill(conn, vault, keyring)
    await db.close()
    yield made


async def looked(db: Database, office: Office, keyring: Keyring) -> dict[str, object]:
    async with db.transaction() as conn:
        return await office.opens(conn, keyring)


async def test_a_restored_backup_lets_nobody_in_again(
    database: Urls, backup: Urls, office: Office, vault: Vault, keyring: Keyring, tmp_path: Path
) -> None:
    await copied(database, backup, Database(database.app_url))
    today, apart = Database(database.app_url), tmp_path / "erasures.jsonl"
    async with today.transaction() as conn:
        await office.take(conn, keyring)
    await once(today, vault, apart)
    assert await looked(today, office, keyring) == LEFT
    await today.close()
    text = apart.read_text()
    assert "mila" not in text
    assert "bas@" not in text
    assert len(erasure_log.read(text).revoked) == 5

    restored = Database(backup.app_url)
    assert await looked(restored, office, keyring) == ALL
    await once(restored, vault, apart)
    assert await looked(restored, office, keyring) == LEFT
    async with restored.transaction() as conn:
        told = await conn.fetch("select name, actor from registry.fact where key = any ($1)", keys(text))
        assert await revoking.replay(conn, erasure_log.read(text).revoked) == 0
        assert await revoking.opens(conn) == revoking.Opens(colleagues=2, passkeys=3, clients=1, webhooks=1)
    assert sorted(tuple(row) for row in told) == [
        ("client.ended", LEAD),
        ("staff.ended", LEAD),
        ("staff.passkey_removed", office.people["bas"].ref),
        ("staff.role_ended", LEAD),
        ("webhook.ended", LEAD),
    ]
    assert set(keys(apart.read_text())) == set(keys(text)), "and the log goes on telling it"
    await restored.close()


def keys(text: str) -> list[str]:
    return [line.key for line in erasure_log.read(text).revoked]


async def test_what_was_given_again_before_the_backup_stays(
    db: Database, office: Office, vault: Vault, keyring: Keyring, tmp_path: Path
) -> None:
    """The journal of the backup knows the end, and what came after it."""
    apart, bas = tmp_path / "erasures.jsonl", office.people["bas"]
    async with db.transaction() as conn:
        await staff.take(conn, bas, Role.TREASURER, LEAD)
        await staff.give(conn, bas, Role.TREASURER, LEAD)
    for _ in range(2):
        await once(db, vault, apart)
    assert await looked(db, office, keyring) == ALL


async def test_who_lost_a_passkey_does_not_find_it_again(
    db: Database, office: Office, vault: Vault, keyring: Keyring
) -> None:
    async with db.transaction() as conn:
        mila = office.people["mila"]
        gone = {each.id for each in await passkeys.of_person(conn, keyring, mila.person)}
        await staff.invite_again(conn, vault, mila, LEAD)
        told = await revoking.told(conn)
    assert {UUID(row["passkey"]) for row in told} == gone
    assert {row["name"] for row in told} == {"staff.passkey_removed"}


async def test_every_act_of_the_log_is_one_that_is_told(owner_conn: asyncpg.Connection) -> None:
    """The names that are replayed, those that are written apart, and those of the index are the same."""
    index = await owner_conn.fetchval(
        "select pg_get_expr(indpred, indrelid) from pg_index where indrelid = 'registry.fact'::regclass"
        " and pg_get_expr(indpred, indrelid) like '%client.ended%'"
    )
    for name in revoking.ACTS:
        assert f"'{name}'" in revoking.SQL["told"]
        assert f"'{name}'" in index
    assert revoking.SQL["told"].count("ended'") + revoking.SQL["told"].count("removed'") == len(revoking.ACTS)


WHOLE = (
    '{"key": "k", "name": "client.ended", "municipality": "rotterdam", "subject": "client/x",'
    ' "actor": "operator", "passkey": null, "at": "2026-11-26T10:00:00+00:00"}'
)


@pytest.mark.parametrize(
    ("right", "wrong"), [("client.ended", "client.made"), ("2026-11-26T", "gisteren"), ("actor", "who")]
)
async def test_a_line_that_is_not_known_breaks_the_log(right: str, wrong: str) -> None:
    assert len(erasure_log.read(WHOLE).revoked) == 1
    with pytest.raises(erasure_log.BrokenLog, match="line 1"):
        erasure_log.read(WHOLE.replace(right, wrong))
