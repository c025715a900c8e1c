"""What the vault keeps sealed about people. Workflows only ever see a :data:`~schemas.refs.VaultRef`."""

from pydantic import BaseModel

from schemas.refs import Language


class Person(BaseModel):
    """A resident, as they gave their own details (or as a neighbour named them, until they confirm)."""

    name: str
    email: str
    phone: str | None = None
    language: Language = Language.NL


class Place(BaseModel):
    """Where a conversation takes place: often somebody's home, so it is sealed like a person."""

    text: str
