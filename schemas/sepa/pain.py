"""A payment batch as a file for the bank: SEPA credit transfers in pain.001.001.09.

The same batch gives the same bytes, always and everywhere: nothing here asks for the time, a random number
or the locale. There is no postal address in it; a bank finds the creditor's by its IBAN.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from schemas.iban import bank_text, parse_iban, sepa_text

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_REMITTANCE = 140
HIGHEST = 999_999_999_99
"""Cents; the most one SEPA credit transfer may carry."""

REFERENCE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,33}[A-Za-z0-9])?")


class CannotWrite(ValueError):
    """A batch that no bank should get; the message names positions, never people."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One credit transfer; ``cents`` above zero, names as people gave them."""

    end_to_end_id: str
    name: str
    iban: str
    cents: int
    remittance: str


@dataclass(frozen=True, slots=True)
class PainBatch:
    """Payments from one account on one day; ``created_at`` knows its time zone."""

    message_id: str
    created_at: datetime
    execution_date: date
    debtor_name: str
    debtor_iban: str
    payments: Sequence[Payment]


def message_id(batch: UUID) -> str:
    """What a batch is called in files of the bank: MsgId and PmtInfId."""
    return batch.hex


def write(batch: PainBatch) -> bytes:
    """The file; raises :class:`CannotWrite`."""
    _check(batch)
    return "\n".join(_lines(batch)).encode("ascii")


def _check(batch: PainBatch) -> None:
    payments = batch.payments
    if not payments:
        raise CannotWrite("a batch holds at least one payment")
    if batch.created_at.tzinfo is None:
        raise CannotWrite("the moment of making must know its time zone")
    if len({payment.end_to_end_id for payment in payments}) < len(payments):
        raise CannotWrite("two payments have the same end-to-end id")
    if not all(map(REFERENCE.fullmatch, [batch.message_id, *(each.end_to_end_id for each in payments)])):
        raise CannotWrite("a reference is 1 to 35 letters, digits and hyphens")
    for position, payment in enumerate(payments, 1):
        if not 0 < payment.cents <= HIGHEST:
            raise CannotWrite(f"payment {position} has an amount that cannot be paid")


def _iban(typed: str, whose: str) -> str:
    try:
        return parse_iban(typed)
    except ValueError:
        raise CannotWrite(f"{whose} has no valid IBAN") from None


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _lines(batch: PainBatch) -> Iterator[str]:
    sums = f"<NbOfTxs>{len(batch.payments)}</NbOfTxs><CtrlSum>{_euros(_total(batch))}</CtrlSum>"
    debtor = f"<Nm>{bank_text(batch.debtor_name)}</Nm>"
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn>'
    yield f"<GrpHdr><MsgId>{batch.message_id}</MsgId>"
    yield f"<CreDtTm>{batch.created_at.astimezone(UTC).isoformat(timespec='seconds')}</CreDtTm>"
    yield f"{sums}<InitgPty>{debtor}</InitgPty></GrpHdr>"
    yield f"<PmtInf><PmtInfId>{batch.message_id}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>"
    yield f"{sums}<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>"
    yield f"<ReqdExctnDt><Dt>{batch.execution_date.isoformat()}</Dt></ReqdExctnDt><Dbtr>{debtor}</Dbtr>"
    yield f"<DbtrAcct><Id><IBAN>{_iban(batch.debtor_iban, 'the payer')}</IBAN></Id><Ccy>EUR</Ccy></DbtrAcct>"
    yield "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>"
    for position, payment in enumerate(batch.payments, 1):
        yield _transfer(payment, position)
    yield "</PmtInf></CstmrCdtTrfInitn></Document>\n"


def _total(batch: PainBatch) -> int:
    return sum(payment.cents for payment in batch.payments)


def _transfer(payment: Payment, position: int) -> str:
    remittance = sepa_text(payment.remittance, LONGEST_REMITTANCE)
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{payment.end_to_end_id}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="EUR">{_euros(payment.cents)}</InstdAmt></Amt>'
        f"<Cdtr><Nm>{bank_text(payment.name)}</Nm></Cdtr>"
        f"<CdtrAcct><Id><IBAN>{_iban(payment.iban, f'payment {position}')}</IBAN></Id></CdtrAcct>"
        + (f"<RmtInf><Ustrd>{remittance}</Ustrd></RmtInf>" if remittance else "")
        + "</CdtTrfTxInf>"
    )
