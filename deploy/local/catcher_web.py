"""The pages of the mail catcher, and the same as JSON."""

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from deploy.local.mailbox import Mail, Mailbox

LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
# A mail is somebody else's page: it may be looked at, and its links may be followed, nothing more.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups "
    "allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)
# Without it a link in the mail would open inside the sandbox.
LEAVE_FRAME = '<base target="_top">'
TEMPLATES = Path(__file__).with_name("templates")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


router = APIRouter()


def the_box(request: Request) -> Mailbox:
    """The mailbox that this app shows."""
    box: Mailbox = request.app.state.box
    return box


Box = Annotated[Mailbox, Depends(the_box)]


def catcher_app(box: Mailbox) -> FastAPI:
    """The web side of a mailbox."""
    app = FastAPI(openapi_url=None)
    app.state.box = box
    app.include_router(router)
    return app


@router.get("/")
def overview(box: Box, to: str = "") -> HTMLResponse:
    """All mail, newest first."""
    return _page("list.html", mails=list(box.newest_first(to)), to=to)


@router.get("/mail/{mail_id}")
def one(mail_id: str, box: Box) -> HTMLResponse:
    """One mail, all its parts."""
    return _page("mail.html", mail=_find(box, mail_id))


@router.get("/mail/{mail_id}/html")
def html_part(mail_id: str, box: Box) -> HTMLResponse:
    """The HTML part by itself, for the frame."""
    return HTMLResponse(LEAVE_FRAME + _find(box, mail_id).html, headers=_headers(MAIL_POLICY))


@router.get("/mail/{mail_id}/bron")
def source(mail_id: str, box: Box) -> Response:
    """The mail as it is on the disk."""
    plain = "text/plain; charset=utf-8"
    return Response(box.source(_find(box, mail_id)), media_type=plain, headers=_headers(PAGE_POLICY))


@router.get("/mail/{mail_id}/bijlage/{number}")
def attachment(mail_id: str, box: Box, number: int) -> Response:
    """A file to save."""
    mail = _find(box, mail_id)
    if not 0 <= number < len(mail.attachments):
        raise HTTPException(404, "Deze bijlage is er niet.")
    file = mail.attachments[number]
    name = re.sub(r"[^\w. -]", "_", file.name, flags=re.ASCII)
    saved = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file.content, media_type=file.kind, headers=saved | _headers(PAGE_POLICY))


@router.get("/api/mails")
def mails(box: Box, to: str = "") -> JSONResponse:
    """All mail, or that of one address, for tests and for the demo."""
    return JSONResponse([mail.as_json() for mail in box.newest_first(to)])


@router.get("/stijl.css")
def style() -> Response:
    """The looks of the pages."""
    return Response((TEMPLATES / "style.css").read_bytes(), media_type="text/css")


def linked(text: str) -> Markup:
    """Plain text with its web addresses made clickable."""
    parts, at = [Markup("")], 0
    for found in LINK.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(Markup('<a href="{0}">{0}</a>').format(found.group()))
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _moment(mail: Mail) -> str:
    at = mail.received.astimezone(AMSTERDAM)
    return f"{at.day} {MONTHS[at.month - 1]} {at:%H:%M}"


def _find(box: Mailbox, mail_id: str) -> Mail:
    mail = box.find(mail_id)
    if mail is None:
        raise HTTPException(404, "Deze mail is er niet (meer).")
    return mail


def _page(name: str, **values: object) -> HTMLResponse:
    text = PAGES.get_template(name).render(**values)
    return HTMLResponse(text, headers=_headers(PAGE_POLICY))


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
PAGES.filters |= {"linked": linked, "moment": _moment}
