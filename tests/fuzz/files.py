"""Files as they come in: statements, social maps, policies, keys, pictures, and what only looks like one."""

import base64
import csv
import io
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.conftest import MUNICIPALITIES
from tests.fuzz.values import chance, to_bytes, typed
from tests.unit.sepa_files import Entry, balance, details, document, stmt, tx

OURS = "NL47RABO0300000518"
ROTTERDAM = next(path for path in MUNICIPALITIES if path.stem == "rotterdam")
MAP = (ROTTERDAM.parent / "sociale-kaart-rotterdam.csv").read_bytes()
POLICY = ROTTERDAM.read_text("utf-8")
LOGO = (ROTTERDAM.parent / "rotterdam-logo.svg").read_bytes()

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "utf-7", "cp037")
ATTACKS = (
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;"> ]>',
    '<?xml-stylesheet href="http://127.0.0.1:1/a.xsl"?>',
    "<!-- " + "-" * 4000 + " -->",
    "<a>" * 3000,
    "<![CDATA[" + "x" * 4000 + "]]>",
    '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></x>',
)
DAYS = (
    *("0001-01-01", "9999-12-31", "2026-02-30", "2028-02-29", "2026-12-01T23:59:59+14:00", "10000-01-01"),
    *(
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-W01-1",
        "20261201",
        "2026-12-01Z",
        "2026-335",
    ),
    *(
        "2026-12-01T25:00:00",
        "0001-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59+00:00",
        "2026-12-01",
        "١٢٣٤-01-01",
    ),
)
AMOUNTS = (
    *(
        "0",
        "0.00",
        "-1",
        "1.005",
        "1e5",
        "NaN",
        "Infinity",
        "9999999999999.99",
        "99999999999999",
        "1,00",
        "٣.00",
    ),
    *(
        "0.01",
        "00000000000000.01",
        "1.000000000",
        "+1",
        " 1 ",
        "",
        "1.",
        ".5",
        "0x10",
        "1_000",
        "5000000000000",
    ),
)


def bytes_bent(content: bytes) -> st.SearchStrategy[bytes]:
    """A file that a disk, a mail program or an editor spoiled."""

    @st.composite
    def bent(draw: Any) -> bytes:
        if not content:
            return bytes(draw(st.binary(max_size=40)))
        how, at = draw(st.integers(0, 9)), draw(st.integers(0, max(0, len(content) - 1)))
        until = min(len(content), at + draw(st.integers(1, 60)))
        match how:
            case 0:
                return content[:at]
            case 1:
                return content[:at] + content[until:]
            case 2:
                return content[:at] + draw(st.binary(max_size=12)) + content[at:]
            case 3:
                return content[:at] + content[at:until] * draw(st.integers(2, 30)) + content[until:]
            case 4:
                return (
                    content[:at] + bytes([content[at] ^ (1 << draw(st.integers(0, 7)))]) + content[at + 1 :]
                )
            case 5:
                to = draw(st.sampled_from(ENCODINGS))
                return content.decode("utf-8", "replace").encode(to, "replace")
            case 6:
                return content.replace(
                    b"\n", draw(st.sampled_from((b"\r\n", b"\r", b"\0", b"\n\n", b"\x0b")))
                )
            case 7:
                return draw(st.binary(max_size=400))
            case 8:
                return content + content
        return content[:at] + to_bytes(draw(typed())) + content[until:]

    return bent()


