"""`straat status` asks the worker whether it can work: a process that runs may be of no use."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deploy.local.home import Home
from deploy.local.ports import Ports
from deploy.local.processes import birth_of
from deploy.local.status import status


@contextmanager
def door(answer: int) -> Iterator[int]:
    """A worker's port for who watches, which gives this answer at /klaar, and at /levend that it lives."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """What is asked."""
            self.send_response({"/klaar": answer, "/levend": 200}[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def remember(home: Path, port: int, birth: str) -> None:
    """A stack of this very process, whose worker answers at this port."""
    ports = asdict(Ports.from_base(20_000)) | {"worker_watch": port}
    me = {"pid": os.getpid(), "birth": birth_of(os.getpid())}
    worker = {"pid": os.getpid(), "birth": birth}
    urls = {"public": "http://127.0.0.1:1", "desk": "http://127.0.0.1:1"}
    Home(home).write_state(me | {"ports": ports, "urls": urls, "services": {"worker": worker}})


async def test_a_worker_is_well_when_it_says_that_it_can_work(home: Path) -> None:
    for answer, well in ((200, True), (503, False)):
        with door(answer) as port:
            remember(home, port, birth_of(os.getpid()))
            worker = (await status(home))[-1]
            assert (worker.name, worker.url) == ("worker", f"http://127.0.0.1:{port}/klaar")
            assert worker.healthy is well
    worker = (await status(home))[-1]
    assert worker.healthy is False, "nobody is at the door any more"


async def test_another_process_at_its_port_is_not_the_worker(home: Path) -> None:
    with door(200) as port:
        remember(home, port, "another birth")
        worker = (await status(home))[-1]
        assert (worker.url, worker.healthy) == ("does not run", False)
