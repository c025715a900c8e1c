"""The official schemas, and statements of both versions to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lxml import etree

OURS = "NL91ABNA0417164300"


@cache
def schema(package: str, folder: str, name: str) -> etree.XMLSchema:
    """A schema as the package ships it."""
    return etree.XMLSchema(etree.fromstring((files(package) / folder / f"{name}.xsd").read_bytes()))


def check(content: bytes) -> None:
    """Raises for a file that its own schema, which its namespace names, does not allow."""
    root = etree.fromstring(content)
    name = root.nsmap[None].rpartition(":")[2]
    package, folder = ("sepaxml", "schemas") if name.startswith("pain") else ("camt053", "xsd")
    schema(package, folder, name).assertValid(root)


@dataclass(frozen=True)
class Entry:
    """One line: euros with a sign, and what the bank says of it as XML."""

    euros: str
    details: str = ""
    day: str = "2026-12-01"
    status: str = "BOOK"
    reference: str | None = None
    currency: str = "EUR"
    told: str | None = None

    def xml(self, version: str) -> str:
        """As it stands in the file."""
        side = "DBIT" if self.euros.startswith("-") else "CRDT"
        status = self.status if version == "02" else f"<Cd>{self.status}</Cd>"
        reference = f"<AcctSvcrRef>{self.reference}</AcctSvcrRef>" if self.reference else ""
        told = f"<AddtlNtryInf>{self.told}</AddtlNtryInf>" if self.told else ""
        return (
            f'<Ntry><Amt Ccy="{self.currency}">{self.euros.lstrip("-")}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
            f"<Sts>{status}</Sts><BookgDt><Dt>{self.day}</Dt></BookgDt>{reference}"
            f"<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>{self.details}{told}</Ntry>"
        )


def balance(kind: str, euros: str, currency: str = "EUR") -> str:
    """A balance of a kind such as ``OPBD``."""
    side = "DBIT" if euros.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{euros.lstrip("-")}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        "<Dt><Dt>2026-12-01</Dt></Dt></Bal>"
    )


def stmt(
    entries: Sequence[Entry],
    *,
    version: str = "08",
    number: str = "S1",
    iban: str = OURS,
    balances: str | None = None,
    currency: str = "EUR",
) -> str:
    """One statement; its balances fit unless they are given."""
    moved = sum(cents(entry.euros) for entry in entries if entry.status == "BOOK")
    fitting = balance("OPBD", "1000.00") + balance("CLBD", f"{(100000 + moved) / 100:.2f}")
    return (
        f"<Stmt><Id>{number}</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-12-01T23:30:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{fitting if balances is None else balances}"
        f"{''.join(entry.xml(version) for entry in entries)}</Stmt>"
    )


def cents(euros: str) -> int:
    """Of a plain amount such as ``-150.00``."""
    return round(float(euros) * 100)


def document(*statements: str, version: str = "08") -> bytes:
    """A whole file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-12-01T23:30:00</CreDtTm></GrpHdr>"
        f"{''.join(statements)}</BkToCstmrStmt></Document>"
    ).encode()


def tx(end_to_end_id: str, euros: str | None = None, code: str | None = None, *, version: str = "08") -> str:
    """A transaction within a line, with its amount where that version keeps it."""
    amount = f'<Amt Ccy="EUR">{euros}</Amt>'
    told = amount if version == "08" else f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end_id}</EndToEndId></Refs>{told if euros else ''}"
        + (f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf>" if code else "")
        + "</TxDtls>"
    )


def details(*transactions: str, batch: str | None = None) -> str:
    """What a line is made of."""
    named = f"<Btch><PmtInfId>{batch}</PmtInfId></Btch>" if batch else ""
    return f"<NtryDtls>{named}{''.join(transactions)}</NtryDtls>"
