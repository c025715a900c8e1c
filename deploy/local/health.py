"""Is it there? Asked of a page, or of a port."""

import asyncio
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_SECONDS = 5.0
FINE = 200


@dataclass(frozen=True)
class Health:
    """One part of the stack as it is now."""

    name: str
    url: str
    healthy: bool


async def answers(url: str) -> bool:
    """A page that says 200; for any other scheme, a port that accepts a connection."""
    return await asyncio.to_thread(_page if url.startswith("http://") else _port, url)


async def look(urls: Mapping[str, str], probes: Mapping[str, str]) -> list[Health]:
    """The health of every URL; `probes` names another page to ask where there is a better one."""
    asked = [answers(probes.get(name, url)) for name, url in urls.items()]
    found = await asyncio.gather(*asked)
    return [Health(name, url, ok) for (name, url), ok in zip(urls.items(), found, strict=True)]


def _page(url: str) -> bool:
    parts = urlsplit(url)
    page = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS)
    try:
        page.request("GET", parts.path or "/")
        return page.getresponse().status == FINE
    except (OSError, http.client.HTTPException):
        return False
    finally:
        page.close()


def _port(url: str) -> bool:
    parts = urlsplit(url)
    door = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        door.connect()
    except OSError:
        return False
    finally:
        door.close()
    return True
