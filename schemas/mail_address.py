"""The address of a mail, as pydantic's own type takes it, whose library is read with the first address."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema, validate_email


def _address(value: str) -> str:
    return validate_email(value)[1]


MailAddress = Annotated[str, AfterValidator(_address), WithJsonSchema({"type": "string", "format": "email"})]
"""`EmailStr` takes and refuses the same, and looks up its library's version for each field at each start."""
