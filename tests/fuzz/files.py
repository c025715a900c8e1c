"""Files as they come in: social maps, policies, keys, pictures, uploads, and what only looks like one."""

import base64
import csv
import io
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.conftest import MUNICIPALITIES
from tests.fuzz.bending import ATTACKS, bytes_bent
from tests.fuzz.camt_files import statements
from tests.fuzz.values import chance, to_bytes, typed

ROTTERDAM = next(path for path in MUNICIPALITIES if path.stem == "rotterdam")
MAP = (ROTTERDAM.parent / "sociale-kaart-rotterdam.csv").read_bytes()
POLICY = ROTTERDAM.read_text("utf-8")
LOGO = (ROTTERDAM.parent / "rotterdam-logo.svg").read_bytes()


@cache
def maps() -> st.SearchStrategy[bytes]:
    """A social map in which something is odd."""
    rows = list(csv.reader(io.StringIO(MAP.decode()), delimiter=";"))

    @st.composite
    def made(draw: Any) -> bytes:
        table = [list(row) for row in rows]
        if chance(draw, 50):  # For any municipality, since each has wijken of its own.
            table = [table[0], *([*row[:2], "", *row[3:]] for row in table[1:])]
        for _ in range(draw(st.integers(0, 4))):
            row = draw(st.integers(0, len(table) - 1))
            column = draw(st.integers(0, len(table[row]) - 1)) if table[row] else 0
            _bend_row(draw, table, row, column)
        out = io.StringIO()
        csv.writer(
            out,
            delimiter=draw(st.sampled_from(";,\t|;;")),
            lineterminator=draw(st.sampled_from(("\n", "\r\n"))),
        ).writerows(table)
        content = to_bytes(out.getvalue())
        return content if chance(draw, 75) else draw(bytes_bent(content))

    return made()


def _bend_row(draw: Any, table: list[list[str]], row: int, column: int) -> None:
    match draw(st.integers(0, 7)):
        case 0:
            del table[row]
            table.append(["naam"])
        case 1:
            table.append(list(table[row]))
        case 2:
            table[row] = [*table[row], draw(typed())]
        case 3:
            table.extend([list(table[row])] * draw(st.integers(1, 600)))
        case 4:
            table[row] = table[row][:column]
        case _ if table[row]:
            table[row][column] = draw(typed()).replace("\x00", "\x01")


TOML_VALUES = (
    *("1", "-1", "0", "1.5", "1e309", "nan", "-inf", "9" * 400, "9" * 5000, "true", '""', "[]", "{}", "[[]]"),
    *(
        "1979-05-27",
        "1979-05-27T07:32:00Z",
        "07:32:00",
        "0x7fffffffffffffff",
        "0b1",
        "0o7",
        "1_000",
        "[1, 'a', {}]",
    ),
    *(
        '"P14D"',
        '"P0D"',
        '"P99999999999D"',
        '"P-1D"',
        '"PT"',
        '"P1Y"',
        '"PT1e309S"',
        '"P1DT25H"',
        '"p1d"',
        '"P1W"',
    ),
    *(
        "{a = 1}",
        "[" * 300 + "]" * 300,
        "[" * 4000,
        "{a = " * 900,
        '"a" * 3',
        "",
        "'''\n'''",
        '"\\u0000"',
        '"\\ud800"',
        "1e400",
        "-0.0",
    ),
)
TOP = (
    "oin",
    "nonsense",
    "sign_in",
    "slug",
    "concerns",
    "payout",
    "face",
    "budgets",
    "funders",
    "forecast",
    "bank",
)


@cache
def policies() -> st.SearchStrategy[bytes]:
    """A policy file in which some lines say something else."""
    lines = POLICY.splitlines()

    @st.composite
    def made(draw: Any) -> bytes:
        now = list(lines)
        for _ in range(draw(st.integers(0, 3))):
            _bend_line(draw, now, draw(st.integers(0, len(now) - 1)))
        content = to_bytes("\n".join(now))
        return content if chance(draw, 85) else draw(bytes_bent(content))

    return made()


def _bend_line(draw: Any, lines: list[str], at: int) -> None:
    value = st.one_of(st.sampled_from(TOML_VALUES), typed().map(_toml))
    match draw(st.integers(0, 6)):
        case 0:
            lines[at] = ""
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines.insert(at, f"{draw(st.sampled_from(TOP))} = {draw(value)}")
        case 3:
            lines.insert(
                at,
                draw(
                    st.sampled_from(
                        ("[", "[[x", "[a.b.c]", "a.b = 1", "= 1", "# \x00", "a = b", "[[budgets]]")
                    )
                ),
            )
        case _ if "=" in lines[at]:
            lines[at] = f"{lines[at].partition('=')[0]}= {draw(value)}"


def _toml(text: str) -> str:
    kept = "".join(
        sign if sign.isprintable() and sign not in '"\\' else f"\\u{ord(sign):04x}"
        for sign in text
        if ord(sign) < 0xD800
    )
    return f'"{kept}"'


@cache
def key_files() -> st.SearchStrategy[bytes]:
    """A key file in which something is odd."""
    keys = st.binary(min_size=32, max_size=32).map(lambda key: base64.b64encode(key).decode())
    ids = st.one_of(
        st.integers(1, 9).map(str),
        st.sampled_from(("0", "-1", "01", "9" * 9, "9" * 10, "٣", "", " 1", "1.0")),
    )

    @st.composite
    def made(draw: Any) -> bytes:
        ends = st.sampled_from(("", "", ":waits", ":Waits", ":"))
        lines = [
            f"{draw(ids)}:{draw(keys) if chance(draw, 75) else draw(typed())}{draw(ends)}"
            for _ in range(draw(st.integers(0, 4)))
        ]
        content = to_bytes(draw(st.sampled_from(("\n", "\r\n", "\n\n", "\x0b"))).join(lines))
        return content if chance(draw, 70) else draw(bytes_bent(content))

    return made()


@cache
def logos() -> st.SearchStrategy[tuple[str, bytes]]:
    """The name of a logo, and what is in it."""
    names = st.one_of(
        st.sampled_from(("logo.svg", "logo.png", "../logo.svg", "/etc/passwd", "LOGO.SVG", "a.svg.png")),
        typed(),
    )
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10"
    drawn = st.sampled_from(ATTACKS).map(lambda attack: LOGO.replace(b"<svg", attack.encode() + b"<svg", 1))
    return st.tuples(names, st.one_of(bytes_bent(LOGO), bytes_bent(png), drawn))


@cache
def uploads() -> st.SearchStrategy[tuple[str, bytes]]:
    """The name of a file for the desk, and what is in it."""
    names = st.one_of(st.sampled_from(("a.xml", "kaart.csv", "x.exe", "", "../../x", "a.xml.gz")), typed())
    contents = st.one_of(st.binary(max_size=300), statements(), maps(), typed().map(to_bytes))
    return st.tuples(names, contents)
