"""The handbook leads somewhere: links, commands, runbooks, labels and terms are those of what there is."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import asyncpg
import helm_python as helm
import pytest
import yaml

from forms.desk.pages import MINE
from forms.desk.retention.words import CLASSES as WORDS
from forms.desk.retention.words import span
from forms.desk.words import PILES
from forms.site.i18n import translated
from schemas.concern_policy import Concerns
from schemas.person import Person
from schemas.refs import Language
from schemas.retention import CLASSES, How, Kept
from schemas.staff import Role
from schemas.street_policy import Retention
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import Urls
from tests.deploy.tools import CHART, COMPOSE, ROOT, UNITS, said, tool
from tests.docs.test_install import blocks
from tests.workers.inside import Inside
from tests.workers.test_cli import key_file

__all__ = ["key_file"]

DOCS = ROOT / "docs"
HANDBOOK = sorted(path for folder in ("handbook", "handboek") for path in (DOCS / folder).glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
OPERATOR = (DOCS / "handbook" / "operator.md").read_text("utf-8")
PRIVACY = (DOCS / "handboek" / "privacyfunctionaris.md").read_text("utf-8")


def named(path: Path) -> str:
    """A page as the house knows it."""
    return path.relative_to(ROOT).as_posix()


# Links


@cache
def anchors(path: Path) -> frozenset[str]:
    """What can stand behind a ``#``: each heading, as the sites that show these pages name it."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings)


def lost(page: Path) -> Iterator[str]:
    """The links of a page that lead nowhere."""
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text("utf-8")):
        place, _, anchor = link.partition("#")
        there = (page.parent / place).resolve() if place else page
        known = there.exists() and (not anchor or there.suffix != ".md" or anchor in anchors(there))
        if not known:
            yield link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(lost(page)) == []


def test_every_page_of_the_handbook_is_in_its_index() -> None:
    index = (DOCS / "handbook" / "README.md").read_text("utf-8")
    links = {(DOCS / "handbook" / each).resolve() for each in re.findall(r"\]\(([^)#]+\.md)", index)}
    assert set(HANDBOOK) - {DOCS / "handbook" / "README.md"} <= links


@pytest.mark.parametrize("page", HANDBOOK, ids=named)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    rooms = "tests|schemas|workflows|activities|workers|forms|store|deploy"
    stage = (DOCS / "handbook" / "a-stage.diff").read_text("utf-8")
    places = re.findall(rf"`((?:{rooms})/[\w./-]+)`", page.read_text("utf-8"))
    gone = [each for each in places if not (ROOT / each).exists() and f"+++ b/{each}\n" not in stage]
    assert gone == []


# Commands

RUN_ELSEWHERE = ("backup.md", "deploys.md")
"""Their tests run their commands, on whole stacks: a line that stands there word for word is run."""
NEEDS_A_SERVER = re.compile(r"straat (deploy|reconcile)")


def commands(text: str, kind: str = "sh") -> list[str]:
    """The lines of the blocks of one kind."""
    return [line.strip() for block in blocks(text, kind) for line in block.strip().splitlines() if line]


def run_elsewhere() -> set[str]:
    """Without the number of a build, which is another one each time."""
    texts = [(DOCS / name).read_text("utf-8") for name in RUN_ELSEWHERE]
    return {re.sub(r" \d+$", " 2", line) for text in texts for line in commands(text)}


RUN_BY_ITS_OWN_TEST = DOCS / "handbook" / "developer.md"
HERE = list(
    dict.fromkeys(
        line
        for page in HANDBOOK
        for line in commands(page.read_text("utf-8"))
        if page != RUN_BY_ITS_OWN_TEST and not NEEDS_A_SERVER.match(line)
    )
)
ENDS = {"straat keys retire 1": 1}
"""Two hours are not over yet."""


def test_what_needs_whole_servers_is_run_by_the_test_of_its_page() -> None:
    lines = [line for page in HANDBOOK for line in commands(page.read_text("utf-8"))]
    theirs = {re.sub(r" \d+$", " 2", line) for line in lines if NEEDS_A_SERVER.match(line)}
    assert len(theirs) == 5
    assert theirs <= run_elsewhere()


