"""The rules of the house: imports, sizes, SQL in its files, nothing left for later."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio import activity

from activities.register import activities
from schemas.steps import STEPS
from store.queries import SQL, queries

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "store", "workflows", "activities", "forms", "workers", "deploy")
ROOMS = (*PACKAGES, "tests")
LONGEST = 400
READ = {".py", ".sql", ".html", ".txt", ".css", ".toml", ".md", ".yml"}

STATEMENT = re.compile(
    r"\b(select\s+(\S+\s+)*?from|select\s+(exists|\d|pg_|\w+\()|insert\s+into|update\s+\S+\s+set|delete\s+from|"
    r"(create|alter|drop|truncate)\s+(table|database|role|schema|function|trigger|index))\b",
    re.IGNORECASE,
)
KNOWN = {
    "store/migrate.py": "the list of migrations, which comes before there is anything else",
    "deploy/local/postgres.py": "the database itself, of a stack that imports nothing of ours",
    "forms/public/general.py": "whether the server answers",
    "forms/desk/machines.py": "whether the server answers",
}
"""Where a statement may stand in Python, and why: one-liners about the server, never about our tables."""

LATER = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
LEFT_OUT = re.compile(r"mark\.ski[p]|\bski[p](if)?\(|xfai[l]\b|importorski[p]")
"""Spelled so that this file does not find itself."""


def files(*suffixes: str, rooms: tuple[str, ...] = ROOMS) -> Iterator[Path]:
    """Our files with one of these endings."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in suffixes and "__pycache__" not in path.parts:
                yield path


def named(path: Path) -> str:
    """A file as the house knows it."""
    return path.relative_to(ROOT).as_posix()


def statements(tree: ast.Module) -> list[str]:
    """The texts in a module that read as SQL, docstrings aside."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told]
    texts = [node.value for node in constants if isinstance(node.value, str)]
    return [text for text in texts if STATEMENT.search(text)]


def test_imports_run_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert ", 0 broken." in run.stdout


def test_every_room_is_watched() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(ROOMS)


def test_no_file_is_long() -> None:
    sizes = {named(path): len(path.read_text("utf-8").splitlines()) for path in files(".py")}
    assert {name: size for name, size in sizes.items() if size > LONGEST} == {}
    assert sorted(sizes.values())[len(sizes) // 2] < 150


def test_packages_hold_nothing_themselves() -> None:
    assert [named(path) for path in files(".py") if path.name == "__init__.py" and path.read_bytes()] == []
    folders = {path.parent for path in files(".py", rooms=PACKAGES)}
    assert [named(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_nothing_is_left_for_later_or_left_out() -> None:
    for path in files(*READ):
        text = path.read_text("utf-8")
        found = LATER.search(text) or (path.suffix == ".py" and LEFT_OUT.search(text))
        assert not found, f"{named(path)}: {found}"


@pytest.mark.parametrize(
    "text",
    [
        "select * from t",
        "SELECT a,\n b FROM t",
        "select pg_sleep(1)",
        "insert into t values (1)",
        "update t set a = 1",
        "delete from t",
        "create table t (n int)",
    ],
)
def test_the_search_for_sql_finds_it(text: str) -> None:
    assert statements(ast.parse(f"x = f({text!r})")) == [text]
    assert statements(ast.parse(f"def f():\n    {text!r}")) == []


def test_sql_lives_in_its_own_files() -> None:
    code = {named(path): ast.parse(path.read_text("utf-8")) for path in files(".py", rooms=PACKAGES)}
    assert {name for name, tree in code.items() if statements(tree)} == set(KNOWN)


def test_every_query_is_asked() -> None:
    code = "\n".join(path.read_text("utf-8") for path in files(".py", rooms=("store",)))
    names = [(area.stem, name) for area in sorted(SQL.glob("*.sql")) for name in queries(area.stem)]
    assert len(names) > 40
    assert [(area, name) for area, name in names if f'"{name}"' not in code] == []


def test_models_are_built_when_first_used() -> None:
    other = [
        f"{named(path)}: {line}"
        for path in files(".py", rooms=PACKAGES)
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"class \w+\(.*\bBaseModel\b", line) and not named(path).startswith("forms/api/")
    ]
    assert other == ["schemas/model.py: class Model(BaseModel):"]


def test_every_step_has_its_activity() -> None:
    async def connected() -> object:
        raise AssertionError

    made = activities(None, connected)  # type: ignore[arg-type]
    names = [activity._Definition.must_from_callable(each).name for each in made]
    assert sorted(str(name) for name in names) == sorted(step.name for step in STEPS)


def test_the_locks_pin_by_hash_and_name_no_index() -> None:
    for lock in (ROOT / "deploy").glob("*.lock"):
        text = lock.read_text("utf-8")
        assert "://" not in text
        pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert len(pins) > 10
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert text.count("--hash=sha256:") >= len(pins)
