"""Statements as no bank should send them."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.bending import ATTACKS, bytes_bent
from tests.fuzz.values import chance, typed
from tests.unit.sepa_files import Entry, balance, details, document, stmt, tx

OURS = "NL47RABO0300000518"
"""The account of The Hague."""

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
    currency = "EUR" if chance(draw, 92) else draw(st.sampled_from(("USD", "eur", "", "€", "XTS")))
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
