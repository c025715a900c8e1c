"""The courier: brings one event to one address, and tells in a word what came of it.

The address is of somebody else's choice, so it could point inside: at this machine, its network, its cloud.
The name is looked up once, every answer has to be public, and the connection goes to that very answer; the
name is only used to check the certificate. Nothing is followed, and nothing is read but the status.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from schemas.webhook import Address, is_allowed

if TYPE_CHECKING:
    # Read at the first delivery, with the roots it trusts: a tenth of a start, and many have no webhook.
    import httpx

CONNECT_SECONDS = 4.0
WHOLE_SECONDS = 10.0
"""A receiver answers within this time, counted from the look-up of its name."""

LOOK_UPS = 32
"""Names that are looked up at once, apart from whatever else this process waits for."""

PORTS = {"https": 443, "http": 80}


class Trouble(StrEnum):
    """Why there was no status."""

    NAME = "name"
    ADDRESS = "address"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    TIMEOUT = "timeout"
    ANSWER = "answer"
    SEALED = "sealed"
    """Not the receiver's: our key file does not open the webhook's secret."""


class Courier:
    """Posts; each time on a connection of its own, so that no name rides on another's."""

    def __init__(
        self,
        *,
        local: bool,
        allowed: Callable[..., bool] | None = None,
        trusted: ssl.SSLContext | None = None,
        look_up: Callable[..., list[Any]] = socket.getaddrinfo,
        whole: float = WHOLE_SECONDS,
    ) -> None:
        """``local``: plain http to the machine itself is fine. ``trusted``: other roots than the usual."""
        self._allowed = allowed or partial(is_allowed, local=local)
        self._whole = whole
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(LOOK_UPS, "names")
        self._trusted = trusted

    @cached_property
    def _client(self) -> "httpx.AsyncClient":
        import httpx  # noqa: PLC0415

        return httpx.AsyncClient(
            verify=self._trusted or ssl.create_default_context(),
            timeout=httpx.Timeout(self._whole, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "lief-en-leedstraten", "accept-encoding": "identity"},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if "_client" in vars(self):
            await self._client.aclose()

    async def bring(self, url: str, body: str, headers: Mapping[str, str]) -> str:
        """The status as text, such as ``204``, or a :class:`Trouble`."""
        import httpx  # noqa: PLC0415

        try:
            async with asyncio.timeout(self._whole):
                return await self._bring(httpx.URL(url), body.encode(), headers)
        except (TimeoutError, httpx.TimeoutException):
            return Trouble.TIMEOUT
        except httpx.InvalidURL:
            return Trouble.ADDRESS
        except (httpx.NetworkError, OSError) as error:
            return Trouble.CERTIFICATE if _about_certificate(error) else Trouble.CONNECTION
        except httpx.HTTPError:
            return Trouble.ANSWER

    async def _bring(self, url: "httpx.URL", body: bytes, headers: Mapping[str, str]) -> str:
        import httpx  # noqa: PLC0415

        try:
            addresses = await self._addresses(url.host, url.port or PORTS[url.scheme])
        except (OSError, UnicodeError):
            return Trouble.NAME
        if not addresses or not all(self._allowed(address, scheme=url.scheme) for address in addresses):
            return Trouble.ADDRESS
        for address in addresses[:-1]:
            try:
                return await self._post(url, address, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._post(url, addresses[-1], body, headers)

    async def _addresses(self, host: str, port: int) -> list[Address]:
        ask = partial(self._look_up, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]

    async def _post(self, url: "httpx.URL", address: Address, body: bytes, headers: Mapping[str, str]) -> str:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={**headers, "host": url.netloc.decode()},
            extensions={"sni_hostname": url.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            return str(response.status_code)
        finally:
            await response.aclose()


def _about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
