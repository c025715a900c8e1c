"""Mail: the server takes us, and the records of the sender's domain name it. No mail is sent."""

import asyncio
from contextlib import suppress
from urllib.parse import unquote

import aiosmtplib

from schemas.sign_in import is_loopback
from workers.doctor import records
from workers.doctor.findings import Check, Finding, State, attention, broken, good, not_checked
from workers.doctor.groups import Group
from workers.doctor.lookup import AWAY, TooMany, known, texts_of, walk
from workers.doctor.place import Place

PATIENCE = 4.0
UNREAL = ("example", "test", "invalid", "localhost")
"""Ends of names that belong to nobody."""


async def server(place: Place) -> list[Finding]:
    """It greets, speaks TLS, lets us in, and takes our sender."""
    if not place.has("SMTP_URL"):
        return [not_checked("the mail server: SMTP_URL is wrong")]
    url = place.settings.smtp_url
    where = f"{url.host}:{url.port or (465 if url.scheme == 'smtps' else 25)}"
    smtp = aiosmtplib.SMTP(
        hostname=url.host,
        port=url.port,
        use_tls=url.scheme == "smtps",
        start_tls=False,
        timeout=PATIENCE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await smtp.connect()
            await smtp.ehlo()
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        smtp.close()
        if not place.given("smtp_url"):
            told = f"the mail server: SMTP_URL is not set here, and nobody answers at its default, {where}"
            return [not_checked(told, "ask where the worker runs: no other process needs it")]
        do = "does it run, and is SMTP_URL its address? Mail waits in the outbox meanwhile"
        return [broken(f"the mail server at {where} does not answer ({_code(error)})", do)]
    try:
        return [good(f"the mail server at {where} greets"), *await _further(place, smtp)]
    finally:
        smtp.close()


async def _further(place: Place, smtp: aiosmtplib.SMTP) -> list[Finding]:
    found = [await _tls(place, smtp)]
    if found[0].state is State.BROKEN:
        return found
    found += await _login(place, smtp)
    if any(each.state is State.BROKEN for each in found):
        return found
    found.append(await _sender(place, smtp))
    return found


async def _tls(place: Place, smtp: aiosmtplib.SMTP) -> Finding:
    url = place.settings.smtp_url
    if url.scheme == "smtps":
        return good("it speaks TLS from the first byte")
    if smtp.supports_extension("starttls"):
        try:
            await smtp.starttls()
            await smtp.ehlo()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            told = f"it offers STARTTLS, and that fails ({_code(error)}): no mail leaves"
            return broken(told, "mend its certificate; it has to be for the name in SMTP_URL")
        return good("it offers STARTTLS, and its certificate is right")
    if is_loopback(url.host):
        return good("it is on this machine, so the way to it needs no TLS")
    told = "it offers no STARTTLS: mails and our password would go in the open"
    return attention(told, "use smtps:// or port 587 in SMTP_URL")


async def _login(place: Place, smtp: aiosmtplib.SMTP) -> list[Finding]:
    """As the postman does it."""
    url = place.settings.smtp_url
    if not url.username:
        return []
    try:
        await smtp.login(unquote(url.username), unquote(url.password or ""))
    except (aiosmtplib.SMTPException, OSError) as error:
        told = f"it refuses the name and password of SMTP_URL ({_code(error)}): no mail leaves"
        return [broken(told, "mend SMTP_URL; what is not a letter or digit stands there as %40 and so on")]
    return [good("it accepts the name and password of SMTP_URL")]


async def _sender(place: Place, smtp: aiosmtplib.SMTP) -> Finding:
    """Begin a mail as ours, and take it back."""
    try:
        await smtp.mail(place.settings.mail_from)
        await smtp.rset()
    except aiosmtplib.SMTPException as error:
        told = f"it refuses the sender of STRAAT_MAIL_FROM ({_code(error)})"
        return broken(told, "let it send for that domain, or change STRAAT_MAIL_FROM")
    with suppress(aiosmtplib.SMTPException, OSError):
        await smtp.quit()
    return good("it takes mail from the sender of STRAAT_MAIL_FROM; none was sent")


def _code(error: BaseException) -> str:
    """A reply code or the kind of error: never its text, which may repeat a name."""
    return str(error.code) if isinstance(error, aiosmtplib.SMTPResponseException) else type(error).__name__


async def domain(place: Place) -> list[Finding]:
    """SPF, DKIM and DMARC of the domain that our mails come from."""
    name = place.settings.mail_from.rpartition("@")[2].lower().rstrip(".")
    if not name or not place.has("STRAAT_MAIL_FROM"):
        return [broken("STRAAT_MAIL_FROM is no mail address", "docs/settings.md")]
    if name.rpartition(".")[2] in UNREAL:
        return [_unreal(place, name)]
    host = (place.settings.smtp_url.host or "").lower() if place.has("SMTP_URL") else ""
    try:
        if not await known(place, name):
            return [_unknown(name, host)]
    except AWAY:
        pass  # Each of the three says so, with its text.
    return list(await asyncio.gather(_spf(place, name, host), _dkim(place, name, host), _dmarc(place, name)))


def _unreal(place: Place, name: str) -> Finding:
    if place.here:
        return not_checked(f"records of the sender's domain: {name} is but an example, on your own machine")
    if not place.given("mail_from"):
        told = (
            f"records of the sender's domain: STRAAT_MAIL_FROM is not set here, and {name} is but an example"
        )
        return not_checked(told, "ask where the worker runs: no other process needs it")
    return broken(f"{name} belongs to nobody: no mail from it arrives", "set STRAAT_MAIL_FROM")


def _unknown(name: str, host: str) -> Finding:
    told = f"records of the sender's domain: DNS here knows neither {name} nor anything above it"
    do = "is that its name? If so, ask where DNS of the world answers; this is what has to be there:"
    paste = (*records.spf(name, host), *records.dkim("SELECTOR", name), *records.dmarc(name))
    return not_checked(told, do, paste)


async def _spf(place: Place, name: str, host: str) -> Finding:
    paste = records.spf(name, host)
    try:
        texts = await texts_of(place, name)
        found = records.judge_spf(texts, name, host)
        if found.asks_further and host:
            found = records.named(found, name, host, await walk(place, name, host))
    except TooMany:
        return broken(
            f"SPF of {name} differs: it asks for more than ten names, so it counts for nothing",
            "put fewer include: into it, such as:",
            paste,
        )
    except AWAY as error:
        return _unseen("SPF", name, error, paste)
    return found.finding(paste)


async def _dkim(place: Place, name: str, host: str) -> Finding:
    selector = place.settings.dkim_selector
    if selector is None:
        told = (
            f"DKIM of {name}: your mail server signs, not we; STRAAT_DKIM_SELECTOR does not say by which key"
        )
        return not_checked(told, records.ask_for_dkim(name, host), records.dkim("SELECTOR", name))
    paste = records.dkim(selector, name)
    try:
        return records.judge_dkim(
            await texts_of(place, f"{selector}._domainkey.{name}"), selector, name, host
        )
    except AWAY as error:
        return _unseen("DKIM", name, error, paste)


async def _dmarc(place: Place, name: str) -> Finding:
    """Its own, or that of the nearest domain above it that has one."""
    paste = records.dmarc(name)
    labels = name.split(".")
    try:
        for at in range(len(labels) - 1):
            above = ".".join(labels[at:])
            if texts := records.dmarc_in(await texts_of(place, f"_dmarc.{above}")):
                return records.judge_dmarc(texts, name, above)
    except AWAY as error:
        return _unseen("DMARC", name, error, paste)
    return records.judge_dmarc([], name, name)


def _unseen(what: str, name: str, error: BaseException, paste: tuple[str, ...]) -> Finding:
    told = f"{what} of {name}: it could not be looked up ({type(error).__name__})"
    return not_checked(told, "ask again where DNS answers; this is what has to be there:", paste)


CHECKS = [
    Check(Group.MAIL, "the mail server", server, seconds=12),
    Check(Group.MAIL, "records of the sender's domain", domain, seconds=8),
]
