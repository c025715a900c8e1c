"""Account numbers (IBAN, ISO 13616) as people type them, and names as a bank will see them."""

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator
from text_unidecode import unidecode

if TYPE_CHECKING:
    from schwifty import IBAN

LONGEST_NAME = 70
NAMELESS = "Naam onbekend"
"""For a name of which no letter can be written in a bank file."""

TYPED_BETWEEN = re.compile(r"[\s.\-\u200b-\u200f\u2060\ufeff]+")
"""What people, and the pages they copy from, put between the digits."""

NOT_IN_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")
"""The characters every SEPA bank must take; EPC217-08, section 1.4."""

BEFORE = str.maketrans({"&": "+", "@": "(at)", "_": "-", '"': "'", "`": "'"})
SLASHES = re.compile(r"/{2,}")


class NotAnIban(ValueError):
    """No IBAN, or one that no SEPA payment can reach; the message does not repeat it."""


def _read(typed: str) -> "IBAN":
    """Its library is read with the first number: it knows all banks."""
    from schwifty import IBAN  # noqa: PLC0415
    from schwifty.exceptions import SchwiftyException  # noqa: PLC0415

    try:
        return IBAN(typed)
    except SchwiftyException:
        raise NotAnIban("check the letters and digits of the IBAN") from None


def compact(typed: str) -> str:
    """The IBAN of any country, without spaces; raises :class:`NotAnIban`."""
    return str(_read(typed).compact)


def parse_iban(typed: str) -> str:
    """The IBAN in capitals without spaces; raises :class:`NotAnIban`."""
    iban = _read(TYPED_BETWEEN.sub("", typed))
    if not iban.in_sepa_zone:
        raise NotAnIban("this country takes no payments in euros through SEPA")
    return str(iban.compact)


Iban = Annotated[str, AfterValidator(parse_iban)]
"""A field for an IBAN as typed; its value is without spaces."""


def grouped(iban: str) -> str:
    """``NL91 ABNA 0417 1643 00``, as it stands on a bank card."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def masked(iban: str) -> str:
    """``NL•• •••• •••• •••• 00``: enough for its holder, too little for anybody else."""
    return grouped(iban[:2] + "•" * (len(iban) - 4) + iban[-2:])


def bank_name(iban: str) -> str | None:
    """The bank's name where it is known; always for Dutch banks."""
    return _read(iban).bank_name or None


def bic(iban: str) -> str | None:
    """The bank's BIC where it is known."""
    found = _read(iban).bic
    return str(found) if found else None


def sepa_text(text: str, longest: int) -> str:
    """A text in the letters that banks take, cut; empty when nothing of it can be written.

    No slash at either end and no two in a row: banks read those as structure.
    """
    plain = NOT_IN_SEPA.sub(" ", unidecode(text.translate(BEFORE)).translate(BEFORE))
    return SLASHES.sub("/", " ".join(plain.split()))[:longest].strip("/ ")


def bank_text(name: str) -> str:
    """A name as the bank will see it: ``Zoë Grøß & Co`` is ``Zoe Gross + Co``; never empty."""
    written = sepa_text(name, LONGEST_NAME)
    return written if any(letter.isalnum() for letter in written) else NAMELESS
