"""A desk of its own on ``http://localhost``, where a browser takes passkeys; and the mails it sends."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy

import uvicorn
from fastapi import FastAPI
from playwright.async_api import CDPSession, Page

from activities.context import Tools
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from workers.relay import Relay
from workers.watching.serving import Server

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@asynccontextmanager
async def served(app: FastAPI, port: int) -> AsyncIterator[None]:
    """Listening, until the test is done."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@dataclass
class Post:
    """Mails as the relay writes them, opened with their reader's key."""

    db: Database
    keyring: Keyring
    desk: str

    async def newest(self, template: str) -> str:
        """The text of the last mail of a kind."""

        async def away() -> object:
            raise RuntimeError("no Temporal here")

        vault = Vault(self.keyring)
        tools = Tools(self.db, self.keyring, vault, "http://127.0.0.1:1", self.desk, "post@straat.example")
        await Relay(tools, away).work()  # type: ignore[arg-type]
        async with self.db.connection() as conn:
            row = await conn.fetchrow(
                "select id, person, sealed from post.mail where template = $1 order by created_at desc",
                template,
            )
            assert row, f"no mail {template}"
            raw = await vault.open_letter(conn, row["person"], row["id"], row["sealed"])
        body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
        assert body
        return str(body.get_content())

    async def link(self) -> str:
        """The link of the last invitation."""
        found = re.search(rf"{re.escape(self.desk)}/uitnodiging/\S+", await self.newest("staff_invitation"))
        assert found
        return found[0]

    async def code(self) -> str:
        """The digits of the last code."""
        found = re.search(r"^(\d{3} \d{3})\s*$", await self.newest("staff_code"), re.MULTILINE)
        assert found
        return found[1]


@dataclass
class Device:
    """An authenticator in the browser: a finger, a face, a PIN."""

    cdp: CDPSession
    id: str

    async def verified(self, *, yes: bool) -> None:
        """Whether the person at it proves to be its owner."""
        await self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})

    async def credentials(self) -> list[dict[str, object]]:
        """What it holds."""
        found = await self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])


async def device(page: Page) -> Device:
    """Put one in."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    made = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return Device(cdp, made["authenticatorId"])
