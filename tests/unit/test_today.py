"""No test keeps the day of its start: a clock is asked at the moment of use, not as a module is imported."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from tests.unit.test_house import files, named

CLOCKS = {".now", ".today", ".utcnow", ".time"}
KEPT = {
    "tests.bench.lifecycle": "a run of its own, which begins as it is imported",
    "tests.chaos.town": "some minutes of lives that belong to one year",
    "tests.e2e.year_town": "one budget year in many files, from its beginning to its close",
}
"""Stories that keep the year they begin in, and why: only a run through New Year's night could notice."""

UTC_DAY = re.compile(
    r"now\((dt\.)?UTC\)(\.date\(\)|:%)|_at'\]:%Y|"
    r"current_date|_at\)?::date|extract\(year from (\w+\.)?\w+_at\)"
)
UNREAD = {
    "forms/site/visitors.py": "the day of a digest that nobody can undo",
    "workers/safekeeping/backup.py": "a moment, with the Z of UTC",
    "workers/safekeeping/restore.py": "a moment, in the name of a database that is put aside",
}
"""Where the day of UTC may stand: nobody reads a Dutch day in it."""

LATE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass
class Read:
    """What matters here of a module."""

    brought: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Names from another module, with that and their name there."""
    own: dict[str, set[str]] = field(default_factory=dict)
    """What each of its functions calls."""
    first: list[ast.Call] = field(default_factory=list)
    """Called while it is imported."""


def read(text: str) -> Read:
    tree = ast.parse(text)
    found = Read(first=[node for node in at_import(tree) if isinstance(node, ast.Call)])
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            found.brought |= {each.asname or each.name: (node.module or "", each.name) for each in node.names}
        elif isinstance(node, ast.FunctionDef):
            found.own[node.name] = {called(each) for each in ast.walk(node) if isinstance(each, ast.Call)}
    return found


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs while a module is imported: classes, decorators and defaults, but no body of a function."""
    yield node
    late = getattr(node, "body", ()) if isinstance(node, LATE) else ()
    for child in ast.iter_child_nodes(node):
        if child is not late and child not in (late if isinstance(late, list) else ()):
            yield from at_import(child)


def called(call: ast.Call) -> str:
    """A name as it is, and an attribute with its dot."""
    what = call.func
    return f".{what.attr}" if isinstance(what, ast.Attribute) else getattr(what, "id", "")


def kept(modules: Mapping[str, Read]) -> dict[str, list[str]]:
    """The looks at a clock while a module is imported, of itself or by a function of ours, by its name."""
    looking: set[tuple[str, str]] = set()

    def looks(name: str, calls: Iterable[str]) -> bool:
        here = modules[name].brought
        return any(each in CLOCKS or {(name, each), here.get(each)} & looking for each in calls)

    while more := {
        (name, function)
        for name, module in modules.items()
        for function, calls in module.own.items()
        if (name, function) not in looking and looks(name, calls)
    }:
        looking |= more
    found = {
        name: [
            f"line {call.lineno}: {ast.unparse(call)}" for call in module.first if looks(name, [called(call)])
        ]
        for name, module in modules.items()
    }
    return {name: calls for name, calls in found.items() if calls}


def test_no_test_keeps_the_day_of_its_start() -> None:
    """What only runs as a program is never imported."""
    paths = [path for path in files(".py", rooms=("tests",)) if path.stem != "__main__"]
    names = [named(path).removesuffix(".py").replace("/", ".") for path in paths]
    assert "tests.today" in names
    found = kept({name: read(path.read_text("utf-8")) for name, path in zip(names, paths, strict=True)})
    assert {name: calls for name, calls in found.items() if name not in KEPT} == {}
    assert set(found) == set(KEPT)


@pytest.mark.parametrize(
    "line",
    [
        "TODAY = dutch_date(datetime.now(UTC))",
        "TODAY = date.today()",
        "YEAR = today().year",
        "AT = time.time()",
        "GOOD = {'day': f'{today():%d-%m-%Y}'}",
        "def told(day: date = today()) -> None: ...",
        "def told(*, day: date = today()) -> None: ...",
        "@pytest.mark.parametrize('day', [today()])\ndef test_it(day: date) -> None: ...",
        "class Order:\n    day: date = today()",
        "def later() -> date:\n    return today() + DAY\n\nLAST = later()",
    ],
)
def test_what_keeps_a_day_is_found(line: str) -> None:
    code = f"from tests.today import today\n\n{line}\n"
    helper = read("def today() -> date:\n    return dutch_date(datetime.now(UTC))")
    assert list(kept({"tests.today": helper, "planted": read(code)})) == ["planted"]


@pytest.mark.parametrize(
    "line",
    [
        "def test_it() -> None:\n    assert today()",
        "MAKE = {'one': lambda: told(today())}",
        "DAY = date(2026, 11, 23)",
        "AT = time(14, 30)",
        "class Order:\n    def day(self) -> date:\n        return today()",
    ],
)
def test_what_asks_in_time_is_left_alone(line: str) -> None:
    assert kept({"fine": read(line)}) == {}


def test_a_day_is_a_dutch_one() -> None:
    """For an hour or two of each night that of UTC is yesterday."""
    paths = [*files(".py"), *files(".sql", rooms=("store",))]
    ours = [path for path in paths if "migrations" not in path.parts and path.name != "test_today.py"]
    found = {named(path): UTC_DAY.search(path.read_text("utf-8")) for path in ours}
    assert {name for name, day in found.items() if day} == set(UNREAD)
