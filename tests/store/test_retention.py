"""Retention: what is older than its term goes, what is younger stays, and every table has its class."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg
import pytest

from schemas.calendar import dutch_date
from schemas.person import Account, Colleague, Document, Person, Place, Story
from schemas.policy import Policy
from schemas.refs import ENGINE
from schemas.retention import CLASSES, ROUND, TERM_OVER, How, Removal, Removed
from store import policies, proofs, retention
from store.database import Connection, Database
from store.vault import Item, Vault

CITY = "rotterdam"
LONG_AGO = timedelta(days=4000)
LATELY = timedelta(hours=1)
AGES = (LONG_AGO, LATELY)
"""One of each that goes, one that stays."""


async def put(conn: Connection, vault: Vault, item: Item) -> UUID:
    return await vault.put(conn, CITY, item)


async def submissions(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    """Taken in by the API, so that a note of its contents points at it."""
    one, client = uuid4(), uuid4()
    await conn.execute(
        "insert into post.submission (id, kind, municipality, payload, relayed_at)"
        " values ($1, 'signup', $2, '{}', now() - $3::interval)",
        *(one, CITY, ago),
    )
    await conn.execute(
        "insert into client.client (id, municipality, name, key_hash, hint, scopes, expires_on, made_by)"
        " values ($1, $2, 'x', $3, 'x', '{}', now(), 'engine')",
        *(client, CITY, sha256(client.bytes).digest()),
    )
    await conn.execute(
        "insert into client.submission (submission, municipality, client) values ($1, $2, $3)",
        *(one, CITY, client),
    )
    return []


async def stranded(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    ref = await put(conn, vault, Person(name="Kanarie", email="k@bewoner.example"))
    await conn.execute(
        "insert into post.submission (id, kind, municipality, payload, relayed_at, refused)"
        " values ($1, 'signup', $2, $3, now() - $4::interval, 'workflow_gone')",
        *(uuid4(), CITY, {"gangmaker": str(ref)}, min(ago, timedelta(days=100))),
    )
    return [ref]


async def mails(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    await conn.execute(
        "insert into post.mail (id, key, municipality, person, template, language, message_id, state,"
        " created_at) values ($1, $4, $2, $1, 'welcome', 'nl', '<m>', 'accepted', now() - $3::interval)",
        *(uuid4(), CITY, ago, str(uuid4())),
    )
    return []


async def answers(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    await conn.execute(
        "insert into post.link (token_hash, purpose, workflow_id, municipality, person, street, answered_at)"
        " values ($1, 'renewal', 'w', $2, $3, 's', now() - $4::interval)",
        *(uuid4().bytes, CITY, uuid4(), ago),
    )
    return []


async def codes(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    await conn.execute(
        "insert into post.code (id, municipality, street, person, browser_hash, created_at, expires_at)"
        " values ($1, $2, 's', $1, '', now() - $3::interval, now())",
        *(uuid4(), CITY, ago),
    )
    return []


async def sessions(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    await conn.execute(
        "insert into registry.session (token_hash, staff, municipality, role, how, expires_at)"
        " values ($1, 'rotterdam:a', $2, 'lead', 'passkey', now() - $3::interval)",
        *(uuid4().bytes, CITY, ago),
    )
    return []


async def looks(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    ref = await put(conn, vault, Place(text="Thuis"))
    await conn.execute(
        "insert into vault.look (ref, staff, purpose, looked_at) values ($1, 'a', 'p', now() - $2::interval)",
        *(ref, ago),
    )
    return []


async def stories(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    words = await put(conn, vault, Story(text="Soep"))
    await _story(conn, words, ago)
    return [words]


async def _story(conn: Connection, words: UUID, ago: timedelta, person: UUID | None = None) -> None:
    await conn.execute(
        "insert into registry.story (id, municipality, street, person, words, share, told_at, read_at, shown)"
        " values ($1, $2, 's', $3, $4, true, now() - $5::interval, now(), $6)",
        *(uuid4(), CITY, person or uuid4(), words, ago, person is not None),
    )


async def moments(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    place = await put(conn, vault, Place(text="Bij Kanarie thuis"))
    await conn.execute(
        "insert into intake.slot (id, municipality, coordinator, at, place)"
        " values ($1, $2, 'a', now() - $3::interval, $4)",
        *(uuid4(), CITY, ago, place),
    )
    return [place]


async def _member(conn: Connection, vault: Vault, column: str, ago: timedelta) -> UUID:
    contact = await put(conn, vault, Colleague(name="Kanarie", email=f"{uuid4()}@gemeente.example"))
    ref = f"rotterdam:{contact}"
    await conn.execute(
        f"insert into staff.member (ref, municipality, person, contact, account, {column})"
        " values ($1, $2, $3, $4, $5, now() - $6::interval)",
        *(ref, CITY, uuid4(), contact, sha256(contact.bytes).digest(), ago),
    )
    await conn.execute("insert into staff.role (ref, role, source) values ($1, 'lead', 'desk')", ref)
    return contact


async def colleagues(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    return [await _member(conn, vault, "ended_at", ago)]


async def invitations(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    return [await _member(conn, vault, "invited_at", ago)]


async def money(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    """A statement, and an account that was paid on."""
    content = uuid4().bytes
    document = await put(conn, vault, Document(content=content))
    await conn.execute(
        "insert into money.statement (id, municipality, sha256, document, state, problem, uploaded_by,"
        " uploaded_at) values ($1, $2, $3, $4, 'refused', 'x', 'a', now() - $5::interval)",
        *(uuid4(), CITY, sha256(content).digest(), document, ago),
    )
    account = await put(conn, vault, Account(holder="Kanarie", iban="NL91ABNA0417164300"))
    await conn.execute(
        "insert into money.payee (ref, municipality, street, given_by, state, decided_at)"
        " values ($1, $2, 's', $1, 'replaced', now() - $3::interval)",
        *(account, CITY, ago),
    )
    return [document, account]


async def webhooks(conn: Connection, vault: Vault, ago: timedelta) -> list[UUID]:
    await conn.execute(
        "insert into event.webhook (id, municipality, name, url, kinds, state, key_id, secret, made_by,"
        " made_at) values ($1, $2, 'x', 'https://x.example', '{}', 'ended', 1, '', 'a', $3)",
        *(uuid4(), CITY, datetime.now(UTC) - ago),
    )
    return []


MAKERS = {
    each.__name__: each
    for each in (
        *(stranded, submissions, mails, answers, codes, sessions, looks, stories, moments, colleagues),
        *(invitations, money, webhooks),
    )
}
COUNTED = {"money": 2, "submissions": 1}
"""How many lines one of them is, where it is not one."""


async def removed(db: Database, vault: Vault, *, most: int = retention.BATCH, run: str = "1") -> Removed:
    day = dutch_date(datetime.now(UTC)).isoformat()
    return await retention.remove(db, vault, Removal(municipality=CITY, day=day, run=run), most=most)


async def still_there(db: Database, vault: Vault, refs: Sequence[UUID]) -> list[bool]:
    async with db.connection() as conn:
        return [
            await conn.fetchval("select erased_at is null from vault.item where ref = $1", ref)
            for ref in refs
        ]


def test_every_class_of_the_round_is_tried() -> None:
    assert list(MAKERS) == [each.key for each in ROUND]


@pytest.mark.parametrize("key", list(MAKERS))
async def test_what_is_too_old_goes_and_the_rest_stays(db: Database, vault: Vault, key: str) -> None:
    async with db.transaction() as conn:
        old, young = [await MAKERS[key](conn, vault, ago) for ago in AGES]
        await conn.execute("update post.submission set relayed_at = now() where kind = 'money'")
    policy = await policy_of(db)
    async with db.connection() as conn:
        (told,) = [each for each in await retention.waiting(conn, policy) if each.key == key]
    count = COUNTED.get(key, 1)
    assert told.due == count
    gone = await removed(db, vault)
    assert gone.counts == {key: count}
    assert await still_there(db, vault, old) == [False] * len(old)
    assert await still_there(db, vault, young) == [True] * len(young)
    assert (await removed(db, vault)).counts == {}
    async with db.connection() as conn:
        (told,) = [each for each in await retention.waiting(conn, policy) if each.key == key]
        assert told.due == 0
        assert told.next is not None
        assert told.next > datetime.now(UTC)
        reasons = await conn.fetch("select reason from vault.erasure where ref = any ($1)", old)
    assert {row["reason"] for row in reasons} == ({f"retention.{key}"} if old else set())


async def policy_of(db: Database) -> Policy:
    async with db.connection() as conn:
        found = await policies.current(conn, CITY)
    assert found
    return found[0]


async def test_it_goes_in_batches_and_the_report_counts_them_once(db: Database, vault: Vault) -> None:
    """A round that is broken off after a batch has counted that batch, and the next one goes on."""
    async with db.transaction() as conn:
        for _ in range(7):
            await mails(conn, vault, LONG_AGO)
        await colleagues(conn, vault, LONG_AGO)
    assert (await removed(db, vault, most=2)).counts == {"mails": 7, "colleagues": 1}
    await removed(db, vault)
    async with db.connection() as conn:
        (today,) = await retention.report(conn, CITY)
        facts = await conn.fetch("select actor, result from registry.fact where name = 'retention.ran'")
    assert (today["items"], today["counts"]) == (8, {"mails": 7, "colleagues": 1})
    assert [(row["actor"], row["result"]) for row in facts] == [
        (ENGINE, {"removed": {"mails": 7, "colleagues": 1}})
    ], "the same run is one line"
    await removed(db, vault, run="2")
    async with db.connection() as conn:
        assert await conn.fetchval("select count(*) from registry.fact where name = 'retention.ran'") == 2


async def test_a_batch_that_fails_is_not_counted(
    db: Database, vault: Vault, owner_conn: asyncpg.Connection
) -> None:
    async with db.transaction() as conn:
        (contact,) = await colleagues(conn, vault, LONG_AGO)
    await owner_conn.execute("alter table vault.erasure add constraint shut check (false) not valid")
    with pytest.raises(asyncpg.CheckViolationError):
        await removed(db, vault)
    assert await still_there(db, vault, [contact]) == [True]
    await owner_conn.execute("alter table vault.erasure drop constraint shut")
    assert (await removed(db, vault)).counts == {"colleagues": 1}


async def test_another_municipality_and_its_terms(db: Database, vault: Vault) -> None:
    """A shorter term goes sooner; nobody else's things go along."""
    async with db.transaction() as conn:
        await mails(conn, vault, timedelta(days=40))
        await conn.execute(
            "insert into post.mail select gen_random_uuid(), key || 'x', 'den-haag', person, template,"
            " language, message_id, sealed, state, attempts, next_at, last_code, created_at from post.mail"
        )
        assert await conn.fetchval("select count(*) from post.mail") == 2
    assert (await removed(db, vault)).counts == {}
    policy = await policy_of(db)
    shorter = policy.model_copy(
        update={"retention": policy.retention.model_copy(update={"mails": timedelta(days=30)})}
    )
    async with db.transaction() as conn:
        await policies.apply(conn, shorter, "engine", dutch_date(datetime.now(UTC)))
    assert (await removed(db, vault)).counts == {"mails": 1}
    async with db.connection() as conn:
        assert await conn.fetchval("select municipality from post.mail") == "den-haag"


