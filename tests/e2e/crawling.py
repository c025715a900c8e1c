"""Walking through the pages by their links, as somebody does who is here for the first time."""

from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from playwright.async_api import Page
from starlette.routing import BaseRoute, Match, Route

OFTEN = 3
"""How many pages of one address are looked at: the first street is not like the second."""


def pages_of(routes: Iterable[BaseRoute]) -> list[Route]:
    """What can be opened in a browser."""
    return [route for route in routes if isinstance(route, Route) and "GET" in (route.methods or ())]


@dataclass
class Map:
    """Which addresses there are, and how often each was seen."""

    routes: Sequence[Route]
    seen: dict[str, int] = field(default_factory=dict)

    def address(self, path: str) -> str | None:
        """The route that answers; None for what is not ours, as a file."""
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        return next((each.path for each in self.routes if each.matches(scope)[0] is Match.FULL), None)

    def wants(self, path: str) -> bool:
        """Whether this page is still worth a look; counts it when it is."""
        address = self.address(path)
        if address is None or self.seen.get(address, 0) >= (OFTEN if "{street}" in address else 1):
            return False
        self.seen[address] = self.seen.get(address, 0) + 1
        return True

    @property
    def unseen(self) -> set[str]:
        """Addresses that no link led to."""
        return {route.path for route in self.routes} - self.seen.keys()


async def walk(page: Page, start: str, found: Map, *, within: str) -> AsyncIterator[str]:
    """Open page after page under ``within``, the nearest first; gives each address once it is open.

    The start is opened whoever saw it before: its links are those of who begins here.

    Files, which have a dot in their name, are left out.
    """
    todo, known = deque([start]), {start}
    while todo:
        url = todo.popleft()
        if not found.wants(urlsplit(url).path) and url != start:
            continue
        answer = await page.goto(url)
        assert answer is not None
        assert answer.status == 200, f"{url} answers {answer.status}"
        yield url
        for href in await page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))"):
            next_url = urljoin(url, href).partition("#")[0]
            is_page = (
                next_url.startswith(within) and "." not in urlsplit(next_url).path and "taal=" not in href
            )
            if is_page and next_url not in known:
                known.add(next_url)
                todo.append(next_url)
