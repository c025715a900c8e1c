"""What the web measures of requests: by the template of the address, since the address may open a door."""

import time
from collections import defaultdict
from http import HTTPStatus

import structlog
from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from starlette.routing import Mount, Route
from starlette.types import Message, Receive, Scope, Send

from store.origin import CURRENT, Origin
from workers.watching import traces

log = structlog.get_logger("web")

NOBODYS = "none"
"""The route of what no route fits; there are as many of those addresses as people can think of."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

REQUESTS = Counter("straat_http_requests", "Requests answered.", ["site", "method", "route", "status"])
DURATION = Histogram(
    "straat_http_request_duration_seconds",
    "How long they took.",
    ["site", "route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class Measured:
    """Counts and times every request of a site, and tells in the log what a request brought."""

    def __init__(self, app: FastAPI, site: str) -> None:
        self._app = app
        self._templates = Templates(app)
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, and look at what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = HTTPStatus.INTERNAL_SERVER_ERROR.value, time.perf_counter()
        origin = Origin()
        token = CURRENT.set(origin)

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with traces.request(self._site, scope) as span:
            try:
                await self._app(scope, receive, noting)
            finally:
                CURRENT.reset(token)
                route, method = self._templates.of(scope), method_of(scope)
                took = time.perf_counter() - began
                REQUESTS.labels(self._site, method, route, str(status)).inc()
                DURATION.labels(self._site, route).observe(took)
                span.ended(method, route, status)
                self._tell(origin, route, status)

    def _tell(self, origin: Origin, route: str, status: int) -> None:
        """Only what was really taken in: an error undid its transaction."""
        if status >= HTTPStatus.BAD_REQUEST:
            return
        if origin.workflow_id:
            log.info("asked", workflow_id=origin.workflow_id, path=route, status=status)
        for taken in origin.taken:
            log.info(
                "taken in",
                submission=str(taken.submission),
                receipt=taken.receipt,
                kind=taken.kind,
                municipality=taken.municipality,
                path=route,
                status=status,
            )


class Templates:
    """The template of the address that was asked for, such as ``/{municipality}/aanmelden``."""

    def __init__(self, app: FastAPI) -> None:
        self._by_endpoint: defaultdict[int, list[Route | Mount]] = defaultdict(list)
        for route in app.routes:
            if isinstance(route, Route):
                self._by_endpoint[id(route.endpoint)].append(route)
            elif isinstance(route, Mount):
                self._by_endpoint[id(route.app)].append(route)

    def of(self, scope: Scope) -> str:
        """By the route that FastAPI notes, else by the page that answered."""
        if isinstance(route := scope.get("route"), Route):
            return f"{scope.get('root_path', '')}{route.path}"
        endpoint = scope.get("endpoint")
        if endpoint is None:
            return NOBODYS
        for found in self._by_endpoint[id(endpoint)]:
            if isinstance(found, Mount):
                return f"{found.path}/*"
            if found.path_regex.match(scope["path"]):
                return found.path
        return getattr(endpoint, "__name__", NOBODYS)


def method_of(scope: Scope) -> str:
    """The method; one that nobody knows is none, for a client can make up any."""
    return scope["method"] if scope["method"] in METHODS else NOBODYS
