"""The vault keeps personal data unreadable, binds it to its row, and forgets for good."""

import base64
import os
from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag

from activities.context import Tools
from activities.facts import Facts
from schemas.facts import Appointment, Fact, Letter, LinkOrder, LinkPurpose, Template
from schemas.person import Person, Place
from store.database import Database
from store.keys import KEY_BYTES, KeyFileError, Keyring
from store.vault import Erased, Vault

NAME, EMAIL, PHONE, PLACE = "Kanarie Zwaluw", "kanarie@zwaluw.example", "+31 6 12345678", "Bij de zwaluwen 12"
ANS = Person(name=NAME, email=EMAIL, phone=PHONE)
CANARIES = (NAME, EMAIL, PHONE, PLACE, "Kanarie", "zwaluw.example")
COORDINATOR = "rotterdam:coordinator-1"


async def dump(conn: asyncpg.Connection) -> str:
    """Every row of every table of ours, bytes both in hexadecimal and read as Latin text."""
    tables = await conn.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables "
        "where schemaname in ('vault', 'post', 'registry', 'ledger', 'public')"
    )
    rows = [row for table in tables for row in await conn.fetch(f"select t.* from {table['name']} t")]
    cells = [cell for row in rows for cell in row.values()]
    return "\n".join(
        cell.decode("latin-1") + cell.hex() if isinstance(cell, bytes) else str(cell) for cell in cells
    )


def traces(text: str) -> list[str]:
    """The canaries that can be found in a dump, plain, in hexadecimal or in base64."""
    shapes = {
        canary: (canary, canary.encode().hex(), base64.b64encode(canary.encode()).decode()[:-4])
        for canary in CANARIES
    }
    return [canary for canary, forms in shapes.items() if any(form in text for form in forms)]


def test_the_search_for_canaries_finds_them() -> None:
    assert traces(f"x{EMAIL}") == [EMAIL, "zwaluw.example"]
    assert traces(PLACE.encode().hex()) == [PLACE]


async def test_no_table_holds_a_plain_word(
    db: Database, vault: Vault, keyring: Keyring, owner_conn: asyncpg.Connection
) -> None:
    tools = Tools(db, keyring, vault, "https://public.test", "https://desk.test", "post@straat.example")
    async with db.transaction() as conn:
        ans = await vault.put(conn, "rotterdam", ANS)
        home = await vault.put(conn, "rotterdam", Place(text=PLACE))
        await vault.look(conn, [ans], COORDINATOR, "intake")
    link = LinkOrder(purpose=LinkPurpose.CONFIRM_SIGNUP, workflow_id="signup-1")
    values = {"street": "Rozenlaan", "deadline": "2026-12-07T12:00:00Z", "at": "2026-12-07T12:00:00Z"}
    meeting = Appointment(uid="intake-1", sequence=1, at="2026-12-07T12:00:00Z", minutes=60, place=home)
    letters = [
        Letter(template=Template.CONFIRM_SIGNUP, to=ans, values=values, link=link),
        Letter(template=Template.INTAKE_PLANNED, to=ans, values=values, appointment=meeting),
    ]
    fact = Fact(key="f", name="asked", municipality="rotterdam", subject="rozenlaan", letters=letters)
    await Facts(tools).record(fact)
    found = await dump(owner_conn)
    assert str(ans) in found
    assert await owner_conn.fetchval("select count(*) from post.mail where sealed is not null") == 2
    assert traces(found) == []


