"""An installation on real servers, its doctor, and ways to read what the doctor found."""

import asyncio
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.context import Tools
from deploy.local.temporal import Temporal
from schemas.policy import read_policy
from schemas.steps import QUEUE
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.conftest import MUNICIPALITIES, free_port
from tests.workers.inside import Inside
from workers.builds import polling
from workers.schedules import ensure, rounds
from workers.worker import temporal_worker

NEEDED = ("STRAAT_PUBLIC_URL", "STRAAT_DESK_URL", "STRAAT_TEMPORAL_UI_URL")


@dataclass
class Doctor:
    """Asks ``straat doctor`` within this process."""

    env: dict[str, str]
    said: list[str] = field(default_factory=list)

    async def ask(self, group: str, *words: str) -> list[tuple[str, str]]:
        """State and sentence of each finding of a group."""
        ended = await Inside(self.env).run("doctor", "--json", "--only", group, *words)
        self.said.append(ended.out)
        told = json.loads(ended.out)
        others = [each for each in told["findings"] if each["group"] != group]
        assert {each["state"] for each in others} <= {"broken"}, "only what stands in the way"
        assert all(each["do"] for each in told["findings"] if each["state"] in ("attention", "broken"))
        assert ended.code == (told["state"] in ("broken", "not checked"))
        return [(each["state"], each["told"]) for each in told["findings"]]

    async def is_well(self, group: str, *words: str) -> None:
        """Nothing but good in a group."""
        found = await self.ask(group, *words)
        assert found
        assert [each for each in found if each[0] != "good"] == []

    async def finds(self, group: str, state: str, words: str, *more: str) -> list[tuple[str, str]]:
        """One finding of this state says these words; what else was found."""
        found = await self.ask(group, *more)
        right = [each for each in found if each[0] == state and words in each[1]]
        assert len(right) == 1, found
        return [each for each in found if each != right[0]]


@asynccontextmanager
async def engine(folder: Path) -> AsyncIterator[Client]:
    """A Temporal with our schedules, and a worker of ours that asks for work and gets none."""
    folder.mkdir()
    db = Database("postgresql://127.0.0.1:1/nowhere")
    keyring = Keyring({1: os.urandom(32)})
    async with Temporal(folder, free_port()) as server:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        await ensure(client, rounds(map(read_policy, MUNICIPALITIES)))
        await ensure(client)
        tools = Tools(db, keyring, Vault(keyring), "http://a.test", "http://b.test", "noreply@a.test")
        async with temporal_worker(client, tools):
            while not await polling(client, QUEUE):
                await asyncio.sleep(0.05)
            yield client


def trusted(client: ssl.SSLContext, path: Path) -> str:
    """The file with the authority that a context trusts, for SSL_CERT_FILE."""
    [root] = client.get_ca_certs(binary_form=True)
    path.write_text(ssl.DER_cert_to_PEM_cert(root))
    return str(path)


class Names:
    """A DNS server with these records: (name, kind) to texts. A name that is nowhere does not exist."""

    def __init__(self, zone: dict[tuple[str, str], list[str]]) -> None:
        self.zone = zone

    def connection_made(self, transport: object) -> None:
        """Keep where answers go."""
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""

    def error_received(self, error: Exception) -> None:
        """Nobody waited for it."""

    def datagram_received(self, data: bytes, place: tuple[str, int]) -> None:
        """Answer a question."""
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        [asked] = question.question
        name, kind = asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)
        if found := self.zone.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, found))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), place)  # type: ignore[attr-defined]


def free_udp() -> int:
    """A port for a DNS server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
