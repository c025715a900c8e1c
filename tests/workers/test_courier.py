"""The courier: only to where it may go, over the connection it checked, and never longer than it may take."""

import asyncio
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.workers.certificates import contexts
from tests.workers.receiver import Receiver, cut, hang, nonsense, receiving, status
from workers.courier import Courier, Trouble

NAME = "ontvanger.example"
HEADERS = {"content-type": "application/cloudevents+json", "webhook-id": "1"}


def anywhere(*_: object, **__: object) -> bool:
    """Every address is fine."""
    return True


class Names:
    """A name server that gives what a test says, one answer after the other."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_: object) -> list[Any]:
        """What the machine's own gives; a number is itself."""
        if host[0].isdigit() or ":" in host:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answer.split()]


@pytest.fixture
def names() -> Names:
    """A name server."""
    return Names("127.0.0.1")


async def bring(courier: Courier, url: str) -> str:
    """One event."""
    try:
        return await courier.bring(url, "{}", HEADERS)
    finally:
        await courier.close()


async def never_reached(names: Names, receiver: Receiver, url: str, *, local: bool = False) -> None:
    """Refused, and nobody so much as knocked."""
    assert await bring(Courier(local=local, look_up=names), url) == Trouble.ADDRESS
    await asyncio.sleep(0.02)
    assert (receiver.taken, receiver.most_at_once) == ([], 0)


async def test_the_machine_itself_is_not_called(names: Names) -> None:
    async with receiving() as receiver:
        for host in ("127.0.0.1", "localhost", NAME, "[::1]", "[::ffff:127.0.0.1]"):
            await never_reached(names, receiver, receiver.url(scheme="https", host=host))
            await never_reached(names, receiver, receiver.url(host=host))
            await never_reached(names, receiver, receiver.url(scheme="https", host=host), local=True)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "224.0.0.1", "0.0.0.0"],  # noqa: S104
)
async def test_a_name_that_points_inside_is_not_called(names: Names, address: str) -> None:
    names.answers = [address]
    assert await bring(Courier(local=False, look_up=names), f"https://{NAME}/") == Trouble.ADDRESS
    assert await bring(Courier(local=True, look_up=names), f"http://{NAME}:9000/") == Trouble.ADDRESS


async def test_one_answer_that_points_inside_is_enough(names: Names) -> None:
    names.answers = ["93.184.216.34 127.0.0.1"]
    async with receiving() as receiver:
        await never_reached(names, receiver, receiver.url(scheme="https", host=NAME))


async def test_the_connection_goes_to_the_address_that_was_checked(names: Names, tmp_path: Path) -> None:
    """A name that points elsewhere a moment later is not asked again; the certificate is the name's."""
    server, client = contexts(tmp_path, NAME)
    names.answers = ["127.0.0.1", "127.0.0.9"]
    async with receiving(context=server) as receiver:
        url = receiver.url(scheme="https", host=NAME)
        checked: list[str] = []

        def only_the_first(address: object, **_: object) -> bool:
            checked.append(str(address))
            return str(address) == "127.0.0.1"

        assert (
            await bring(Courier(local=False, allowed=only_the_first, trusted=client, look_up=names), url)
            == "200"
        )
        assert (names.asked, checked) == ([NAME], ["127.0.0.1"])
        [taken] = receiver.taken
        assert taken.headers["host"] == f"{NAME}:{receiver.port}"
        assert (taken.path, taken.body) == ("/events", "{}")
        assert taken.headers["content-type"] == "application/cloudevents+json"


async def test_the_next_address_where_the_first_does_not_answer(names: Names) -> None:
    names.answers = ["127.0.0.9 127.0.0.1"]
    async with receiving() as receiver:
        assert await bring(Courier(local=True, look_up=names), receiver.url(host="localhost")) == "200"


async def test_a_certificate_of_another_or_of_nobody_we_know(names: Names, tmp_path: Path) -> None:
    server, client = contexts(tmp_path, "iemand-anders.example")
    async with receiving(context=server) as receiver:
        url = receiver.url(scheme="https", host=NAME)
        for courier in (
            Courier(local=False, allowed=anywhere, trusted=client, look_up=names),
            Courier(local=False, allowed=anywhere, look_up=names),
        ):
            assert await bring(courier, url) == Trouble.CERTIFICATE
        assert receiver.taken == []


async def test_what_is_no_name() -> None:
    assert await bring(Courier(local=False), f"https://{'a' * 70}.example/") == Trouble.NAME


@pytest.mark.parametrize(("move", "code"), [(cut, Trouble.CONNECTION), (nonsense, Trouble.ANSWER)])
async def test_who_says_nothing_sensible(move: Any, code: str) -> None:
    async with receiving(move) as receiver:
        told = await bring(Courier(local=True), receiver.url())
    assert told in {code, Trouble.ANSWER}


async def test_names_that_take_long_to_find_hold_up_no_other() -> None:
    def slow(host: str, port: int, **more: Any) -> list[Any]:
        if host == NAME:
            time.sleep(0.5)
        return socket.getaddrinfo("127.0.0.1", port, **more)

    async with receiving() as receiver:
        courier = Courier(local=True, look_up=slow, whole=0.2)
        waiting = [
            asyncio.create_task(courier.bring(receiver.url(host=NAME), "{}", HEADERS)) for _ in range(12)
        ]
        await asyncio.sleep(0)
        assert await courier.bring(receiver.url(), "{}", HEADERS) == "200"
        assert set(await asyncio.gather(*waiting)) == {Trouble.TIMEOUT}
        await courier.close()


async def test_nobody_listens() -> None:
    async with receiving() as receiver:
        url = receiver.url()
    assert await bring(Courier(local=True), url) == Trouble.CONNECTION


async def test_who_takes_too_long_is_left() -> None:
    async with receiving(hang) as receiver:
        started = time.monotonic()
        assert await bring(Courier(local=True, whole=0.2), receiver.url()) == Trouble.TIMEOUT
        assert time.monotonic() - started < 2


async def dribble(writer: asyncio.StreamWriter) -> None:
    """A header a moment, for ever."""
    writer.write(b"HTTP/1.1 200 So\r\n")
    while True:
        writer.write(b"x: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_a_little_at_a_time_is_too_long_as_well() -> None:
    async with receiving(dribble) as receiver:
        assert await bring(Courier(local=True, whole=0.3), receiver.url()) == Trouble.TIMEOUT


async def test_where_it_is_sent_on_to_is_not_visited() -> None:
    async with receiving() as elsewhere, receiving() as receiver:
        for code in (301, 302, 303, 307, 308):
            receiver.answers.append(status(code, f"location: {elsewhere.url()}"))
            assert await bring(Courier(local=True), receiver.url()) == str(code)
        assert elsewhere.taken == []


class Torrent:
    """Answers for ever, and counts what the other side took."""

    sent = 0

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        """A status, and then bytes as long as somebody takes them."""
        writer.write(b"HTTP/1.1 200 So\r\ncontent-length: 99999999999\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            self.sent += 65536


async def test_a_huge_answer_is_not_read() -> None:
    torrent = Torrent()
    async with receiving(torrent) as receiver:
        started = time.monotonic()
        assert await bring(Courier(local=True), receiver.url()) == "200"
        assert time.monotonic() - started < 2
        await asyncio.sleep(0.1)
    assert torrent.sent < 20_000_000


async def test_no_proxy_of_the_environment_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        assert await bring(Courier(local=True), receiver.url()) == "200"
        assert proxy.taken == []
