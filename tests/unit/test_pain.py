"""Payment files: valid by the official schema, the same bytes every time, and never a wrong payment."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.sepa.pain import HIGHEST, NAMESPACE, CannotWrite, PainBatch, Payment, message_id, write
from tests.unit.sepa_files import check

PAYMENT = Payment("a" * 32, "Zoë Ørsted & Co", "NL69INGB0123456789", 150_00, "Potje 2026, rozenlaan")
BATCH = PainBatch(
    message_id=message_id(UUID(int=7)),
    created_at=datetime(2026, 11, 24, 9, 0, 0, 123456, UTC),
    execution_date=date(2026, 11, 25),
    debtor_name="Gemeente Rotterdam",
    debtor_iban="NL91 ABNA 0417 1643 00",
    payments=[PAYMENT, replace(PAYMENT, end_to_end_id="b" * 32, iban="BE68539007547034", cents=7)],
)
SHA256 = "66ea0c63bfe94819941acf327a01ab2599abed59673174edd128bc78e8a40b5d"


def several(count: int) -> PainBatch:
    """A batch of so many payments."""
    payments = [replace(PAYMENT, end_to_end_id=f"{n:032x}", cents=n + 1) for n in range(count)]
    return replace(BATCH, payments=payments)


def said(content: bytes, path: str) -> list[str]:
    """The texts at a path such as ``p:GrpHdr/p:MsgId``."""
    steps = "/".join(f"p:{step}" for step in path.split("/"))
    found = etree.fromstring(content).iterfind(f".//{steps}", {"p": NAMESPACE})
    return [each.text or "" for each in found]


def test_what_the_bank_reads() -> None:
    content = write(BATCH)
    check(content)
    assert said(content, "GrpHdr/MsgId") == said(content, "PmtInf/PmtInfId") == [UUID(int=7).hex]
    assert said(content, "GrpHdr/CreDtTm") == ["2026-11-24T09:00:00+00:00"]
    assert said(content, "NbOfTxs") == ["2", "2"]
    assert said(content, "CtrlSum") == ["150.07", "150.07"]
    assert said(content, "InstdAmt") == ["150.00", "0.07"]
    assert said(content, "EndToEndId") == ["a" * 32, "b" * 32]
    assert said(content, "Cdtr/Nm") == ["Zoe Orsted + Co"] * 2
    assert said(content, "CdtrAcct/Id/IBAN") == ["NL69INGB0123456789", "BE68539007547034"]
    assert said(content, "DbtrAcct/Id/IBAN") == ["NL91ABNA0417164300"]
    assert said(content, "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
    assert said(content, "ReqdExctnDt/Dt") == ["2026-11-25"]
    assert said(content, "BtchBookg") == ["true"]
    assert said(content, "ChrgBr") == ["SLEV"]
    assert said(content, "SvcLvl/Cd") == ["SEPA"]
    assert b"PstlAdr" not in content
    assert b"BIC" not in content


def test_the_same_moment_in_another_zone_is_the_same_file() -> None:
    moved = BATCH.created_at.astimezone(timezone(timedelta(hours=-9)))
    assert write(replace(BATCH, created_at=moved)) == write(BATCH)


@pytest.mark.parametrize(
    "around",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
    ],
)
def test_the_same_bytes_in_another_process(around: dict[str, str]) -> None:
    """Another seed of hashes, time zone and locale; and the file of today, so that a change is seen."""
    code = (
        "import sys; from hashlib import sha256; from tests.unit.test_pain import BATCH; "
        "from schemas.sepa.pain import write; print(sha256(write(BATCH)).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **around},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == sha256(write(BATCH)).hexdigest() == SHA256


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.text(max_size=100), st.text(max_size=200), st.integers(1, HIGHEST)),
        min_size=1,
        max_size=5,
    ),
    st.text(max_size=90),
)
def test_whatever_people_are_called_the_file_is_valid(
    people: list[tuple[str, str, int]], debtor: str
) -> None:
    payments = [
        replace(PAYMENT, end_to_end_id=f"{n:032x}", name=name, remittance=text, cents=cents)
        for n, (name, text, cents) in enumerate(people)
    ]
    content = write(replace(BATCH, payments=payments, debtor_name=debtor))
    check(content)
    assert [int(amount.replace(".", "")) for amount in said(content, "InstdAmt")] == [
        cents for _, _, cents in people
    ]
    assert {int(total.replace(".", "")) for total in said(content, "CtrlSum")} == {
        sum(cents for _, _, cents in people)
    }
    assert content.isascii()


@pytest.mark.parametrize(
    "name",
    ["😀 Ans", "Ans \x00\x1b[31m", "</Nm><Nm>x", "A & B <C> \"D\" 'E'", "\u202eאבג", "\ud800", "\u0627"],
)
def test_names_that_could_break_a_file(name: str) -> None:
    check(write(replace(BATCH, payments=[replace(PAYMENT, name=name, remittance=name)])))


def test_five_thousand_payments_add_up() -> None:
    content = write(several(5000))
    check(content)
    assert said(content, "NbOfTxs") == ["5000", "5000"]
    assert said(content, "CtrlSum") == ["125025.00"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"payments": []},
        {"payments": [replace(PAYMENT, cents=0)]},
        {"payments": [replace(PAYMENT, cents=-1)]},
        {"payments": [replace(PAYMENT, cents=HIGHEST + 1)]},
        {"payments": [PAYMENT, PAYMENT]},
        {"payments": [replace(PAYMENT, end_to_end_id="")]},
        {"payments": [replace(PAYMENT, end_to_end_id="a" * 36)]},
        {"payments": [replace(PAYMENT, end_to_end_id="a/b")]},
        {"payments": [replace(PAYMENT, end_to_end_id="a<b")]},
        {"payments": [replace(PAYMENT, iban="NL69INGB0123456780")]},
        {"debtor_iban": "NL00"},
        {"message_id": "no spaces"},
        {"created_at": datetime(2026, 11, 24, 9, 0)},  # noqa: DTZ001
    ],
)
def test_what_is_never_written(wrong: dict[str, object]) -> None:
    with pytest.raises(CannotWrite) as refused:
        write(replace(BATCH, **wrong))  # type: ignore[arg-type]
    assert "Zo" not in str(refused.value)
    assert "NL69" not in str(refused.value)
