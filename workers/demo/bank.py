"""A bank that does not exist: it takes a payment file and answers with statements, as a real one would.

The same file and seed give the same bytes. Statements are camt.053.001.08.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring

from schemas.sepa import pain

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
CODES = ("AC01", "AC04", "AC06", "BE01", "MS03")
"""Why this bank rejects or sends back: a wrong, closed or blocked account, another name, no reason."""

OPENING = 1_000_000_00
"""Cents on the account before the first statement; nobody runs dry here."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A payment that the file asks for; cents."""

    end_to_end_id: str
    cents: int
    name: str
    iban: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a payment file asks for."""

    message_id: str
    iban: str
    day: date
    payments: tuple[Ordered, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One transaction within a line; ``code`` when it was refused or sent back."""

    payment: Ordered
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement; cents below zero went out."""

    cents: int
    batch: str | None = None
    told: tuple[Told, ...] = ()
    name: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Mood:
    """How the bank treats a batch: how many payments it rejects, sends back, or leaves for another day."""

    rejects: int = 0
    returns: int = 0
    left_out: int = 0
    fee: int = 0
    """Cents it charges for its trouble."""
    gift: int = 0
    """Cents that a stranger sends."""
    one_by_one: bool = False
    """A line for each payment instead of one for the batch."""
    details: bool = True
    """Whether it says which payments a batch line is about. Without, it cannot reject or leave out."""


@dataclass(frozen=True)
class Answer:
    """A statement, and the end-to-end ids of what became of the payments."""

    content: bytes
    booked: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_order(content: bytes) -> Order:
    """What a payment file asks for."""
    root: Element = fromstring(content, forbid_dtd=True)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{pain.NAMESPACE}}}")
    info = next(root.iter("PmtInf"))
    return Order(
        message_id=_text(root, "CstmrCdtTrfInitn/GrpHdr/MsgId"),
        iban=_text(info, "DbtrAcct/Id/IBAN"),
        day=date.fromisoformat(_text(info, "ReqdExctnDt/Dt")),
        payments=tuple(
            Ordered(
                _text(each, "PmtId/EndToEndId"),
                int(_text(each, "Amt/InstdAmt").replace(".", "")),
                _text(each, "Cdtr/Nm"),
                _text(each, "CdtrAcct/Id/IBAN"),
            )
            for each in info.iter("CdtTrfTxInf")
        ),
    )


def _text(element: Element, path: str) -> str:
    return element.findtext(path) or ""


def answer(content: bytes, day: date, *, seed: int = 0, mood: Mood | None = None) -> Answer:
    """The statement of the day on which the bank carries out a payment file."""
    order, mood = read_order(content), mood or Mood()
    chance = Random(f"{seed}/{order.message_id}")  # noqa: S311
    shuffled = chance.sample(order.payments, len(order.payments))
    rejected, rest = shuffled[: mood.rejects], shuffled[mood.rejects :]
    returned, rest = rest[: mood.returns], rest[mood.returns :]
    left_out, rest = rest[: mood.left_out], rest[mood.left_out :]
    why = {each.end_to_end_id: chance.choice(CODES) for each in [*rejected, *returned]}
    paid = [each for each in order.payments if each in {*returned, *rest}]
    lines = [
        *_paid(order, paid, [Told(each, why[each.end_to_end_id]) for each in rejected], mood),
        *(_sent_back(each, why[each.end_to_end_id]) for each in returned),
        *([Line(-mood.fee, text="Kosten zakelijk betalingsverkeer")] if mood.fee else []),
        *([Line(mood.gift, name="Stichting Buurtfonds", text="Voor de straten")] if mood.gift else []),
    ]
    return Answer(
        content=statement(order.iban, day, lines, number=f"{order.message_id[:16]}-{seed}"),
        booked=_ids(rest),
        rejected=_ids(rejected),
        returned=_ids(returned),
        left_out=_ids(left_out),
    )


def _ids(payments: Iterable[Ordered]) -> list[str]:
    return sorted(each.end_to_end_id for each in payments)


def sent_back(content: bytes, codes: Mapping[str, str], day: date, *, number: str) -> bytes:
    """A later statement in which payments of the file (by end-to-end id) come back, each with its code."""
    order = read_order(content)
    back = [each for each in order.payments if each.end_to_end_id in codes]
    return statement(
        order.iban, day, [_sent_back(each, codes[each.end_to_end_id]) for each in back], number=number
    )


def _paid(order: Order, paid: Sequence[Ordered], rejected: Sequence[Told], mood: Mood) -> list[Line]:
    """What went out; what was rejected is listed with the batch, and is not in its sum."""
    if mood.one_by_one:
        return [Line(-each.cents, told=(Told(each),)) for each in paid]
    told = (*(Told(each) for each in paid), *rejected) if mood.details else ()
    total = sum(each.cents for each in paid)
    return [Line(-total, batch=order.message_id, told=told)] if total else []


def _sent_back(payment: Ordered, code: str) -> Line:
    return Line(payment.cents, told=(Told(payment, code),))


def statement(iban: str, day: date, lines: Sequence[Line], *, number: str, opening: int = OPENING) -> bytes:
    """A statement of one day. The bank's references come from its number, so they are the bank's alone."""
    root = Element("Document", xmlns=NAMESPACE)
    whole = SubElement(root, "BkToCstmrStmt")
    _fill(SubElement(whole, "GrpHdr"), ("MsgId", number), ("CreDtTm", f"{day}T23:30:00+01:00"))
    told = SubElement(whole, "Stmt")
    _fill(told, ("Id", number), ("CreDtTm", f"{day}T23:30:00+01:00"))
    _fill(told, ("Acct/Id/IBAN", iban), ("Acct/Ccy", "EUR"))
    _balance(told, "OPBD", opening, day)
    _balance(told, "CLBD", opening + sum(line.cents for line in lines), day)
    for position, line in enumerate(lines, 1):
        _line(SubElement(told, "Ntry"), line, day, f"{number}-{position}")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root)


def _fill(element: Element, *pairs: tuple[str, str | None]) -> None:
    """Put texts at paths below an element, making what is not there; no text, no element."""
    for path, text in pairs:
        if text is None:
            continue
        here = element
        for step in path.split("/"):
            found = here.find(step)
            here = SubElement(here, step) if found is None else found
        here.text = text


def _money(element: Element, cents: int, *, signed: bool = True) -> None:
    SubElement(element, "Amt", Ccy="EUR").text = f"{abs(cents) // 100}.{abs(cents) % 100:02}"
    if signed:
        SubElement(element, "CdtDbtInd").text = "CRDT" if cents > 0 else "DBIT"


def _balance(told: Element, kind: str, cents: int, day: date) -> None:
    balance = SubElement(told, "Bal")
    _fill(balance, ("Tp/CdOrPrtry/Cd", kind))
    _money(balance, cents)
    _fill(balance, ("Dt/Dt", day.isoformat()))


def _line(entry: Element, line: Line, day: date, reference: str) -> None:
    _money(entry, line.cents)
    _fill(entry, ("Sts/Cd", "BOOK"), ("BookgDt/Dt", f"{day}"), ("ValDt/Dt", f"{day}"))
    _fill(entry, ("AcctSvcrRef", reference), ("BkTxCd/Prtry/Cd", "PRETEND"))
    details = Element("NtryDtls")
    if line.batch:
        _fill(details, ("Btch/PmtInfId", line.batch))
    for told in line.told:
        _transaction(SubElement(details, "TxDtls"), told)
    if line.name or line.text:
        other = "Dbtr" if line.cents > 0 else "Cdtr"
        stranger = SubElement(details, "TxDtls")
        _fill(stranger, (f"RltdPties/{other}/Pty/Nm", line.name), ("RmtInf/Ustrd", line.text))
    if len(details):
        entry.append(details)


def _transaction(element: Element, told: Told) -> None:
    _fill(element, ("Refs/EndToEndId", told.payment.end_to_end_id))
    _money(element, told.payment.cents, signed=False)
    _fill(element, ("RltdPties/Cdtr/Pty/Nm", told.payment.name))
    _fill(element, ("RltdPties/CdtrAcct/Id/IBAN", told.payment.iban))
    _fill(element, ("RtrInf/Rsn/Cd", told.code))
