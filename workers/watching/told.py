"""What Temporal's SDK measures, from its own small server to our door."""

import asyncio
from http import HTTPStatus
from http.client import HTTPConnection


class Told:
    """Nothing, until a client is made; ``wanted`` before that has it measure."""

    def __init__(self) -> None:
        self.wanted = False
        self.place: str | None = None
        """Host and port of that server."""

    async def __call__(self) -> bytes:
        """In the text format of Prometheus; ``OSError`` or ``HTTPException`` when it does not answer."""
        return await asyncio.to_thread(self._read, self.place) if self.place else b""

    def _read(self, place: str) -> bytes:
        server = HTTPConnection(place, timeout=5)
        try:
            server.request("GET", "/metrics")
            answer = server.getresponse()
            if answer.status != HTTPStatus.OK:
                raise ConnectionError
            return answer.read()
        finally:
            server.close()


SDK = Told()
"""That of this process."""
