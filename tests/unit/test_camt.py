"""Bank statements of two versions: what they say, and why a file is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.sepa import camt
from schemas.sepa.camt import NotAStatement, Problem, read
from schemas.sepa.movements import Detail, Statement, words
from tests.unit.sepa_files import OURS, Entry, balance, check, details, document, stmt, tx

PAID, OTHER = "a" * 32, "b" * 32
VERSIONS = ("02", "08")
STRANGER = (
    "<TxDtls><RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id><IBAN>NL69INGB0123456789</IBAN></Id></DbtrAcct>"
    "</RltdPties><RmtInf><Ustrd>Voor de</Ustrd><Ustrd>straten</Ustrd></RmtInf></TxDtls>"
)


def stranger(version: str) -> str:
    """Somebody who sent money."""
    name = "<Nm>Ans B.</Nm>"
    return STRANGER.format(name=name if version == "02" else f"<Pty>{name}</Pty>")


def one(content: bytes) -> Statement:
    """The only statement of a valid file."""
    check(content)
    (found,) = read(content)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_statement_says(version: str) -> None:
    batch = details(
        tx(PAID, "150.00", version=version), tx(OTHER, "75.50", "AC04", version=version), batch="c" * 32
    )
    entries = [
        Entry("-225.50", batch, reference="R1"),
        Entry("20", details(stranger(version)), reference="R2", told="Overboeking"),
        Entry("-9.00", status="PDNG"),
    ]
    found = one(document(stmt(entries, version=version), version=version))
    assert (found.bank_id, found.sequence, found.iban) == ("S1", "7", OURS)
    assert (found.opening, found.closing) == (100000, 100000 - 22550 + 2000)
    assert str(found.from_day) == str(found.to_day) == "2026-12-01"
    out, gift = found.movements
    assert (out.cents, out.reference, out.batches) == (-22550, "R1", ("c" * 32,))
    assert out.details == (
        Detail(end_to_end_id=PAID, cents=15000),
        Detail(end_to_end_id=OTHER, cents=7550, code="AC04", returned=True),
    )
    assert gift.cents == 2000
    assert words(gift).splitlines() == ["Overboeking", "Ans B.", "NL69INGB0123456789", "Voor de straten"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_key_of_a_movement_is_the_same_in_every_statement(version: str) -> None:
    entries = [Entry("-1.00", reference="R1"), Entry("1.00", reference="R1"), Entry("-1.00", reference="R1")]
    first = one(document(stmt(entries, version=version), version=version))
    later = one(document(stmt([Entry("5.00"), *entries], version=version, number="S2"), version=version))
    keys = [movement.key for movement in first.movements]
    assert len(set(keys)) == 3
    assert [movement.key for movement in later.movements][1:] == keys
    elsewhere = one(document(stmt(entries, iban="NL69INGB0123456789", version=version), version=version))
    assert not set(keys) & {movement.key for movement in elsewhere.movements}


def test_without_a_reference_of_the_bank_the_content_tells_movements_apart() -> None:
    found = one(document(stmt([Entry("-1.00", details(tx(e, "1.00"))) for e in (PAID, OTHER, PAID)])))
    assert len({movement.key for movement in found.movements}) == 3


def test_several_statements_of_one_account() -> None:
    found = read(document(stmt([Entry("1.00")]), stmt([Entry("2.00")], number="S2")))
    assert [statement.bank_id for statement in found] == ["S1", "S2"]


def test_moments_are_dutch_days() -> None:
    late = stmt([Entry("1.00")]).replace(
        "<Dt>2026-12-01</Dt></BookgDt>", "<DtTm>2026-12-01T23:30:00Z</DtTm></BookgDt>"
    )
    assert str(one(document(late)).movements[0].booked_on) == "2026-12-02"


def test_another_currency_within_a_movement_does_not_matter() -> None:
    abroad = '<TxDtls><AmtDtls><InstdAmt><Amt Ccy="USD">9.99</Amt></InstdAmt></AmtDtls></TxDtls>'
    assert one(document(stmt([Entry("9.00", details(abroad))]))).movements[0].details[0].cents is None


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
GOOD = document(stmt([Entry("1.00")]))
WRONG = {
    "empty": (b"", Problem.NOT_XML),
    "text": (b"Datum;Bedrag\n1;2", Problem.NOT_XML),
    "zip": (b"PK\x03\x04\x00\x00", Problem.NOT_XML),
    "cut": (GOOD[:-20], Problem.NOT_XML),
    "unknown encoding": (GOOD.replace(b'"UTF-8"', b'"KLINGON"'), Problem.NOT_XML),
    "not its encoding": (GOOD.replace(b"S1", b"\xff\xfe"), Problem.NOT_XML),
    "entities": (BOMB, Problem.DTD),
    "outside": (OUTSIDE, Problem.DTD),
    "html": (b"<html><body/></html>", Problem.NOT_CAMT053),
    "camt.052": (GOOD.replace(b"camt.053", b"camt.052"), Problem.NOT_CAMT053),
    "another version": (GOOD.replace(b"053.001.08", b"053.001.04"), Problem.NOT_CAMT053),
    "no statement": (document(), Problem.NO_STATEMENT),
    "nothing in it": (document(stmt([])), Problem.NO_ENTRIES),
    "nothing booked": (document(stmt([Entry("1.00", status="PDNG")])), Problem.NO_ENTRIES),
    "two accounts": (
        document(stmt([Entry("1.00")]), stmt([Entry("1.00")], iban="NL69INGB0123456789")),
        Problem.SEVERAL_ACCOUNTS,
    ),
    "pounds": (document(stmt([Entry("1.00", currency="GBP")])), Problem.NOT_EURO),
    "an account in pounds": (document(stmt([Entry("1.00")], currency="GBP")), Problem.NOT_EURO),
    "a balance in pounds": (
        document(stmt([Entry("1.00")], balances=balance("CLBD", "1.00", "GBP"))),
        Problem.NOT_EURO,
    ),
    "a cent less": (
        document(stmt([Entry("1.00")], balances=balance("OPBD", "5.00") + balance("CLBD", "5.99"))),
        Problem.DOES_NOT_ADD_UP,
    ),
    "a line gone": (
        document(stmt([Entry("1.00")], balances=balance("PRCD", "5.00") + balance("CLBD", "9.00"))),
        Problem.DOES_NOT_ADD_UP,
    ),
    "letters for money": (GOOD.replace(b">1.00<", b">een<"), Problem.MALFORMED),
    "infinite": (GOOD.replace(b">1.00<", b">Infinity<"), Problem.MALFORMED),
    "other digits": (GOOD.replace(b">1.00<", ">\u0661.00<".encode()), Problem.MALFORMED),
    "half cents": (GOOD.replace(b">1.00<", b">1.005<"), Problem.MALFORMED),
    "below zero": (GOOD.replace(b">1.00<", b">-1.00<"), Problem.MALFORMED),
    "no day": (GOOD.replace(b"<BookgDt><Dt>2026-12-01</Dt></BookgDt>", b""), Problem.MALFORMED),
    "30 February": (
        GOOD.replace(b"<Dt>2026-12-01</Dt></BookgDt>", b"<Dt>2026-02-30</Dt></BookgDt>"),
        Problem.MALFORMED,
    ),
    "the first moment there is, abroad": (
        GOOD.replace(b"<Dt>2026-12-01</Dt></BookgDt>", b"<DtTm>0001-01-01T00:00:00+14:00</DtTm></BookgDt>"),
        Problem.MALFORMED,
    ),
    "no side": (GOOD.replace(b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<Sts>"), Problem.MALFORMED),
    "no number": (GOOD.replace(b"<Id>S1</Id>", b""), Problem.MALFORMED),
    "no account": (GOOD.replace(OURS.encode(), b""), Problem.MALFORMED),
}


@pytest.mark.parametrize(("content", "problem"), WRONG.values(), ids=WRONG)
def test_files_that_are_refused(content: bytes, problem: Problem) -> None:
    with pytest.raises(NotAStatement) as refused:
        read(content)
    assert refused.value.code is problem


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camt, "MAX_BYTES", len(GOOD) - 1)
    with pytest.raises(NotAStatement) as refused:
        read(GOOD)
    assert refused.value.code is Problem.TOO_LARGE


def test_balances_that_are_not_there_are_not_missed() -> None:
    found = read(document(stmt([Entry("1.00")], balances=balance("CLBD", "7.00"))))
    assert found[0].opening is None


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(NotAStatement):
        read(content)


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_statement_is_read_or_refused(place: int, damage: bytes) -> None:
    try:
        assert read(GOOD[:place] + damage + GOOD[place + len(damage) :])
    except NotAStatement as refused:
        assert refused.code in list(Problem)
