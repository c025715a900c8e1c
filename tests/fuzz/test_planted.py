"""Each promise broken on purpose, in a room that does not exist otherwise: the run must find it."""

import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from forms.site.reading import typed
from schemas.potje import PotjeAct
from schemas.sepa import camt
from store.keys import Keyring
from store.outbox import MailState
from store.vault import Vault
from tests.fuzz import reading_files
from tests.fuzz.asking import Asked, Asking
from tests.fuzz.forms import URLENCODED, Found, Posting, Sent
from tests.fuzz.judge import Findings, Stopwatch
from tests.fuzz.mailing import Mailing, Said
from tests.fuzz.reading import Field, Form, Page
from tests.fuzz.reading_files import Reading
from tests.fuzz.town import Town
from tests.fuzz.values import CANARY, encoded
from tests.fuzz.watching import Log
from tests.web.addresses import Address
from workers import postman

ROOM = "/den-haag/geplant"
LACED = f"\"><{CANARY} {CANARY}='1'>"
PAGE = (
    '<!doctype html><html lang="nl"><head><title>x</title></head><body><h1 id="fouten">{}</h1></body></html>'
)
logger = structlog.get_logger("forms")
Handler = Callable[[Request], Awaitable[Response]]


def handlers(here: Town) -> dict[str, Handler]:
    """Rooms in which somebody made a mistake."""
    db, temporal = here.house.db, here.temporal

    async def falls_over(_: Request) -> Response:
        raise KeyError("straat")

    async def half_done(_: Request) -> Response:
        async with db.transaction() as conn:
            await conn.execute("update registry.street set name = name || 'x' where slug = 'lindelaan'")
        return HTMLResponse(PAGE.format("Nee."), 422)

    async def tells_the_log(request: Request) -> Response:
        logger.warning((await typed(request))["veld"])
        return HTMLResponse(PAGE.format("Nee."), 422)

    async def shows_it_raw(request: Request) -> Response:
        return HTMLResponse(PAGE.format((await typed(request))["veld"]), 422)

    async def tells_temporal(_: Request) -> Response:
        handle = temporal.get_workflow_handle_for(None, "potje-x")
        await handle.execute_update(_named, PotjeAct(by="den-haag:coordinator-1"), id=str(uuid4()))
        return HTMLResponse(PAGE.format("Nee."), 422)

    async def in_the_other_language(_: Request) -> Response:
        return HTMLResponse(PAGE.replace('"nl"', '"en"').format("No."), 422)

    async def says_nothing(_: Request) -> Response:
        return HTMLResponse(PAGE.replace("fouten", "x").format("Nee."), 422)

    async def shows_a_trace(_: Request) -> Response:
        return HTMLResponse(PAGE.format("Traceback (most recent call last)"), 400)

    async def leads_away(_: Request) -> Response:
        return RedirectResponse("//elders.example", 303)

    async def puts_it_in_an_address(request: Request) -> Response:
        return RedirectResponse(f"/den-haag?zoek={(await typed(request))['veld'].strip('<>')}", 303)

    return {
        "status 500": falls_over,
        "the log tells of trouble: ": falls_over,
        "refused (422) and yet changed registry.street": half_done,
        "the log repeats what was typed": tells_the_log,
        f"what was typed became <{CANARY} {CANARY}>": shows_it_raw,
        "refused and yet told Temporal": tells_temporal,
        "a page of 422 in the other language": in_the_other_language,
        "a page of 422 that tells no mistake": says_nothing,
        "a page tells Traceback": shows_a_trace,
        "led to somewhere else": leads_away,
        "what was typed stands in an address": puts_it_in_an_address,
    }


async def _named() -> None:
    """An update with a name."""


def planted(here: Town, handler: Handler) -> Found:
    """A form that goes to a room with a mistake in it."""
    app: FastAPI = here.apps["desk"]
    path = f"{ROOM}-{uuid4().hex}"
    app.router.routes.insert(0, Route(path, handler, methods=["POST"]))
    form = Form(path, {"veld": Field("veld", "text")})
    return Found(here.people[-1], form, Address(path, frozenset({"POST"})))


PROMISES = (
    "status 500",
    "the log tells of trouble: ",
    "refused (422) and yet changed registry.street",
    "the log repeats what was typed",
    f"what was typed became <{CANARY} {CANARY}>",
    "refused and yet told Temporal",
    "a page of 422 in the other language",
    "a page of 422 that tells no mistake",
    "a page tells Traceback",
    "led to somewhere else",
    "what was typed stands in an address",
)


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_form_that_breaks_a_promise_is_found(here: Town, log: Log, promise: str) -> None:
    known = handlers(here)
    assert set(known) == set(PROMISES)
    posting = Posting(here, log, Findings())
    found = planted(here, known[promise])
    content = encoded([("veld", LACED)])
    await posting.send(Sent(found, found.form.action, content, URLENCODED, (LACED,), {}, {}, "nl"))
    assert any(f": {promise}" in what for _, what in posting.findings.found), posting.findings.told()


async def test_a_question_that_changes_something_is_found(here: Town, log: Log) -> None:
    async def changes(_: Request) -> Response:
        async with here.house.db.transaction() as conn:
            await conn.execute("update registry.street set name = name || 'x' where slug = 'lindelaan'")
        return HTMLResponse(PAGE.format("Kijk."))

    path = f"{ROOM}-kijken"
    here.apps["desk"].router.routes.insert(0, Route(path, changes))
    asking = Asking(here, log, Findings())
    await asking.ask(Asked(here.people[-1], path, "GET", path, {}, {}, (), "nl"))
    assert ("addresses", f"{path}: GET changed registry.street") in asking.findings.found


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        (f'<p>&lt;{CANARY}&gt; en "{CANARY}"</p>', False),
        (f'<input name="x" value="{CANARY}">', False),
        (f"<p><{CANARY}>", True),
        (f'<input name="x" value="" {CANARY}="1">', True),
        (f'<a href="javascript:{CANARY}()">x</a>', True),
        (f'<a onclick="{CANARY}">x</a>', True),
    ],
    ids=ascii,
)
def test_what_became_of_typing_is_seen(text: str, strange: bool) -> None:
    assert bool(Page(text, "/").strangers) == strange


def test_a_reader_that_falls_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def reads(content: bytes) -> None:
        raise OverflowError(content)

    def repeats(content: bytes) -> None:
        raise camt.NotAStatement(camt.Problem.DTD) from ValueError(content)

    reading = Reading(Findings())
    for broken in (reads, repeats):
        monkeypatch.setattr(reading_files.camt, "read", broken)
        reading.camt(b"<x/>")
    told = {what for _, what in reading.findings.found}
    assert told == {"raises OverflowError at test_planted.py", "a refusal that carries its cause"}


@pytest.mark.parametrize(
    ("verdict", "promise"),
    [
        (MailState.ACCEPTED, "accepted, and the server did not say so"),
        (MailState.FAILED, "given up, and the server did not say no"),
    ],
)
async def test_a_postman_who_misreads_is_found(
    here: Town, log: Log, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, verdict: MailState, promise: str
) -> None:
    log.taken()
    monkeypatch.setattr(postman, "_refused", lambda *_: verdict)
    async with Mailing(here.house.db, Vault(keyring), log, Findings()).open() as mailing:
        await mailing.bring(Said({"RCPT": b"451 later\r\n"}))
    assert {what for _, what in mailing.findings.found} == {promise}


def test_an_answer_that_takes_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch()
    assert list(watch.faults()) == []
    monkeypatch.setattr(watch, "began", time.process_time() - 60)
    assert list(watch.faults()) == ["an answer took too long"]