async def test_every_other_command_runs_as_it_stands(
    database: Urls, key_file: Path, tmp_path: Path, owner_conn: asyncpg.Connection
) -> None:
    await owner_conn.close()
    urls = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")
    shell = Inside(
        {
            "DATABASE_URL": database.app_url,
            "ADMIN_DATABASE_URL": database.admin_url,
            "STRAAT_MASTER_KEY_FILE": str(key_file),
            **dict.fromkeys(urls, "http://some.test"),
        }
    )
    await _somebody_signed_up(database, key_file)
    for command in sorted(HERE, key=lambda line: "keys" in line):
        line = re.sub(r" /(backups|backups-elsewhere)/", rf" {tmp_path}/\1/", command)
        ended = await shell.run(*_words(line, tmp_path))
        assert ended.code == ENDS.get(command, 0), (command, ended)
    assert len(HERE) > 12


def _words(line: str, folder: Path) -> list[str]:
    first, *words = shlex.split(line)
    assert first == "straat", line
    here = {"person.json": folder / "person.json", "journal.jsonl": folder / "journal.jsonl"}
    words = [str(here.get(word, word)) for word in words]
    if words[:2] == ["person", "export"]:
        words += ["--output", str(here["person.json"])]
    return [str(ROOT / word) if word.startswith("deploy/") else word for word in words]


def test_as_root_beside_systemd_a_command_finds_its_secrets(
    database: Urls, key_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "database_url").write_text(database.app_url)
    (tmp_path / "master_key").write_text(key_file.read_text("utf-8"))
    [line] = re.findall(r"^\| systemd \| as root: `(.+)` \|$", OPERATOR, re.MULTILINE)
    for theirs, ours in (
        ("/etc/straat/straat.env", UNITS / "straat.env.example"),
        ("/etc/straat/secrets", tmp_path),
        ("/etc/straat/keys", tmp_path),
        ("/opt/straat/bin/straat ...", f"{tool('straat')} keys status"),
    ):
        assert theirs in line
        line = line.replace(theirs, str(ours))
    assert "1" in said("sh", "-c", line)


async def _somebody_signed_up(database: Urls, key_file: Path) -> None:
    [mail] = set(re.findall(r"person \w+ --mail (\S+)", PRIVACY))
    db = Database(database.app_url)
    async with db.transaction() as conn:
        await Vault(Keyring.read(key_file)).put(conn, "rotterdam", Person(name="Ans Bakker", email=mail))
    await db.close()


def test_what_is_not_run_is_said_so_on_its_page() -> None:
    for page in HANDBOOK:
        text = page.read_text("utf-8")
        kinds = set(re.findall(r"^ *```(\w*)$", text, re.MULTILINE)) - {""}
        assert kinds <= {"sh", "console"}, named(page)
        assert "console" not in kinds or "What was run" in text, named(page)


def test_services_deployments_and_units_that_are_named_are_ours() -> None:
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text("utf-8"))["services"]
    told = re.findall(r"docker compose (?:stop|restart) ([a-z -]+)", OPERATOR)
    one = re.findall(r"docker compose (?:exec|logs --tail 50|run --rm) ([a-z-]+)", OPERATOR)
    assert {*one, *(name for words in told for name in words.split())} <= {*services}
    assert {"straat", "migrate", "backup", "postgres"} <= {*one}
    with helm.Chart.load(CHART) as chart:
        values = yaml.safe_load(blocks((DOCS / "install.md").read_text("utf-8"), "yaml")[0])
        rendered = "\n".join(chart.render(values, name="straat", namespace="straat").values())
    named_there = set(re.findall(r"deploy/(straat-\w+)", OPERATOR))
    assert named_there
    assert [name for name in named_there if f"name: {name}\n" not in rendered] == []
    units = set(re.findall(r"(?:systemctl \w+|--unit) ((?:straat-\w+ ?)+)", OPERATOR))
    assert {each for words in units for each in words.split()} <= {
        path.stem for path in UNITS.glob("*.service")
    }


# Runbooks

PARTS = ("**You see**", "**For residents:**", "\n1. ", "**It is over when**", "**Write down**")


