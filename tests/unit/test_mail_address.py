"""Our type of a mail address says of everything what pydantic's own says."""

from typing import Any

import pytest
from pydantic import EmailStr, TypeAdapter, ValidationError

from schemas.mail_address import MailAddress


@pytest.mark.parametrize(
    "typed",
    ["a@b.nl", " a@B.nl", "Anna <a@b.nl>", "a@é.nl", "é@b.nl", "a", "a@localhost", "a" * 70 + "@b.nl", 3],
)
def test_it_takes_and_refuses_the_same(typed: object) -> None:
    assert _said(MailAddress, typed) == _said(EmailStr, typed)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_it_is_described_the_same(mode: Any) -> None:
    assert TypeAdapter(MailAddress).json_schema(mode=mode) == TypeAdapter(EmailStr).json_schema(mode=mode)


def _said(kind: Any, typed: object) -> object:
    try:
        return TypeAdapter(kind).validate_python(typed)
    except ValidationError as error:
        return error.errors(include_url=False)
