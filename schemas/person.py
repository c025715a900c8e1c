"""What the vault keeps sealed about people. Workflows only ever see a :data:`~schemas.refs.VaultRef`."""

import unicodedata

from pydantic import ConfigDict

from schemas.model import Model
from schemas.refs import Language


class Person(Model):
    """A resident, as they gave their own details (or as a neighbour named them, until they confirm)."""

    name: str
    email: str
    phone: str | None = None
    language: Language = Language.NL
    why: str | None = None
    """Why a candidate wants to do it, in the words they said at the door."""


class Colleague(Person):
    """Somebody who works at the desk: sealed like a resident, and never found among them."""


def plain_address(address: str) -> str:
    """The form in which two spellings of one mail address are the same."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


class Place(Model):
    """Where a conversation takes place: often somebody's home, so it is sealed like a person."""

    text: str


class Account(Model):
    """Where a street's potje is paid: the name as the gangmaker gives it, and the IBAN without spaces."""

    holder: str
    iban: str


class Story(Model):
    """What a gangmaker tells; neighbours may occur in it, so it is sealed."""

    text: str


class Concern(Model):
    """What a neighbour told about somebody. The most delicate thing that is kept."""

    text: str


class Document(Model):
    """A file with people in it: a payment batch, a bank statement. Kept as it was, byte for byte."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    content: bytes
