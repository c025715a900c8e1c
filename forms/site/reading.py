"""Reading a posted form."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_FIELDS = 50


async def typed(request: Request) -> dict[str, str]:
    """The fields of a posted form; raises 400 for what is no form. A page of 503 offers them again."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in FORM_TYPES:
        raise HTTPException(400)
    form = await request.form(max_files=0, max_fields=MAX_FIELDS)
    values = {_whole(name): _whole(value) for name, value in form.items() if isinstance(value, str)}
    request.state.typed = values
    return values


def _whole(text: str) -> str:
    """Half a character, as some encodings can carry it, becomes a question mark."""
    return text.encode(errors="replace").decode()