async def test_who_looked_cannot_be_removed_early(app_conn: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.PostgresError, match="90 days"):
        await app_conn.execute("select vault.forget_looks('rotterdam', interval '89 days', 10)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app_conn.execute("delete from vault.look")


async def test_a_story_goes_with_who_told_it(db: Database, vault: Vault) -> None:
    """Also one that stands on the website; those of others stay."""
    async with db.transaction() as conn:
        ans, bo = [await put(conn, vault, Person(name=name, email="")) for name in ("Ans", "Bo")]
        refs = [await put(conn, vault, Story(text="Soep")) for _ in (ans, bo)]
        for words, person in zip(refs, (ans, bo), strict=True):
            await _story(conn, words, LONG_AGO, person)
    assert (await removed(db, vault)).counts == {}
    async with db.transaction() as conn:
        await vault.erase(conn, [ans], "street.forgotten")
    assert (await removed(db, vault)).counts == {"stories": 1}
    assert await still_there(db, vault, refs) == [False, True]


async def test_people_of_a_stranded_sign_up_stay_when_something_else_knows_them(
    db: Database, vault: Vault
) -> None:
    async with db.transaction() as conn:
        (ref,) = await stranded(conn, vault, LONG_AGO)
        await conn.execute(
            "insert into post.link (token_hash, purpose, workflow_id, municipality, person, street)"
            " values ('x', 'street_door', 'w', $1, $2, 's')",
            *(CITY, ref),
        )
    assert (await removed(db, vault)).counts == {}
    assert await still_there(db, vault, [ref]) == [True]


async def test_a_file_of_the_bank_that_is_old_enough_is_no_hole_in_the_books(
    db: Database, vault: Vault
) -> None:
    """The digest stays in the chain; any other reason for a missing file is told."""
    policy = await policy_of(db)
    assert policy.retention.fiscal_years == 7
    async with db.transaction() as conn:
        document = await put(conn, vault, Document(content=b"bytes"))
        row = {"sha256": b"d", "digest": b"d", "document": document}
        await vault.erase(conn, [document], TERM_OVER)
        assert await proofs._file(conn, row, vault) is None  # type: ignore[arg-type]
        other = await put(conn, vault, Document(content=b"bytes"))
        await vault.erase(conn, [other], "some.accident")
        assert await proofs._file(conn, {**row, "document": other}, vault) == "has a file that is gone"  # type: ignore[arg-type]


async def test_every_table_has_a_class(owner_conn: asyncpg.Connection) -> None:
    """A new table needs a decision: what is in it, how long it stays, what removes it."""
    found = await owner_conn.fetch(
        "select schemaname || '.' || tablename as name from pg_tables"
        " where schemaname !~ '^(pg_|information_schema)'"
    )
    named = [table for each in CLASSES for table in each.tables]
    assert sorted(named) == sorted(row["name"] for row in found)
    assert len({each.key for each in CLASSES}) == len(CLASSES)
    assert all(each.reason and each.term for each in CLASSES)
    assert all(each.where for each in CLASSES if each.how is not How.STAYS)
