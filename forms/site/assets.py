"""Static files: each is named with a digest of its contents, so a browser may keep it for good."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
FOR_GOOD = "public, max-age=31536000, immutable"


@cache
def asset(name: str) -> str:
    """The address of a static file; raises ``FileNotFoundError`` for a name that is none."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


class Assets(StaticFiles):
    """The static files both apps share; mount at ``/static``."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file with leave to keep it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_GOOD
        return response
