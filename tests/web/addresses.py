"""All addresses of an app, from the app itself: of its routers, and of every app that is mounted in it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.routing import BaseRoute, Mount

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True)
class Address:
    """A path with its open places, and the methods that its route knows."""

    path: str
    methods: frozenset[str]
    under: str = ""
    """The prefix of the app that is mounted, if it is one."""

    @property
    def places(self) -> list[str]:
        """The names of what is open in it."""
        return PARAMETER.findall(self.path)

    def filled(self, fill: Callable[[str], str]) -> str:
        """The path with something in each place."""
        return PARAMETER.sub(lambda place: fill(place[1]), self.path)

    def __str__(self) -> str:
        return self.path


def addresses(app: Any) -> list[Address]:
    """Every one of them; an app that is mounted without routes of its own serves files."""
    return sorted(set(_of(app.routes, "", "")), key=lambda each: (each.path, sorted(each.methods)))


def _of(routes: list[BaseRoute], prefix: str, under: str) -> Iterator[Address]:
    for route in routes:
        if isinstance(route, Mount):
            here = prefix + route.path
            yield from _of(list(route.routes), here, here) if route.routes else [_files(here)]
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from _of(router.routes, prefix + route.include_context.prefix, under)  # type: ignore[attr-defined]
        else:
            yield Address(prefix + route.path, frozenset(route.methods or {"GET"}), under)  # type: ignore[attr-defined]


def _files(here: str) -> Address:
    return Address(f"{here}/{{file:path}}", frozenset({"GET", "HEAD"}), here)
