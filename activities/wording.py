"""The words of a letter: one template a mail and language, read as blocks, shown as text and as HTML."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import TypeAdapter

from schemas.calendar import in_words, long_moment
from schemas.facts import Letter
from schemas.iban import masked
from schemas.money import format_euros
from schemas.person import Account, Person
from schemas.policy import PayoutKind, Policy
from schemas.refs import Language

TEMPLATES = Path(__file__).parent / "templates" / "mail"

MOMENTS = ("at", "deadline")
"""Values that are moments; a workflow's history hands them back as ISO 8601 text."""

BUTTON = re.compile(r"\[(.+)\]\(link\)")
ADDRESS_DOT = re.compile(r"(?<=\w)\.(?=\w\w)")

_moment = TypeAdapter(datetime)


@dataclass(frozen=True)
class Block:
    """A paragraph, a list, or the button; text and HTML are both made from it."""

    kind: Literal["paragraph", "list", "button"]
    lines: list[str]


@dataclass(frozen=True)
class Page:
    """A rendered template; ``agenda`` names the entry in the reader's calendar, where there is one."""

    subject: str
    agenda: str | None
    blocks: list[Block]

    @property
    def asks(self) -> bool:
        """Whether it has a button, which needs a link."""
        return any(block.kind == "button" for block in self.blocks)


def page_of(
    letter: Letter,
    *,
    reader: Person,
    named: dict[str, Person],
    place: str | None,
    policy: Policy,
    account: Account | None = None,
    code: str | None = None,
) -> Page:
    """The letter in its reader's language; Jinja's ``UndefinedError`` when it misses a value."""
    context = _context(letter, reader, named, place, policy)
    if account is not None:
        context["account"] = f"{masked(account.iban)} ({unlinked(account.holder)})"
    if code is not None:
        context["code"] = f"{code[:3]} {code[3:]}"
    return _page(letter, context)


def text_of(page: Page, link: str | None) -> str:
    """The page as plain text; the button becomes its words and the link."""

    def written(block: Block) -> str:
        if block.kind == "button":
            return f"{block.lines[0]}:\n{link}"
        return "\n".join(f"- {line}" if block.kind == "list" else line for line in block.lines)

    return "\n\n".join(written(block) for block in page.blocks) + "\n"


def html_of(page: Page, link: str | None, language: Language, colour: str) -> str:
    """The same words as HTML, one column wide, with the municipality's colour."""
    template = _environment().get_template("letter.html")
    return template.render(page=page, link=link, language=language, colour=colour)


def unlinked(text: str) -> str:
    """What a resident typed, so that no mail program makes a link of it: strangers read these words."""
    return ADDRESS_DOT.sub(". ", text.replace("://", " "))


def one_line(text: str) -> str:
    """No value can start a line of its own, in a header, in the text or in a calendar."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(text.split())


def _page(letter: Letter, context: dict[str, object]) -> Page:
    """Split a rendered template: its head is the subject and, for an invitation, the calendar's line."""
    template = _environment().get_template(f"{context['language']}/{letter.template}.txt")
    head, *paragraphs = re.split(r"\n\s*\n", template.render(context).strip())
    subject, *agenda = (line.partition(": ")[2] for line in head.splitlines())
    return Page(subject, agenda[0] if agenda else None, [_block(text) for text in paragraphs])


def _block(text: str) -> Block:
    lines = [line.strip() for line in text.splitlines()]
    if all(line.startswith("- ") for line in lines):
        return Block("list", [line.removeprefix("- ") for line in lines])
    button = BUTTON.fullmatch(lines[0])
    return Block("button", [button[1]]) if button else Block("paragraph", lines)


def _context(
    letter: Letter, reader: Person, named: dict[str, Person], place: str | None, policy: Policy
) -> dict[str, object]:
    language, appointment = reader.language, letter.appointment
    cents = _potje_cents(letter, policy)
    values = {name: _shown(name, value, language) for name, value in letter.values.items()}
    return {
        **values,
        "moments": [values[name] for name in sorted(values) if name.startswith("moment_")],
        "language": language,
        "reader_name": unlinked(reader.name),
        "named": {role: {"name": unlinked(person.name)} for role, person in named.items()},
        **({} if place is None else {"place": place}),
        "municipality": policy.name,
        "face_title": policy.face.title,
        "contact": policy.contact,
        "spelregels": policy.spelregels.within(language),
        "minimum": policy.minimum_gangmakers,
        "minutes": appointment.minutes if appointment else policy.intake.minutes,
        "moved": appointment is not None and appointment.sequence > 1,
        "retention": in_words(policy.retention.declined, language),
        "total": format_euros(sum(cents.values()), language),
        "parts": [(kind.value, format_euros(each, language)) for kind, each in cents.items()],
    }


def _potje_cents(letter: Letter, policy: Policy) -> dict[PayoutKind, int]:
    """The parts that the letter is about; a letter that names none is about the whole potje."""
    told = {kind: letter.values.get(f"cents_{kind}") for kind in PayoutKind}
    parts = {kind: cents for kind, cents in told.items() if isinstance(cents, int)}
    return parts or {part.kind: part.cents for part in policy.potje.parts}


def _shown(name: str, value: object, language: Language) -> object:
    if name in MOMENTS or name.startswith("moment_"):
        return long_moment(_moment.validate_python(value), language)
    if name.startswith("cents") and isinstance(value, int):
        return format_euros(value, language)
    return unlinked(value) if isinstance(value, str) else value


def _finalized(value: object) -> object:
    return one_line(value) if isinstance(value, str) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