@cache
def statements() -> st.SearchStrategy[bytes]:
    """A camt.053 file in which something is odd: amounts, days, currencies, accounts, sums, XML itself."""
    euros = st.one_of(
        st.integers(-(10**6), 10**6).map(lambda cents: f"{cents / 100:.2f}"), st.sampled_from(AMOUNTS)
    )
    days = st.one_of(
        st.sampled_from(DAYS), st.dates().map(str), st.datetimes().map(lambda at: at.isoformat())
    )

    @st.composite
    def made(draw: Any) -> bytes:
        version = draw(st.sampled_from(("02", "08")))
        entries = [_entry(draw, euros, days, version) for _ in range(draw(st.integers(0, 4)))]
        iban = OURS if chance(draw, 70) else _xml(draw(typed()))
        whole = [
            stmt_of(draw, entries, version, iban, "1" if chance(draw, 30) else draw(st.uuids()).hex[:12])
            for _ in range(1 if chance(draw, 85) else draw(st.integers(0, 3)))
        ]
        text = document(*whole, version=version).decode()
        if chance(draw, 15):
            text = _attacked(draw, text)
        if chance(draw, 8):
            text = text.replace(
                f"camt.053.001.{version}", draw(st.sampled_from(("camt.053.001.04", "camt.054.001.08", "x")))
            )
        if chance(draw, 8):
            text = text.replace(
                "UTF-8", draw(st.sampled_from(("utf-7", "UTF-16", "klingon", "latin-1", "cp037", "idna")))
            )
        content = text.encode("utf-8", "replace")
        return content if chance(draw, 75) else draw(bytes_bent(content))

    return made()


def stmt_of(draw: Any, entries: list[Entry], version: str, iban: str, number: str) -> str:
    """One statement; its balances fit, or are missing, or say anything."""
    plain = [entry for entry in entries if _is_plain(entry.euros)]
    currency = "EUR" if chance(draw, 92) else draw(st.sampled_from(("USD", "eur", "", "€", "XXX")))
    balances = None if chance(draw, 30) and len(plain) == len(entries) else ""
    if chance(draw, 10):
        balances = balance("OPBD", draw(st.sampled_from(AMOUNTS))) + balance(
            "CLBD", draw(st.sampled_from(AMOUNTS))
        )
    if balances is None and not all(_is_plain(entry.euros) for entry in entries):
        balances = ""
    booked = entries if balances is not None else plain
    text = _stmt(booked, version, number, iban, balances, currency)
    if chance(draw, 6):
        text = text.replace("<Id>", f"<Id>{_xml(draw(typed()))}", 1)
    return text


def _stmt(
    entries: list[Entry], version: str, number: str, iban: str, balances: str | None, currency: str
) -> str:
    if balances is None:
        return stmt(entries, version=version, number=number, iban=iban, currency=currency)
    told = "".join(entry.xml(version) for entry in entries)
    empty = stmt([], version=version, number=number, iban=iban, currency=currency, balances=balances)
    return empty.replace("</Stmt>", f"{told}</Stmt>")


def _is_plain(euros: str) -> bool:
    try:
        return abs(float(euros)) < 1e12
    except ValueError:
        return False


def _entry(draw: Any, euros: st.SearchStrategy[str], days: st.SearchStrategy[str], version: str) -> Entry:
    more = ""
    if chance(draw, 50):
        ids = [_xml(draw(typed())) for _ in range(draw(st.integers(0, 3)))]
        code = draw(st.sampled_from((None, "AC04", "x" * 40, "ac04", "MS03")))
        batch = _xml(draw(typed())) if chance(draw, 30) else None
        more = details(*(tx(each, draw(euros), code, version=version) for each in ids), batch=batch)
    return Entry(
        draw(euros),
        more,
        day="2026-11-20" if chance(draw, 50) else draw(days),
        status=draw(st.sampled_from(("BOOK", "BOOK", "BOOK", "PDNG", "INFO", "book", ""))),
        reference=_xml(draw(typed())) if chance(draw, 40) else None,
        currency="EUR" if chance(draw, 92) else draw(st.sampled_from(("USD", "eur", "", "GBP"))),
        told=_xml(draw(typed())) if chance(draw, 40) else None,
    )


def _xml(text: str) -> str:
    """A text as it may stand in XML at all; what may not is left out."""
    kept = "".join(
        sign for sign in text if sign in "\t\n\r" or " " <= sign < "\ud800" or "\ue000" <= sign < "\ufffe"
    )
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")[:3000]


def _attacked(draw: Any, text: str) -> str:
    attack = draw(st.sampled_from(ATTACKS))
    head, _, rest = text.partition("?>")
    if chance(draw, 60):
        return f"{head}?>{attack}{rest}"
    return text.replace("</Stmt>", f"{attack}&b;</Stmt>", 1)


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
