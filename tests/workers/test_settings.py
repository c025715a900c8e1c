"""Settings: what is missing or wrong is named, one sentence each, and no value is repeated."""

import os
from pathlib import Path

import pytest

from schemas.facts import Template
from tests.unit.letter_samples import MAIL, a_letter, mailed, opened
from workers.settings import Settings, SettingsError, address, proxies

NEEDED = {
    "DATABASE_URL": "postgresql://straat_app:geheim@127.0.0.1/straat",
    "STRAAT_MASTER_KEY_FILE": "/etc/straat/master.key",
    "STRAAT_PUBLIC_URL": "https://straat.example/",
    "STRAAT_DESK_URL": "https://balie.straat.example",
    "STRAAT_TEMPORAL_UI_URL": "https://temporal.straat.example/ui/",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what is needed."""
    for name in os.environ:
        if name.startswith(("STRAAT_", "SMTP_", "DATABASE_", "ADMIN_DATABASE_")):
            monkeypatch.delenv(name)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def refused() -> list[str]:
    """The sentences."""
    with pytest.raises(SettingsError) as error:
        Settings.read()
    assert error.value.__suppress_context__
    return str(error.value).splitlines()


def test_what_is_needed_is_enough() -> None:
    found = Settings.read()
    assert found.database_url == NEEDED["DATABASE_URL"]
    assert found.master_key_file == Path("/etc/straat/master.key")
    assert address(found.public_url) == "https://straat.example"
    assert address(found.temporal_ui_url) == "https://temporal.straat.example/ui"
    assert (found.admin_database_url, found.local_sign_in, found.web_host) == (None, False, "127.0.0.1")


@pytest.mark.parametrize("name", NEEDED)
def test_one_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    assert refused() == [f"{name} is missing."]


def test_all_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        monkeypatch.delenv(name)
    assert sorted(refused()) == sorted(f"{name} is missing." for name in NEEDED)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DATABASE_URL", "", "at least 1 character"),
        ("SMTP_URL", "http://post:geheim@mail.example", "'smtp' or 'smtps'"),
        ("SMTP_URL", "geheim", "valid URL"),
        ("STRAAT_PUBLIC_URL", "geheim.example", "valid URL"),
        ("STRAAT_DESK_URL", "ftp://geheim.example", "'http' or 'https'"),
        ("STRAAT_LOCAL_SIGN_IN", "geheim", "valid boolean"),
        ("STRAAT_PUBLIC_PORT", "geheim", "valid integer"),
        ("STRAAT_MAILS_PER_SECOND", "0", "greater than 0"),
        ("STRAAT_TRUSTED_PROXIES", "10.0.0.1, geheim", "valid IPv4 or IPv6 network"),
        ("STRAAT_TRUSTED_PROXIES", "10.0.0.1/8", "valid IPv4 or IPv6 network"),
        ("STRAAT_TRUSTED_PROXIES", "0.0.0.0/0", "name your own proxies"),
        ("STRAAT_FORWARDED_HEADER", "x-geheim", "'x-forwarded-for' or 'forwarded'"),
        ("STRAAT_MAIL_FROM", "geheim", "no address that can send mail"),
        ("STRAAT_MAIL_FROM", "", "no address that can send mail"),
        ("STRAAT_MAIL_FROM", "Geheim <post@straat.nl>", "no address that can send mail"),
        ("STRAAT_MAIL_FROM", "geheim..post@straat.nl", "no address that can send mail"),
        ("STRAAT_MAIL_FROM", "geheim@straat.local", "no address that can send mail"),
        ("STRAAT_MAIL_FROM", f"post@{'geheim' * 11}.nl", "no address that can send mail"),
        ("STRAAT_MAIL_FROM", "gehéim@straat.nl", "letters without accents"),
    ],
)
def test_one_that_is_wrong_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)
    [sentence] = refused()
    assert sentence.startswith(f"{name} is wrong: ")
    assert why in sentence
    assert "geheim" not in sentence


@pytest.mark.parametrize(
    ("sender", "form"),
    [
        ("noreply@straße.example", "noreply@xn--strae-oqa.example"),
        ("no.reply+1@leef-straat.example.nl", "no.reply+1@leef-straat.example.nl"),
        ("no_reply@straat.amsterdam", "no_reply@straat.amsterdam"),
    ],
)
def test_a_sender_can_stand_in_every_mail(monkeypatch: pytest.MonkeyPatch, sender: str, form: str) -> None:
    """Our domain is in each Message-ID, which takes no other letters: all of them would fail for ever."""
    monkeypatch.setenv("STRAAT_MAIL_FROM", sender)
    found = Settings.read().mail_from
    assert found == form
    raw = mailed(a_letter(Template.INTAKE_PLANNED), sender=found)
    assert opened(raw)["Message-ID"] == f"<{MAIL}@{form.rpartition('@')[2]}>"
    assert opened(raw)["From"].addresses[0].addr_spec == form


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets, and nothing secret in the environment."""
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("STRAAT_SECRETS", str(tmp_path))
    return tmp_path


def test_what_is_secret_can_stand_in_files(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "database_url").write_text("postgresql://straat_app:geheim@db/straat\n")
    (secrets / "smtp_url").write_text("smtps://post:geheim@mail.example:465\n")
    found = Settings.read()
    assert found.database_url == "postgresql://straat_app:geheim@db/straat"
    assert (found.smtp_url.host, found.smtp_url.port) == ("mail.example", 465)
    monkeypatch.setenv("DATABASE_URL", "postgresql://another")
    assert Settings.read().database_url == "postgresql://another"


def test_a_file_that_is_missing_or_wrong_is_named_without_what_is_in_it(secrets: Path) -> None:
    assert refused() == ["DATABASE_URL is missing."]
    (secrets / "database_url").write_text("postgresql://db/straat")
    (secrets / "smtp_url").write_text("http://post:geheim@mail.example")
    [sentence] = refused()
    assert sentence.startswith("SMTP_URL is wrong: ")
    assert "geheim" not in sentence


def test_a_folder_that_is_none_is_named(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = ["STRAAT_SECRETS is wrong: there is no folder that we can read."]
    monkeypatch.setenv("STRAAT_SECRETS", str(secrets / "nowhere"))
    assert refused() == wrong
    (secrets / "file").write_text("x")
    monkeypatch.setenv("STRAAT_SECRETS", str(secrets / "file"))
    assert refused() == wrong


def test_the_local_stack_opens_the_local_door_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRAAT_LOCAL_SIGN_IN", "1")
    for desk in ("http://127.0.0.1:8601", "http://localhost:8601", "http://[::1]:8601"):
        monkeypatch.setenv("STRAAT_DESK_URL", desk)
        assert Settings.read().local_sign_in


@pytest.mark.parametrize(
    ("desk", "host"),
    [
        ("https://bureau.example", "127.0.0.1"),
        ("https://127.0.0.1:8601", "127.0.0.1"),
        ("http://bureau.example", "127.0.0.1"),
        ("http://192.168.1.4:8601", "127.0.0.1"),
        ("http://127.0.0.1.evil.example", "127.0.0.1"),
        ("http://127.0.0.1:8601", "0.0.0.0"),  # noqa: S104 - refused
        ("http://127.0.0.1:8601", "::"),
    ],
)
def test_a_desk_that_others_can_reach_has_no_local_sign_in(
    monkeypatch: pytest.MonkeyPatch, desk: str, host: str
) -> None:
    monkeypatch.setenv("STRAAT_LOCAL_SIGN_IN", "1")
    monkeypatch.setenv("STRAAT_DESK_URL", desk)
    monkeypatch.setenv("STRAAT_WEB_HOST", host)
    [sentence] = refused()
    assert sentence.startswith("STRAAT_LOCAL_SIGN_IN is for a stack on one's own machine only")
    monkeypatch.setenv("STRAAT_LOCAL_SIGN_IN", "0")
    assert not Settings.read().local_sign_in


def test_a_proxy_must_be_named_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else all readers would share one address, and one limit."""
    with pytest.raises(SettingsError, match="STRAAT_TRUSTED_PROXIES is missing"):
        proxies(Settings.read())
    monkeypatch.setenv("STRAAT_TRUSTED_PROXIES", "")
    assert proxies(Settings.read()) == ()
    monkeypatch.setenv("STRAAT_TRUSTED_PROXIES", "10.0.0.2, fd00::/8")
    assert list(map(str, proxies(Settings.read()))) == ["10.0.0.2/32", "fd00::/8"]
    monkeypatch.delenv("STRAAT_TRUSTED_PROXIES")
    monkeypatch.setenv("STRAAT_PUBLIC_URL", "http://127.0.0.1:8600")
    assert proxies(Settings.read()) == ()


def test_a_worker_without_a_build_knows_no_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, build in (("", None), ("2", "2"), ("0.1.0-2", "0.1.0-2")):
        monkeypatch.setenv("STRAAT_BUILD_ID", value)
        assert Settings.read().build_id == build
    monkeypatch.setenv("STRAAT_BUILD_ID", "two builds")
    monkeypatch.setenv("STRAAT_DEPLOYMENT", "Our.Workers")
    assert [line.partition(" is wrong")[0] for line in refused()] == ["STRAAT_DEPLOYMENT", "STRAAT_BUILD_ID"]


def test_a_name_that_no_folder_can_have_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRAAT_SECRETS", "geheim" * 500)
    assert refused() == ["STRAAT_SECRETS is wrong: there is no folder that we can read."]


def test_a_secret_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "smtp_url").write_bytes(b"smtp://\xff\xfe")
    monkeypatch.setenv("STRAAT_SECRETS", str(tmp_path))
    assert refused() == ["STRAAT_SECRETS is wrong: smtp_url cannot be read (it is no text)."]
