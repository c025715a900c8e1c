"""A bank statement as a file: camt.053.001.02 and .08, told apart by their namespace.

Only what is booked is read; what a bank merely announces comes again once it is.
"""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from schemas.calendar import dutch_date
from schemas.sepa.movements import Detail, Movement, Statement, keyed

NAMESPACES = [f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}" for version in ("02", "08")]
MAX_BYTES = 25 * 1024 * 1024
"""A statement that tells of 5,000 payments one by one has about 4 MB."""

BOOKED = "BOOK"
OPENING = ("OPBD", "PRCD")
CLOSING = ("CLBD",)
AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2})0*)?")
CODE = re.compile(r"[A-Z0-9]{1,35}")
AMOUNTS = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
"""Where a transaction within a movement says how much; what was instructed may be in another currency."""


class Problem(StrEnum):
    """Why a file was not booked."""

    NOT_XML = "not_xml"
    DTD = "dtd"
    NOT_CAMT053 = "not_camt053"
    MALFORMED = "malformed"
    NO_STATEMENT = "no_statement"
    NO_ENTRIES = "no_entries"
    SEVERAL_ACCOUNTS = "several_accounts"
    NOT_EURO = "not_euro"
    DOES_NOT_ADD_UP = "does_not_add_up"
    TOO_LARGE = "too_large"
    NO_BANK_ACCOUNT = "no_bank_account"
    OTHER_ACCOUNT = "other_account"
    YEAR_CLOSED = "year_closed"
    ALREADY_BOOKED = "already_booked"


class NotAStatement(Exception):
    """A file that cannot be booked; ``code`` says why. Nothing of it is repeated."""

    def __init__(self, code: Problem) -> None:
        super().__init__(code)
        self.code = code


def read(content: bytes) -> list[Statement]:
    """The statements of a file, all of one account; raises :class:`NotAStatement`."""
    root = _parse(content)
    found = root.findall("BkToCstmrStmt/Stmt")
    if not found:
        _refuse(Problem.NO_STATEMENT)
    statements = [_statement(each) for each in found]
    if len({statement.iban for statement in statements}) > 1:
        _refuse(Problem.SEVERAL_ACCOUNTS)
    if not any(statement.movements for statement in statements):
        _refuse(Problem.NO_ENTRIES)
    return statements


def _refuse(code: Problem) -> NoReturn:
    raise NotAStatement(code)


def _parse(content: bytes) -> Element:
    if len(content) > MAX_BYTES:
        _refuse(Problem.TOO_LARGE)
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise NotAStatement(Problem.DTD) from None
    except (ParseError, ValueError, LookupError):
        raise NotAStatement(Problem.NOT_XML) from None
    if root.tag not in [f"{{{namespace}}}Document" for namespace in NAMESPACES]:
        _refuse(Problem.NOT_CAMT053)
    namespace = root.tag.removesuffix("Document")
    for element in root.iter():
        element.tag = element.tag.removeprefix(namespace)
    return root


def _text(element: Element, *paths: str) -> str | None:
    """The first of these that says something."""
    for path in paths:
        found = (element.findtext(path) or "").strip()
        if found:
            return found
    return None


def _required(element: Element, *paths: str) -> str:
    return _text(element, *paths) or _refuse(Problem.MALFORMED)


def _day(element: Element, *paths: str) -> date | None:
    """A date, or the Dutch date of a moment."""
    found = _text(element, *paths)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found)
        return dutch_date(moment) if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        # Of a moment on the first or last day there is, no other place of the world has a date.
        raise NotAStatement(Problem.MALFORMED) from None


def _cents(amount: Element | None) -> int:
    if amount is None:
        _refuse(Problem.MALFORMED)
    if amount.get("Ccy") != "EUR":
        _refuse(Problem.NOT_EURO)
    typed = AMOUNT.fullmatch((amount.text or "").strip())
    if not typed:
        _refuse(Problem.MALFORMED)
    return int(typed[1]) * 100 + int((typed[2] or "").ljust(2, "0"))


def _signed(element: Element) -> int:
    sign = {"CRDT": 1, "DBIT": -1}.get(_required(element, "CdtDbtInd"))
    return (sign or _refuse(Problem.MALFORMED)) * _cents(element.find("Amt"))


def _statement(element: Element) -> Statement:
    if _text(element, "Acct/Ccy") not in (None, "EUR"):
        _refuse(Problem.NOT_EURO)
    iban = _required(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id").replace(" ", "").upper()
    booked = [each for each in element.findall("Ntry") if _text(each, "Sts/Cd", "Sts") == BOOKED]
    movements = [_movement(each) for each in booked]
    days = [movement.booked_on for movement in movements]
    statement = Statement(
        bank_id=_required(element, "Id"),
        sequence=_text(element, "ElctrncSeqNb", "LglSeqNb"),
        iban=iban,
        from_day=_day(element, "FrToDt/FrDtTm") or min(days, default=None),
        to_day=_day(element, "FrToDt/ToDtTm") or max(days, default=None),
        opening=_balance(element, OPENING),
        closing=_balance(element, CLOSING),
        movements=tuple(keyed(iban, [each for each in movements if each.cents])),
    )
    _check_sum(statement)
    return statement


def _balance(element: Element, kinds: tuple[str, ...]) -> int | None:
    """The first balance of the kind; all of them must be in euros."""
    found = [(_text(each, "Tp/CdOrPrtry/Cd"), _signed(each)) for each in element.findall("Bal")]
    return next((cents for kind, cents in found if kind in kinds), None)


def _check_sum(statement: Statement) -> None:
    if statement.opening is None or statement.closing is None:
        return
    if statement.opening + sum(each.cents for each in statement.movements) != statement.closing:
        _refuse(Problem.DOES_NOT_ADD_UP)


def _movement(entry: Element) -> Movement:
    booked_on = _day(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    cents = _signed(entry)
    found = [_detail(each, incoming=cents > 0) for each in entry.findall("NtryDtls/TxDtls")]
    return Movement(
        booked_on=booked_on or _refuse(Problem.MALFORMED),
        cents=cents,
        reference=_text(entry, "AcctSvcrRef"),
        batches=_batches(entry, "NtryDtls/Btch"),
        details=tuple(found),
        told=_text(entry, "AddtlNtryInf"),
    )


def _batches(element: Element, path: str) -> tuple[str, ...]:
    """What each batch here is called, either way that it may be."""
    called = [_text(each, name) for each in element.findall(path) for name in ("PmtInfId", "MsgId")]
    return tuple(dict.fromkeys(name for name in called if name))


def _detail(element: Element, *, incoming: bool) -> Detail:
    found = [amount for path in AMOUNTS for amount in element.findall(path) if amount.get("Ccy") == "EUR"]
    code = _text(element, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")
    # Who stands at the other side: of money that came in its payer, of money that went out its payee.
    other = "Dbtr" if incoming else "Cdtr"
    unstructured = [each.text for each in element.findall("RmtInf/Ustrd") if each.text]
    return Detail(
        end_to_end_id=_text(element, "Refs/EndToEndId"),
        cents=_cents(found[0]) if found else None,
        code=code if code and CODE.fullmatch(code) else None,
        returned=element.find("RtrInf") is not None,
        batches=_batches(element, "Refs"),
        name=_text(element, f"RltdPties/{other}/Nm", f"RltdPties/{other}/Pty/Nm"),
        iban=_text(element, f"RltdPties/{other}Acct/Id/IBAN"),
        remittance=" ".join(unstructured) or _text(element, "RmtInf/Strd/CdtrRefInf/Ref", "AddtlTxInf"),
    )
