"""The postman: sends what the outbox holds, each mail once.

The one window in which a mail can go out twice is between DATA and our note of the 250; then it bears the
same Message-ID. That is the rule for *unknown*: better a mail that comes twice than one that never comes,
but no mail comes every quarter of an hour.

What fails before MAIL is the server's trouble, not the mail's: the mail waits, however long it takes.
"""

import asyncio
from email import policy
from email.parser import HeaderParser
from urllib.parse import unquote

import aiosmtplib
import structlog
from cryptography.exceptions import InvalidTag
from pydantic_core import Url

from store import outbox
from store.database import Database
from store.outbox import Due, MailState
from store.vault import Erased, Vault
from workers.loops import to_its_end
from workers.watching import traces
from workers.watching.counters import MAILS
from workers.watching.pulse import PULSE

log = structlog.get_logger("postman")

BATCH = 20
PATIENCE = 490
"""Attempts before an unwilling server's *later* counts as a no: five days, as RFC 5321 (4.5.4.1) advises."""

DOUBT = 10
"""Attempts after which a mail that stays unknown is given up: about a quarter of an hour."""

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
        async with self._db.connection() as conn:
            await outbox.recover(conn)
        while await self._round() == BATCH:
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
        """One connection for the round, made anew after a mail that did not go well."""
        smtp = self._client()
        try:
            for mail in mails:
                PULSE.beat("outbox")
                await to_its_end(self._bring(smtp, mail))
                await asyncio.sleep(self._pause)
        finally:
            smtp.close()

    async def _bring(self, smtp: aiosmtplib.SMTP, mail: Due) -> None:
        with traces.carried("mail", mail.trace, mail=str(mail.id)):
            await self._note(mail, await self._deliver(smtp, mail))

    async def _deliver(self, smtp: aiosmtplib.SMTP, mail: Due) -> Verdict:
        try:
            async with self._db.connection() as conn:
                letter = await self._vault.open_letter(conn, mail.person, mail.id, mail.sealed)
        except Erased:
            return MailState.DROPPED, "erased"
        except (InvalidTag, KeyError):
            # More often a wrong key file than a broken letter, so the letter stays.
            return MailState.QUEUED, "unreadable"
        try:
            if not smtp.is_connected:
                await smtp.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            return MailState.QUEUED, _code(error)
        verdict = await self._offer(smtp, letter, mail)
        if verdict[0] is not MailState.ACCEPTED:
            smtp.close()
        return verdict

    async def _offer(self, smtp: aiosmtplib.SMTP, letter: bytes, mail: Due) -> Verdict:
        """What fails before DATA left the server without the mail; from DATA on it may have it."""
        broken = MailState.QUEUED
        try:
            await self._envelope(smtp, letter)
            broken = _doubt(mail)
            await smtp.data(letter)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error.code, mail, broken), _code(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            return broken, _code(error)
        except (ValueError, LookupError, AttributeError) as error:
            return MailState.FAILED, _code(error)
        return MailState.ACCEPTED, "250"

    async def _envelope(self, smtp: aiosmtplib.SMTP, letter: bytes) -> None:
        """Who it is from and who it is for; an address beyond ASCII asks for RFC 6531."""
        head = letter.partition(b"\r\n\r\n")[0]
        headers = HeaderParser(policy=policy.default).parsestr(head.decode())
        reader = headers["To"].addresses[0].addr_spec
        await smtp.mail(self._sender, options=[] if reader.isascii() else ["SMTPUTF8"])
        await smtp.rcpt(reader, encoding="utf-8")

    async def _note(self, mail: Due, verdict: Verdict) -> None:
        state, code = verdict
        log.info("mail", mail=str(mail.id), workflow_id=mail.workflow_id, state=state.value, code=code)
        MAILS.labels(state.value).inc()
        async with self._db.connection() as conn:
            if state is MailState.ACCEPTED:
                await outbox.accepted(conn, mail.id)
            elif state in (MailState.QUEUED, MailState.UNKNOWN):
                await outbox.again(conn, mail.id, state, code)
            else:
                await outbox.ended(conn, mail.id, state, code)

    def _client(self) -> aiosmtplib.SMTP:
        user, password = self._url.username, self._url.password
        return aiosmtplib.SMTP(
            hostname=self._url.host,
            port=self._url.port,
            username=unquote(user) if user else None,
            password=unquote(password) if password else None,
            use_tls=self._url.scheme == "smtps",
            timeout=20,
        )


def _refused(code: int, mail: Due, broken: MailState) -> MailState:
    """A 5xx is *no*; a 4xx is *later*, for days. Whatever else a server says is no answer: a broken line."""
    if 500 <= code < 600 or mail.attempts >= PATIENCE:  # noqa: PLR2004
        return MailState.FAILED
    return MailState.QUEUED if 400 <= code < 500 else broken  # noqa: PLR2004


def _doubt(mail: Due) -> MailState:
    """What a broken connection makes of a mail that the server may have."""
    enough = mail.state is MailState.UNKNOWN and mail.attempts >= DOUBT
    return MailState.FAILED if enough else MailState.UNKNOWN


def _code(error: Exception) -> str:
    """A reply code or the kind of error: never its text, which may hold an address."""
    return str(error.code) if isinstance(error, aiosmtplib.SMTPResponseException) else type(error).__name__
