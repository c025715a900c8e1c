"""Reading a posted form."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

MULTIPART = "multipart/form-data"
FORM_TYPES = ("application/x-www-form-urlencoded", MULTIPART)
MAX_FIELDS = 50


@dataclass(frozen=True)
class Upload:
    """What was typed, and the one file beside it; a field of a file left empty holds no bytes."""

    values: dict[str, str]
    content: bytes


async def typed(request: Request, *, max_fields: int = MAX_FIELDS) -> dict[str, str]:
    """The fields of a posted form; raises 400 for what is no form. A page of 503 offers them again."""
    return _values(request, await _form(request, max_fields))


async def ticked(request: Request, name: str, *, max_fields: int) -> tuple[dict[str, str], list[str]]:
    """The same for a form with many boxes of one name, and what those boxes say: words without spaces.

    The boxes stand together in one field of the values, so that a page of 503 can offer them again.
    """
    form = await _form(request, max_fields)
    boxes = " ".join(_whole(value) for value in form.getlist(name) if isinstance(value, str)).split()
    values = _values(request, form)
    if boxes:
        values[name] = " ".join(boxes)
    return values, list(dict.fromkeys(boxes))


async def uploaded(request: Request, name: str, max_bytes: int) -> Upload:
    """A form with one file; raises 400 for what is no such form. The file never touches a disk unsealed."""
    if _kind(request) != MULTIPART:
        raise HTTPException(400)
    try:
        async with aclosing(request.stream()) as stream:
            form = await _InMemory(max_bytes, request, stream).whole()
    except MultiPartException:
        raise HTTPException(400) from None
    file = form.get(name)
    try:
        content = await file.read() if isinstance(file, UploadFile) else b""
    finally:
        await form.close()
    return Upload({key: _whole(text) for key, text in form.items() if isinstance(text, str)}, content)


class _InMemory(MultiPartParser):
    def __init__(self, max_bytes: int, request: Request, stream: AsyncGenerator[bytes, None]) -> None:
        super().__init__(request.headers, stream, max_files=1, max_fields=MAX_FIELDS)
        self.spool_max_size = max_bytes + 1

    async def whole(self) -> FormData:
        """The form; what came of a file that was cut off, or grew too large, is let go of."""
        kept: list[object] = []
        try:
            form = await self.parse()
            kept = [each.file for each in form.values() if isinstance(each, UploadFile)]
            return form
        finally:
            for file in self._files_to_close_on_error:
                if file not in kept:
                    file.close()


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _form(request: Request, max_fields: int) -> FormData:
    if _kind(request) not in FORM_TYPES:
        raise HTTPException(400)
    return await request.form(max_files=0, max_fields=max_fields)


def _values(request: Request, form: FormData) -> dict[str, str]:
    values = {_whole(name): _whole(value) for name, value in form.items() if isinstance(value, str)}
    request.state.typed = values
    return values


def _whole(text: str) -> str:
    """Half a character, as some encodings can carry it, becomes a question mark."""
    return text.encode(errors="replace").decode()
