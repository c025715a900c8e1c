"""Reading a posted form: text that is whole, whatever encoding it came in."""

import json

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from forms.site.reading import typed


def posted(kind: str, body: bytes) -> Request:
    """A request with that body."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers, "state": {}}, receive)


def multipart(value: bytes, charset: str) -> Request:
    """One field, as a browser would send it in an encoding of its choice."""
    body = b'--b\r\nContent-Disposition: form-data; name="street"\r\n\r\n' + value + b"\r\n--b--\r\n"
    return posted(f"multipart/form-data; boundary=b; charset={charset}", body)


async def test_fields_are_read_and_kept_for_a_page_that_offers_them_again() -> None:
    request = posted("application/x-www-form-urlencoded", b"street=Rozenlaan&name=A%C3%AFsha&name=Ans")
    assert await typed(request) == {"street": "Rozenlaan", "name": "Ans"}
    assert request.state.typed == {"street": "Rozenlaan", "name": "Ans"}


@pytest.mark.parametrize(
    ("value", "charset", "read"),
    [
        ("Aïsha".encode(), "utf-8", "Aïsha"),
        ("Aïsha".encode("latin-1"), "latin-1", "Aïsha"),
        (b"Rozen+2AA-laan", "utf-7", "Rozen?laan"),
        (b"\xed\xa0\x80", "no-such-charset", "í\xa0\x80"),
    ],
)
async def test_what_is_read_can_be_kept_and_shown(value: bytes, charset: str, read: str) -> None:
    found = await typed(multipart(value, charset))
    assert found == {"street": read}
    assert json.loads(json.dumps(found).encode()) == found
    assert found["street"].encode()


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "multipart"])
async def test_what_is_no_form_is_refused(kind: str) -> None:
    with pytest.raises(HTTPException) as refused:
        await typed(posted(kind, b"street=Rozenlaan"))
    assert refused.value.status_code == 400