def runbooks() -> dict[str, str]:
    """Each incident by its title."""
    _, _, incidents = OPERATOR.partition("## Incidents")
    parts = re.split(r"^### (.+)$", incidents.partition("\n## ")[0], flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    del found["Which incident is it"]
    return found


def test_every_runbook_goes_the_same_way() -> None:
    assert len(runbooks()) == 11
    for title, text in runbooks().items():
        places = [text.find(part) for part in PARTS]
        assert -1 not in places, title
        assert places == sorted(places), title


def test_every_alert_leads_to_a_runbook_and_the_table_of_symptoms_to_all() -> None:
    alerts = set(re.findall(r"^## (\w+)$", (DOCS / "alerts.md").read_text("utf-8"), re.MULTILINE))
    link = re.compile(r"\[(\w+)\]\(\.\./alerts\.md#(\w+)\)")
    seen = {name for text in runbooks().values() for name, _ in link.findall(text)}
    assert alerts == seen
    table = OPERATOR.partition("### Which incident is it")[2].partition("### ")[0]
    assert {name for name, _ in link.findall(table)} == alerts
    assert all(name.lower() == anchor for name, anchor in link.findall(OPERATOR))
    leads = set(re.findall(r"\| \[[^|]+\]\(#([\w-]+)\) \|$", table, re.MULTILINE))
    assert leads == {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in runbooks()}


# Labels

DUTCH = [path for path in HANDBOOK if path.parent.name == "handboek"]
LABEL = re.compile(r"(?<![*\w])\*(?!\*)([^*\n|]+)\*(?![*\w])")


@cache
def sentences() -> str:
    """All that the pages say: the sentences of catalogue and templates, one a line."""
    catalogue = "\n".join(
        path.read_text("utf-8").replace('"\n"', "")
        for path in (ROOT / "forms" / "locale" / "en" / "LC_MESSAGES").glob("*.po")
    )
    found = re.findall(r'^msgid(?:_plural)? "(.*)"$', catalogue, re.MULTILINE)
    return "\n".join(["", *(re.sub(r"</?\w[^>]*>", "", each) for each in found), ""])


@pytest.mark.parametrize("page", DUTCH, ids=named)
def test_every_label_stands_on_the_screen(page: Path) -> None:
    labels = {" ".join(each.split()) for each in LABEL.findall(page.read_text("utf-8"))} - {"schuin"}
    assert len(labels) > 5

    def is_there(label: str) -> bool:
        pattern = ".*".join(re.escape(part) for part in label.split("…"))
        return bool(re.search(rf"^{pattern}{'.*' if '…' in label else ''}$", sentences(), re.MULTILINE))

    assert sorted(label for label in labels if not is_there(label)) == []


@pytest.mark.parametrize(
    ("page", "role"), [("coordinator.md", Role.COORDINATOR), ("penningmeester.md", Role.TREASURER)]
)
def test_every_pile_of_today_has_its_line(page: str, role: Role) -> None:
    lines = (DOCS / "handboek" / page).read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("| *")]
    assert [
        PILES[pile] for pile in MINE[role] if not any(f"| *{PILES[pile]}* |" in each for each in table)
    ] == []


# Terms


def row(key: str) -> list[str]:
    """The cells of a class in the table of terms."""
    [cells] = re.findall(rf"^\| `{key}` \| (.*) \| (.*) \| (.*) \|$", PRIVACY, re.MULTILINE)
    return list(cells)


@pytest.mark.parametrize("key", [each.key for each in CLASSES])
def test_each_term_is_that_of_the_policy(key: str) -> None:
    (each,) = [each for each in CLASSES if each.key == key]
    what, term, who = row(key)
    kept = {How.ROUND: "elke nacht", How.ITSELF: "vanzelf", How.STAYS: "blijft"}
    assert who == kept[each.how] if each.how in kept else who not in kept.values()
    if key in WORDS:
        assert what == translated(WORDS[key], Language.NL)
    assert _told(each) in f"{what} {term}", (what, term)


def _told(each: Kept) -> str:
    """What the row must say of how long."""
    if each.how is How.ROUND and each.term in Retention.model_fields:
        return f"`retention.{each.term}`: {span(Retention.model_fields[each.term].default, Language.NL)}"
    if names := re.findall(r"`[\w.]+`", each.term):
        return str(names[0])
    number = re.match(r"\d+", each.term)
    return f"{number[0]} " if number else ""


def test_the_table_has_every_class_and_the_defaults_of_the_others() -> None:
    assert len(re.findall(r"^\| `\w+` \|", PRIVACY, re.MULTILINE)) == len(CLASSES)
    fields = Retention.model_fields
    for name in ("ended", "sleeping"):
        assert f"`retention.{name}`: {fields[name].default.days} dagen" in PRIVACY
    assert f"`concerns.keep` na afronden: {Concerns().keep.days} dagen" in PRIVACY
