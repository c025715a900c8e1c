"""Serving HTTP within a process that decides itself when to stop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


class Server(uvicorn.Server):
    """A server whose stop is decided by the process, since several share it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business."""
        yield


def server(app: ASGIApp, host: str, port: int, *, grace: int = 3) -> Server:
    """One that says nothing of itself. ``grace``: seconds that requests under way get to end."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            # Who a reader is, we find out ourselves: see forms/site/visitors.py.
            proxy_headers=False,
            # No page of ours speaks by websocket.
            ws="none",
            timeout_graceful_shutdown=grace,
        )
    )


async def serve(server: Server, sockets: list[socket.socket] | None = None) -> None:
    """Serve until cancelled; then let the requests under way end."""
    serving = asyncio.create_task(server.serve(sockets))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