async def test_what_was_put_comes_back(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        ans = await vault.put(conn, "rotterdam", ANS)
        home = await vault.put(conn, "rotterdam", Place(text=PLACE))
        assert await vault.get(conn, ans, Person) == ANS
        assert await vault.get(conn, home, Place) == Place(text=PLACE)
        assert await vault.people(conn, [ans, uuid4()]) == {ans: ANS}


async def test_a_reference_of_the_other_kind_opens_nothing(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        home = await vault.put(conn, "rotterdam", Place(text=PLACE))
        with pytest.raises(Erased):
            await vault.get(conn, home, Person)
        assert await vault.people(conn, [home]) == {}


async def test_equal_people_are_sealed_differently(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        refs = [await vault.put(conn, "rotterdam", ANS) for _ in range(2)]
        rows = await conn.fetch(
            "select wrapped_key, sealed from vault.item where ref = any($1::uuid[])", refs
        )
    assert len({row["sealed"] for row in rows} | {row["wrapped_key"] for row in rows}) == 4


async def test_erasing_destroys_the_key_and_is_logged_once(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        ans = await vault.put(conn, "rotterdam", ANS)
        bo = await vault.put(conn, "rotterdam", ANS)
        letter = (await vault.read(conn, [ans])).seal_letter(ans, UUID(int=1), b"Beste Kanarie")
        await vault.erase(conn, [ans], "signup_lapsed")
        await vault.erase(conn, [ans], "asked_for")
        with pytest.raises(Erased):
            await vault.get(conn, ans, Person)
        with pytest.raises(Erased):
            await vault.open_letter(conn, ans, UUID(int=1), letter)
        assert await vault.people(conn, [ans, bo]) == {bo: ANS}
        row = await conn.fetchrow("select * from vault.item where ref = $1", ans)
        assert (row["key_id"], row["wrapped_key"], row["sealed"]) == (None, None, None)
        assert row["erased_at"] is not None
        logged = await conn.fetch("select ref, reason from vault.erasure")
    assert [tuple(line) for line in logged] == [(ans, "signup_lapsed")]


async def test_a_copy_from_before_an_erasure_opens_with_no_key_that_is_left(
    db: Database, vault: Vault
) -> None:
    async with db.transaction() as conn:
        ans = await vault.put(conn, "rotterdam", ANS)
        copy = await conn.fetchval("select sealed from vault.item where ref = $1", ans)
        await vault.erase(conn, [ans], "asked_for")
        bo = await vault.put(conn, "rotterdam", ANS)
        await conn.execute(
            "update vault.item erased set erased_at = null, sealed = $3, key_id = kept.key_id, "
            "wrapped_key = kept.wrapped_key from vault.item kept where erased.ref = $1 and kept.ref = $2",
            ans,
            bo,
            copy,
        )
        await conn.execute("update vault.item set sealed = $2 where ref = $1", bo, copy)
        for ref in (ans, bo):
            with pytest.raises(InvalidTag):
                await vault.get(conn, ref, Person)


async def test_an_erased_row_takes_no_bytes_back(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        ans = await vault.put(conn, "rotterdam", ANS)
        await vault.erase(conn, [ans], "asked_for")
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction() as conn:
            await conn.execute("update vault.item set sealed = $2 where ref = $1", ans, b"noise")


async def test_one_changed_byte_is_seen(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        for column, place in product(("sealed", "wrapped_key"), (0, 11, 12, 40, -1)):
            ans = await vault.put(conn, "rotterdam", ANS)
            content = bytearray(await conn.fetchval(f"select {column} from vault.item where ref = $1", ans))
            content[place] ^= 1
            await conn.execute(f"update vault.item set {column} = $2 where ref = $1", ans, bytes(content))
            with pytest.raises(InvalidTag):
                await vault.get(conn, ans, Person)


async def test_a_whole_row_moved_under_another_reference_does_not_open(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        ans, bo = [await vault.put(conn, "rotterdam", ANS) for _ in range(2)]
        await conn.execute(
            "update vault.item to_ set key_id = f.key_id, wrapped_key = f.wrapped_key, sealed = f.sealed "
            "from vault.item f where to_.ref = $1 and f.ref = $2",
            bo,
            ans,
        )
        with pytest.raises(InvalidTag):
            await vault.get(conn, bo, Person)
        assert await vault.get(conn, ans, Person) == ANS


async def test_a_letter_is_bound_to_its_mail_and_its_reader(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        ans, bo = [await vault.put(conn, "rotterdam", ANS) for _ in range(2)]
        letter = (await vault.read(conn, [ans])).seal_letter(ans, UUID(int=1), b"Beste Kanarie")
        assert await vault.open_letter(conn, ans, UUID(int=1), letter) == b"Beste Kanarie"
        for reader, mail in ((bo, UUID(int=1)), (ans, UUID(int=2))):
            with pytest.raises(InvalidTag):
                await vault.open_letter(conn, reader, mail, letter)


async def test_the_highest_key_seals_and_every_key_opens(db: Database) -> None:
    old, new = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
    before, after = Vault(Keyring({1: old})), Vault(Keyring({1: old, 2: new}))
    async with db.transaction() as conn:
        early = await before.put(conn, "rotterdam", ANS)
        late = await after.put(conn, "rotterdam", ANS)
        ids = {row["ref"]: row["key_id"] for row in await conn.fetch("select ref, key_id from vault.item")}
        assert ids == {early: 1, late: 2}
        assert await after.people(conn, [early, late]) == {early: ANS, late: ANS}
        assert await Vault(Keyring({2: new})).get(conn, late, Person) == ANS
        with pytest.raises(KeyError):
            await before.get(conn, late, Person)
        with pytest.raises(InvalidTag):
            await Vault(Keyring({1: new})).get(conn, early, Person)


async def test_every_look_is_logged_before_anything_is_shown(db: Database, vault: Vault) -> None:
    async with db.transaction() as conn:
        ans, bo = [await vault.put(conn, "rotterdam", ANS) for _ in range(2)]
        await vault.erase(conn, [bo], "asked_for")
        assert await vault.look(conn, [ans, bo], COORDINATOR, "intake") == {ans: ANS}
        logged = await conn.fetch("select ref, staff, purpose from vault.look order by id")
    assert [tuple(line) for line in logged] == [(ref, COORDINATOR, "intake") for ref in (ans, bo)]


KEY = base64.b64encode(bytes(range(KEY_BYTES))).decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f"1:{KEY}\nx:{KEY}\n", "line 2 of the key file is not <id>:<base64>"),
        (f"1:{KEY}\n\n2 {KEY}\n", "line 3 of the key file is not <id>:<base64>"),
        (f"0:{KEY}\n", "line 1 of the key file is not <id>:<base64>"),
        (f"1:{KEY[:-1]}\n", "line 1 of the key file is not <id>:<base64>"),
        (f"1:{KEY[:20]}\n", "line 1 of the key file does not hold 32 bytes"),
        (f"1:{KEY}\n1:{KEY[::-1].replace('=', 'A')[:-1]}=\n", "line 2 of the key file repeats an id"),
        (f"1:{KEY}é\n", "the key file holds more than ASCII"),
        ("\n\n", "the key file holds no key"),
    ],
)
def test_a_wrong_key_file_is_told_without_a_key(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content, "utf-8")
    with pytest.raises(KeyFileError) as refused:
        Keyring.read(path)
    assert str(refused.value) == sentence
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_a_missing_key_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be read"):
        Keyring.read(tmp_path / "none.key")


def test_a_right_key_file_is_read_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text(f"  1:{KEY}\r\n\n12:{KEY}\n", "ascii")
    ring = Keyring.read(path)
    assert ring.keys == {1: bytes(range(KEY_BYTES)), 12: bytes(range(KEY_BYTES))}
    assert ring.active == 12
    assert ring.derived("link") != ring.derived("draft") != ring.keys[12]
    assert "x01" not in repr(ring)
