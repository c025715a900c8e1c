"""The postman: sends what the outbox holds, each mail once.

The one window in which a mail can go out twice is between the server's 250 and our note of it; then it bears
the same Message-ID. That is the rule for *unknown*: better a mail that comes twice than one that never comes.
"""

import asyncio
from email import message_from_bytes, policy

import aiosmtplib
import structlog
from cryptography.exceptions import InvalidTag
from pydantic_core import Url

from store import outbox
from store.database import Database
from store.outbox import Due, MailState
from store.vault import Erased, Vault

log = structlog.get_logger("postman")

BATCH = 20
PATIENCE = 40
"""Attempts before an unwilling server's *later* counts as a no: about nine hours."""

Verdict = tuple[MailState, str]


class Postman:
    """Delivers over SMTP; ``work`` is what :class:`~workers.loops.Loop` calls."""

    def __init__(self, db: Database, vault: Vault, smtp_url: Url, sender: str, per_second: float) -> None:
        self._db = db
        self._vault = vault
        self._url = smtp_url
        self._sender = sender
        self._pause = 1 / per_second

    async def work(self) -> float | None:
        """Everything that is due; the seconds until the next.

        There is one postman at a time, so whatever is marked *sending* now was left so by one that crashed.
        """
        async with self._db.transaction() as conn:
            await outbox.recover(conn)
        while await self._round():
            pass
        async with self._db.connection() as conn:
            return await outbox.seconds_to_next(conn)

    async def _round(self) -> int:
        async with self._db.transaction() as conn:
            mails = await outbox.take(conn, BATCH)
        if mails:
            await self._deliver_all(mails)
        return len(mails)

    async def _deliver_all(self, mails: list[Due]) -> None:
        """One connection for the round; when it breaks, each mail that is left gets its own verdict."""
        smtp = self._client()
        try:
            for mail in mails:
                verdict = await self._deliver(smtp, mail)
                await self._note(mail, verdict)
                await asyncio.sleep(self._pause)
        finally:
            smtp.close()

    async def _deliver(self, smtp: aiosmtplib.SMTP, mail: Due) -> Verdict:
        try:
            async with self._db.connection() as conn:
                letter = await self._vault.open_letter(conn, mail.person, mail.id, mail.sealed)
        except (Erased, InvalidTag):
            return MailState.DROPPED, "erased"
        try:
            await self._offer(smtp, letter)
        except aiosmtplib.SMTPResponseException as error:
            smtp.close()
            return _refused(error, mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            return MailState.QUEUED, type(error).__name__
        return await self._hand_over(smtp, letter, mail)

    async def _offer(self, smtp: aiosmtplib.SMTP, letter: bytes) -> None:
        """All before DATA: whatever fails here, the server does not have the mail."""
        if not smtp.is_connected:
            await smtp.connect()
        reader = message_from_bytes(letter, policy=policy.default)["To"].addresses[0].addr_spec
        await smtp.mail(self._sender)
        await smtp.rcpt(reader)

    async def _hand_over(self, smtp: aiosmtplib.SMTP, letter: bytes, mail: Due) -> Verdict:
        """From DATA on, a broken connection leaves it unknown whether the server has the mail."""
        try:
            await smtp.data(letter)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error, mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            return MailState.UNKNOWN, type(error).__name__
        return MailState.ACCEPTED, "250"

    async def _note(self, mail: Due, verdict: Verdict) -> None:
        state, code = verdict
        log.info("mail", mail=str(mail.id), state=state.value, code=code)
        async with self._db.transaction() as conn:
            if state is MailState.ACCEPTED:
                await outbox.accepted(conn, mail.id)
            elif state in (MailState.QUEUED, MailState.UNKNOWN):
                await outbox.again(conn, mail.id, state, code)
            else:
                await outbox.ended(conn, mail.id, state, code)

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._url.host,
            port=self._url.port,
            username=self._url.username,
            password=self._url.password,
            use_tls=self._url.scheme == "smtps",
            timeout=20,
        )


def _refused(error: aiosmtplib.SMTPResponseException, mail: Due) -> Verdict:
    """A 4xx is *later*; a 5xx is *no*."""
    later = 400 <= error.code < 500 and mail.attempts < PATIENCE  # noqa: PLR2004
    return (MailState.QUEUED if later else MailState.FAILED), str(error.code)
