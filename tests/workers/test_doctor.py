"""The doctor: each thing that can be wrong is made wrong for real, and found; nothing secret is told."""

import base64
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
import yaml
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, RemoveSearchAttributesRequest
from temporalio.client import Client

from schemas.heads import HEADS
from schemas.person import Person
from schemas.retention import RETENTION
from store import doctor as store
from store import rotation, safekeeping
from store.database import Database
from store.keys import KEY_BYTES, Keyring, read_file
from store.vault import Vault
from tests.conftest import Urls, free_port
from tests.workers.doctors import NEEDED, Doctor, engine
from tests.workers.inside import Inside
from tests.workers.moody import Moods, smtp_server
from workers.doctor.database import way
from workers.doctor.findings import Check, Finding, State
from workers.doctor.groups import Group
from workers.doctor.place import Place
from workers.doctor.rounds import answer
from workers.doctor.work import LIMITS
from workers.schedules import SCHEDULES, ensure
from workers.settings import Settings

RULES = sorted((Path(__file__).parents[2] / "deploy" / "prometheus" / "rules").glob("*.yml"))
PAGE = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text("utf-8")
ANS = Person(name="Ans", email="ans@straat.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal(run_dir: Path) -> AsyncIterator[Client]:
    """One engine for all of them."""
    async with engine(run_dir / "doctor") as client:
        yield client


@pytest.fixture
def key_file(run_dir: Path) -> Path:
    """A key file in a folder that everybody can enter."""
    path = run_dir / "doctor.key"
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_text(f"1:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n")
    return path


@pytest_asyncio.fixture
async def doctor(database: Urls, key_file: Path, temporal: Client, db: Database) -> Doctor:
    """Of an installation in which all is well, on this very machine."""
    ring = Keyring.read(key_file)
    async with db.transaction() as conn:
        await Vault(ring).put(conn, "rotterdam", ANS)
        for kind in ("worker", "web"):
            await rotation.hold(conn, f"{kind}-1", kind, ring)
    return Doctor(
        {
            "DATABASE_URL": database.app_url,
            "STRAAT_MASTER_KEY_FILE": str(key_file),
            "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
            "STRAAT_ERASURE_LOG": str(key_file.with_name("erasures.jsonl")),
            **dict.fromkeys(NEEDED, f"http://127.0.0.1:{free_port()}"),
        }
    )


async def test_all_is_well(doctor: Doctor, owner_conn: asyncpg.Connection) -> None:
    await owner_conn.execute("insert into registry.backup (way) values ('straat')")
    for group in ("settings", "database", "temporal", "keys", "machine"):
        await doctor.is_well(group)
    rest = await doctor.finds("backups", "not checked", "the folder of the backups")
    assert {state for state, _ in rest} == {"good"}


async def test_one_wrong_setting_hides_nothing_else(doctor: Doctor, tmp_path: Path) -> None:
    del doctor.env["STRAAT_PUBLIC_URL"]
    doctor.env |= {"SMTP_URL": "http://geheim", "STRAAT_PUBLC_URL": "http://a.test"}
    rest = await doctor.finds("settings", "broken", "STRAAT_PUBLIC_URL is missing")
    assert [told for state, told in rest if state == "broken" and told.startswith("SMTP_URL is wrong")]
    assert [
        told for state, told in rest if state == "attention" and told.startswith("STRAAT_PUBLC_URL is no")
    ]
    await doctor.is_well("database")
    await doctor.is_well("keys")
    (tmp_path / "database_url").write_text("postgresql://elsewhere")
    doctor.env["STRAAT_SECRETS"] = str(tmp_path)
    await doctor.finds("settings", "attention", "DATABASE_URL stands in the environment and as a file")
    assert "geheim" not in "".join(doctor.said)


async def test_a_secret_that_others_can_read(doctor: Doctor, key_file: Path) -> None:
    key_file.chmod(0o644)
    await doctor.finds("settings", "broken", "the file of STRAAT_MASTER_KEY_FILE can be read by everybody")
    closed = key_file.with_name("closed")
    closed.mkdir(mode=0o700, exist_ok=True)
    doctor.env["STRAAT_MASTER_KEY_FILE"] = str(key_file.rename(closed / "key"))
    await doctor.is_well("settings")


async def test_a_database_that_is_behind_or_ahead(doctor: Doctor, owner_conn: asyncpg.Connection) -> None:
    await owner_conn.execute("delete from public.migration where name like '0032%'")
    await doctor.finds(
        "database", "broken", "it is behind: 1 migration(s) are missing, from 0032_watching.sql"
    )
    await owner_conn.execute(
        "insert into public.migration values ('0032_watching.sql', ''), ('9999_later.sql', '')"
    )
    await doctor.finds("database", "attention", "it is ahead: 1 migration(s) of a later release, up to 9999")


async def test_a_role_that_may_too_much_or_too_little(
    doctor: Doctor, database: Urls, owner_conn: asyncpg.Connection
) -> None:
    await owner_conn.execute("grant update on ledger.transfer to straat_app")
    await owner_conn.execute("grant delete on registry.fact to straat_app")
    await doctor.finds("database", "broken", "changed: ledger.transfer: update, registry.fact: delete")
    await owner_conn.execute("revoke update on ledger.transfer from straat_app")
    await owner_conn.execute("revoke delete on registry.fact from straat_app")
    await owner_conn.execute("revoke select on registry.story from straat_app")
    await doctor.finds("database", "broken", "the role straat_app cannot read registry.story")
    doctor.env["DATABASE_URL"] = database.admin_url
    await doctor.finds("database", "broken", "the role postgres may far too much")


async def test_a_server_that_writes_what_people_type(doctor: Doctor, owner_conn: asyncpg.Connection) -> None:
    name = await owner_conn.fetchval("select current_database()")
    await owner_conn.execute(f'alter database "{name}" set log_min_error_statement = error')
    await doctor.finds("database", "attention", "would write what somebody typed into the log")


async def test_a_database_that_is_away_hides_nothing_else(doctor: Doctor, database: Urls) -> None:
    doctor.env["DATABASE_URL"] = f"{database.app_url}_not"
    await doctor.finds("database", "broken", "does not let us in (InvalidCatalogNameError)")
    doctor.env["DATABASE_URL"] = f"postgresql://straat_app@127.0.0.1:{free_port()}/straat"
    [left] = await doctor.finds("database", "broken", "PostgreSQL does not answer")
    assert left[0] == "not checked"
    assert left[1].endswith(": PostgreSQL does not answer")
    rest = await doctor.finds("temporal", "not checked", "yearly rounds: PostgreSQL does not answer")
    [shut] = [told for state, told in rest if state != "good"]
    assert shut.startswith("PostgreSQL does not answer")
    await doctor.finds("backups", "good", "the log of erasures can be read and written")


async def test_nothing_can_be_written_on_the_doctors_connections(database: Urls) -> None:
    db = store.opened(database.app_url)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with db.transaction() as conn:
            await conn.execute("delete from post.link")
    await db.close()


async def test_temporal_away_or_without_our_namespace(doctor: Doctor) -> None:
    doctor.env["TEMPORAL_NAMESPACE"] = "elsewhere"
    await doctor.finds("temporal", "broken", "there is no namespace elsewhere")
    doctor.env["TEMPORAL_ADDRESS"] = f"127.0.0.1:{free_port()}"
    [left] = await doctor.finds("temporal", "broken", "Temporal does not answer at 127.0.0.1:")
    assert left[0] == "not checked"
    await doctor.is_well("database")


async def test_a_namespace_that_is_not_ours(doctor: Doctor) -> None:
    doctor.env["TEMPORAL_NAMESPACE"] = "temporal-system"
    rest = await doctor.finds("temporal", "broken", "no worker asks for work: nothing moves")
    said = " ".join(told for state, told in rest if state == "broken")
    assert "search attribute(s) missing: Municipality, Wijk, Phase, Due" in said
    assert "missing: renewal-round-aalsmeer, renewal-round-den-haag, renewal-round-rotterdam" in said


async def test_servers_that_take_a_connection_and_say_nothing(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.doctor.doors.PATIENCE", 0.3)
    monkeypatch.setattr("workers.doctor.mail.PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        doctor.env["DATABASE_URL"] = f"postgresql://straat_app@127.0.0.1:{port}/straat"
        doctor.env |= {"TEMPORAL_ADDRESS": f"127.0.0.1:{port}", "SMTP_URL": f"smtp://127.0.0.1:{port}"}
        for group, words in (
            ("database", "PostgreSQL does not answer"),
            ("temporal", "Temporal does not answer"),
            ("mail", "does not answer"),
        ):
            await doctor.finds(group, "broken", words)
        await doctor.is_well("machine")


async def test_a_check_that_stumbles_is_told_and_what_it_held_is_not() -> None:
    async def stumble(_: Place) -> list[Finding]:
        raise ValueError("geheim")

    [found] = await answer(Check(Group.MACHINE, "it", stumble), Place(Settings.model_construct()))
    assert (found.state, found.told) == (
        State.NOT_CHECKED,
        "it: the doctor stumbled over it (ValueError); please report that",
    )


async def test_a_disk_that_is_full(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from the other side: more room is wanted than any disk has."""
    monkeypatch.setattr("workers.doctor.machine.NONE", 10**18)
    found = await doctor.ask("machine")
    assert [told for state, told in found if state == "broken" and "GB free for the log of erasures" in told]


@pytest.mark.parametrize(
    ("tls", "address", "host", "state"),
    [
        (True, "192.0.2.1", "db.gemeente.nl", State.GOOD),
        (False, "192.0.2.1", "db.gemeente.nl", State.ATTENTION),
        (False, "172.30.0.4", "postgres", State.GOOD),
        (False, "127.0.0.1", "db.gemeente.nl", State.GOOD),
        (False, None, "", State.GOOD),
    ],
)
def test_a_way_that_is_not_encrypted(tls: bool, address: str | None, host: str, state: State) -> None:
    told = {"tls": tls, "address": address}
    assert way(told, f"postgresql://straat_app:p@{host}:5432/straat").state is state


async def test_a_schedule_that_is_paused_or_missing_or_off_its_time(doctor: Doctor, temporal: Client) -> None:
    daily = temporal.get_schedule_handle(HEADS)
    await daily.pause()
    rest = await doctor.finds("temporal", "attention", f"schedule {HEADS} is paused")
    await daily.unpause()
    assert {state for state, _ in rest} == {"good"}
    await daily.delete()
    await doctor.finds("temporal", "broken", f"schedule(s) missing: {HEADS}")
    changed = [type(one)(one.id, one.hour + 1, one.workflow, one.summary) for one in SCHEDULES]
    await ensure(temporal, changed)
    rest = await doctor.finds("temporal", "attention", f"schedule {RETENTION} starts next at")
    assert [told for state, told in rest if state == "attention" and "not its time" in told]
    await ensure(temporal)
    await doctor.is_well("temporal")


async def test_a_search_attribute_that_is_missing(doctor: Doctor, temporal: Client) -> None:
    here = {"namespace": temporal.namespace}
    operator = temporal.operator_service
    await operator.remove_search_attributes(RemoveSearchAttributesRequest(search_attributes=["Wijk"], **here))
    await doctor.finds("temporal", "broken", "search attribute(s) missing: Wijk")
    await operator.add_search_attributes(AddSearchAttributesRequest(search_attributes={"Wijk": 2}, **here))
    await doctor.is_well("temporal")


async def test_keys_that_do_not_open_the_vault(doctor: Doctor, key_file: Path) -> None:
    right = key_file.read_text()
    other = base64.b64encode(os.urandom(KEY_BYTES)).decode()
    key_file.write_text(f"1:{other}\n")
    rest = await doctor.finds("keys", "broken", "key 1 of the file does not open what the vault says")
    assert [told for state, told in rest if state == "broken" and "is another key than the one that" in told]
    key_file.write_text(f"2:{other}\n")
    await doctor.finds("keys", "broken", "the file lacks key 1")
    key_file.write_text(f"{right}2:{other}:waits\n")
    await doctor.finds("keys", "attention", "key 2 waits to seal")
    key_file.write_text(right.replace("1:", "one:"))
    [left] = await doctor.finds("keys", "broken", "line 1 of the key file is not <id>:<base64>")
    assert left[0] == "not checked"


async def test_processes_that_died(doctor: Doctor, owner_conn: asyncpg.Connection) -> None:
    await owner_conn.execute("update vault.holder set seen_at = now() - interval '1 hour' where kind = 'web'")
    await doctor.finds("keys", "attention", "no web lives")


async def test_a_backup_that_is_old_or_never_was(
    doctor: Doctor, owner_conn: asyncpg.Connection, db: Database
) -> None:
    await doctor.finds("backups", "attention", "no backup was ever made")
    await owner_conn.execute(
        "insert into registry.backup (made_at, way) values (now() - interval '27 hours', 'dump')"
    )
    await doctor.finds("backups", "attention", "older than 26 hours")
    async with db.transaction() as conn:
        await safekeeping.note_restored(conn, "straat-1", await store.now(conn))
        await safekeeping.settle(conn, ("rotterdam",))
    await doctor.finds("backups", "attention", "payments of rotterdam are held")


async def test_what_lies_in_the_folder_of_the_backups(doctor: Doctor, database: Urls, tmp_path: Path) -> None:
    doctor.env["ADMIN_DATABASE_URL"] = database.admin_url
    where, keys = tmp_path / "db", tmp_path / "keys"
    named = ("--backups", str(where))
    await doctor.finds("backups", "broken", "is not there", *named)

    made = await Inside(doctor.env).run("backup", "--output", str(where), "--keys", str(keys))
    assert made.code == 0
    [dump] = where.glob("*/database.dump")
    half = where / ".straat-20990101T000000Z.half"
    half.mkdir()
    manifest = (dump.parent / "manifest.json").read_text("utf-8")
    (half / "manifest.json").write_text(re.sub(r'("made_at": ")\d{4}', r"\g<1>2099", manifest))
    await doctor.is_well("backups", *named)
    dump.write_bytes(dump.read_bytes()[:-1])
    await doctor.finds("backups", "broken", "is not whole", *named)
    keys.rename(where / "keys")
    await doctor.finds("backups", "broken", "master keys lie within the folder", *named)


async def test_a_log_of_erasures_that_is_behind_or_broken(
    doctor: Doctor, owner_conn: asyncpg.Connection
) -> None:
    await owner_conn.execute(
        "insert into vault.erasure (ref, reason, erased_at)"
        " values (gen_random_uuid(), 'x', now() - interval '6 minutes')"
    )
    await doctor.finds("backups", "broken", "the log of erasures lacks 1 erasure(s)")
    log = Path(doctor.env["STRAAT_ERASURE_LOG"])
    log.write_text("half a l")
    try:
        await doctor.finds("backups", "broken", "line 1 of the log of erasures cannot be read")
    finally:
        log.unlink()


async def test_books_that_are_broken_or_were_forgotten(
    doctor: Doctor, owner_conn: asyncpg.Connection
) -> None:
    await owner_conn.execute("update registry.policy set applied_at = now() - interval '3 days'")
    await doctor.finds("backups", "attention", "the books of rotterdam were not recomputed since")
    await owner_conn.execute(
        "insert into registry.fact (key, name, municipality, subject, actor)"
        " values ('b', 'ledger.broken', 'aalsmeer', 'ledger', 'engine')"
    )
    await doctor.finds("backups", "broken", "the books of aalsmeer were found broken")


async def test_the_page_shows_what_it_says(doctor: Doctor, temporal: Client) -> None:
    """Each line of the example, but for its numbers."""
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)[0]
    await temporal.get_schedule_handle(HEADS).pause()
    ended = await Inside(doctor.env).run("doctor")
    await temporal.get_schedule_handle(HEADS).unpause()
    said = {re.sub(r"\d+", "0", line) for line in ended.out.splitlines()}
    lines = [re.sub(r"\d+", "0", line) for line in shown.splitlines()]
    assert len(lines) > 10
    assert [line for line in lines if line not in said] == []


async def test_what_waits_for_too_long(doctor: Doctor, owner_conn: asyncpg.Connection) -> None:
    await doctor.is_well("work")
    await owner_conn.execute(
        "insert into post.submission (id, kind, municipality, payload, received_at)"
        " values (gen_random_uuid(), 'signup', 'rotterdam', '{}', now() - interval '10 minutes')"
    )
    await doctor.finds("work", "attention", "rotterdam: what came in waits to reach its workflow, the oldest")


def test_what_waits_is_told_by_the_limits_of_the_alerts() -> None:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    rules = [rule for group in groups for rule in group["rules"]]
    asked = {rule["alert"]: rule["expr"] for rule in rules if "alert" in rule}
    for limit in LIMITS:
        assert asked[limit.alert].endswith(f" > {limit.most:.0f}")
        assert limit.measure in asked[limit.alert]


async def test_nothing_secret_is_told(
    doctor: Doctor, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Canaries in every secret, in right places and in places where they break what reads them."""
    key = read_file(key_file).all[1]
    canary = "k4narie/G%heim"
    quoted = "k4narie%2FG%25heim"
    port = free_port()
    ways = [
        {"SMTP_URL": f"smtp://straat:{quoted}@127.0.0.1:{port}", "TEMPORAL_API_KEY": canary},
        {"DATABASE_URL": f"postgresql://straat_app:{quoted}@127.0.0.1:{free_port()}/straat"},
        {"DATABASE_URL": f"postgresql://straat_app:{canary}@127.0.0.1:nonsense/straat"},
        {"DATABASE_URL": canary, "SMTP_URL": canary, "STRAAT_PUBLIC_URL": canary},
        {"TEMPORAL_TLS_CLIENT_CERT_DATA": canary, "TEMPORAL_TLS_CLIENT_KEY_DATA": canary},
    ]
    moods, said = Moods(), ""
    async with smtp_server(moods, port, password=True):
        for number, way in enumerate(ways):
            ended = await Inside(doctor.env | way).run("doctor", *["--json"][: number % 2])
            said += ended.out + ended.err
    assert moods.logins
    assert "refuses the name and password" in said
    forms = {
        canary,
        quoted,
        *(base64.b64encode(each).decode().rstrip("=") for each in (key, canary.encode())),
    }
    assert [form for form in (*forms, key.hex(), ANS.name, ANS.email, "k4narie") if form in said] == []
