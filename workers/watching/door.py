"""The door for who watches: measures, and whether the process lives and is ready. Never where pages are."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http.client import HTTPException

import structlog
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from store.database import Database
from workers.settings import Settings, SettingsError
from workers.watching import systemd, traces
from workers.watching.gauges import Gauges
from workers.watching.health import Check, Health, database
from workers.watching.pulse import PULSE
from workers.watching.serving import serve, server
from workers.watching.told import SDK

log = structlog.get_logger("door")

MEASURES, ALIVE, READY = "/metrics", "/levend", "/klaar"

Told = Callable[[], Awaitable[bytes]]


def door(health: Health, gauges: Gauges, told: Told) -> Starlette:
    """Its three pages. ``told``: what Temporal's SDK measures."""

    async def metrics(_: Request) -> Response:
        await gauges.look()
        text = generate_latest(REGISTRY)
        try:
            text += await told()
        except (OSError, HTTPException) as error:
            log.warning("the SDK tells nothing", exception_type=type(error).__name__)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def alive(_: Request) -> Response:
        stuck = health.stuck()
        return JSONResponse({"alive": not stuck, "stuck": stuck}, 503 if stuck else 200)

    async def ready(_: Request) -> Response:
        well = await health.ready()
        found = {"ready": well, "stopping": health.stopping, "parts": health.parts}
        return JSONResponse(found, 200 if well else 503)

    pages = {MEASURES: metrics, ALIVE: alive, READY: ready}
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])


@asynccontextmanager
async def watched(
    process: str, settings: Settings, db: Database, checks: Mapping[str, Check], *, lenient: bool = False
) -> AsyncIterator[Health]:
    """While the block runs, who may watch can; the door closes last, so that a stop can be seen."""
    health = Health(PULSE, {"database": database(db), **checks}, lenient=lenient)
    async with AsyncExitStack() as stack:
        if traces.wanted():
            from workers.watching import exporting  # noqa: PLC0415 - only where it is used

            stack.push_async_callback(exporting.end, exporting.start(process))
        if settings.watch_port is not None:
            await stack.enter_async_context(_open(process, settings, settings.watch_port, db, health))
        await stack.enter_async_context(_beside(systemd.keep_awake(health)))
        systemd.notify("READY=1")
        yield health
        systemd.notify("STOPPING=1")


@asynccontextmanager
async def _open(
    process: str, settings: Settings, port: int, db: Database, health: Health
) -> AsyncIterator[None]:
    place = _listen(settings.watch_host, port)
    gauges = Gauges(process, db, health, PULSE)
    SDK.wanted = True
    REGISTRY.register(gauges)
    try:
        app = door(health, gauges, SDK)
        async with _beside(serve(server(app, settings.watch_host, port, grace=1), [place])):
            yield
    finally:
        REGISTRY.unregister(gauges)


@asynccontextmanager
async def _beside(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _listen(host: str, port: int) -> socket.socket:
    try:
        place = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SettingsError(
            f"STRAAT_WATCH_PORT is wrong: {host}, port {port} cannot be listened on ({error.strerror})."
        ) from None
    place.setblocking(False)
    return place
