"""A mail server that answers whatever it likes, and the postman who has to make something of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from store.database import Database
from store.vault import Vault
from tests.conftest import free_port
from tests.fuzz.judge import Findings, Stopwatch, of_log
from tests.fuzz.values import CANARY, to_bytes, typed
from tests.fuzz.watching import Log
from tests.workers.test_postman import Office

STAGES = ("CONNECT", "EHLO", "HELO", "MAIL", "RCPT", "DATA", "END")
WELL = {
    "CONNECT": b"220 hier\r\n",
    "EHLO": b"250-hier\r\n250-SIZE 10000000\r\n250 SMTPUTF8\r\n",
    "HELO": b"250 hier\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 ga uw gang\r\n",
    "END": b"250 2.0.0 bewaard\r\n",
}
CODE = re.compile(r"-?[0-9]{1,3}|[A-Za-z]+")
"""What may be kept of an answer: its number, or the kind of mistake that it was."""

STATES = {"queued", "unknown", "accepted", "failed"}
ENHANCED = ("", "5.1.1 ", "4.2.2 ", "2.0.0 ", "9.99.999 ", "5.1.1", "5..1 ", "X.1.5 ", "4.7.0 \xa7 ")


@dataclass(frozen=True)
class Said:
    """What the server says at each stage; nothing at all is that it hangs up."""

    by_stage: dict[str, bytes]

    def at(self, stage: str) -> bytes:
        """The answer of a stage."""
        return self.by_stage.get(stage, WELL[stage])

    def __str__(self) -> str:
        return repr(self.by_stage)


@st.composite
def replies(draw: Any) -> Said:
    """A server that is odd at one stage or two."""
    stages = draw(st.sets(st.sampled_from(STAGES), min_size=1, max_size=2))
    return Said({stage: _reply(draw) for stage in sorted(stages)})


def _reply(draw: Any) -> bytes:
    code = str(
        draw(
            st.sampled_from(
                (*range(200, 600, 50), 221, 251, 354, 421, 450, 451, 452, 550, 552, 554, 999, 0, 99, 1000)
            )
        )
    )
    text = (
        draw(st.sampled_from(ENHANCED))
        + draw(st.sampled_from((f"<{CANARY}@voorbeeld.nl> nee", "nee", "")))
        + draw(st.sampled_from(("", "\x00", "\t", " " * 600)))
    )
    end = draw(st.sampled_from(("\r\n", "\r\n", "\r\n", "\n", "\r")))
    match draw(st.integers(0, 11)):
        case 0:
            return b""
        case 1:  # Lines that belong together, and do not agree.
            other = draw(st.sampled_from((code, "250", "550", "451", "abc")))
            return f"{code}-{text}{end}{other}-{text}{end}{other} {text}{end}".encode()
        case 2:  # Lines that never end.
            return f"{code}-{text}{end}".encode() * draw(st.sampled_from((1, 30, 3000)))
        case 3:
            return to_bytes(draw(typed()))[:3000] + end.encode()
        case 4:
            return code.encode() + b" " + draw(st.binary(max_size=60)).replace(b"\n", b"") + end.encode()
        case 5:
            return f"{code}{draw(st.sampled_from(('', '.', '_', '  ', '-')))}{text}{end}".encode()
        case 6:
            return b"9" * draw(st.sampled_from((5, 900, 20_000))) + end.encode()
        case 7:  # Answers to what was not asked yet.
            return f"{code} {text}{end}250 ok{end}354 ok{end}".encode()
        case 8:
            return f"{code} {text}{end}".encode()[: draw(st.integers(0, 9))]
    return f"{code} {text}{end}".encode("utf-8", "replace")


@dataclass
class Mailing:
    """One mail after the other through a server that is told what to say."""

    db: Database
    vault: Vault
    log: Log
    findings: Findings
    said: Said = field(default_factory=lambda: Said({}))
    content: bool = False
    took: bool = False
    last: bytes = b""
    office: Office = field(init=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Mailing"]:
        """With a server that listens."""
        self.office = Office(self.db, self.vault, free_port())
        async with await asyncio.start_server(self._serve, "127.0.0.1", self.office.port, limit=2**22):
            yield self

    async def bring(self, said: Said) -> None:
        """One mail, and what the postman made of the answers."""
        self.said, self.took, watch = said, False, Stopwatch()
        mail, wrong = await self.office.post(), []
        try:
            async with asyncio.timeout(60):
                await self.office.postman().work()
        except Exception as error:  # noqa: BLE001 - that is what we look for
            wrong.append(f"the postman stops by {type(error).__name__}")
        row = await self.office.row(mail)
        wrong += self._of_row(row)
        wrong += [*of_log(self.log.taken(), ("ans@example.org",)), *watch.faults()]
        self.findings.add("smtp", list(dict.fromkeys(wrong)), str(said))
        async with self.db.transaction() as conn:
            await conn.execute("update post.mail set state = 'dropped', sealed = null where id = $1", mail)

    def _of_row(self, row: Any) -> list[str]:
        state, code, kept = row["state"], row["last_code"], row["sealed"] is not None
        wrong = []
        if state not in STATES:
            wrong.append(f"a mail is {state}")
        if (state in ("queued", "unknown")) != kept:
            wrong.append(f"a mail that is {state} is {'kept' if kept else 'gone'}")
        if code is not None and not CODE.fullmatch(code):
            wrong.append("more than a code was kept of an answer")
        if state == "accepted" and not (self.took and re.search(rb"(^|\n)2[0-9]{2}", self.last)):
            wrong.append("accepted, and the server did not say so")
        if state == "failed" and not re.search(rb"(^|\n)5[0-9]{2}", self.last):
            wrong.append("given up, and the server did not say no")
        return wrong

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not await self._answer(writer, "CONNECT"):
                return
            while line := await reader.readline():
                stage = line[:4].decode("latin-1").upper()
                if stage == "QUIT" or not await self._answer(writer, stage if stage in WELL else "HELO"):
                    return
                if stage == "DATA" and self.said.at("DATA").startswith(b"354"):
                    while (line := await reader.readline()) not in (b".\r\n", b""):
                        pass
                    self.took = True
                    if not await self._answer(writer, "END"):
                        return
        except (OSError, ValueError):
            return
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, stage: str) -> bool:
        self.last = self.said.at(stage)
        writer.write(self.last)
        await writer.drain()
        # Half a line, or lines that do not end, are the last that this server says.
        whole = self.last.endswith(b"\n") and not re.search(rb"(^|\n)\d{3}-[^\n]*\n$", self.last)
        return bool(self.last) and whole
