"""What an answer may be, whatever was asked."""

import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import httpx

from tests.fuzz.reading import Page
from tests.fuzz.values import CANARY
from tests.web.test_every_address import INSIDES, wrong_headers

PAGES = {200, 201, 303, 304, 307, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429}
"""All that we ever answer; anything else is our own mistake."""

LARGEST = 4_000_000
"""Bytes of a page or file."""

PATIENCE = 3.0
"""Seconds of this process's own time that one answer may take; a machine that is busy costs none."""

TROUBLE = re.compile(r'"level": "(error|critical)"|a page failed|Traceback')


@dataclass
class Finding:
    """Something that was promised and did not hold; the shortest input that showed it."""

    kind: str
    what: str
    input: str
    times: int = 1


@dataclass
class Findings:
    """All of them, each once."""

    found: dict[tuple[str, str], Finding] = field(default_factory=dict)
    inputs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, kind: str, what: Iterable[str], said: str) -> None:
        """Count an input, and keep what was wrong with it."""
        self.inputs[kind] += 1
        for each in what:
            known = self.found.get((kind, each))
            if known is None:
                self.found[kind, each] = Finding(kind, each, said)
            else:
                known.times += 1
                known.input = min(known.input, said, key=len)

    def found_later(self, kind: str, what: str, said: str) -> None:
        """Something that showed after many inputs, and belongs to none of them."""
        self.found.setdefault((kind, what), Finding(kind, what, said))

    def told(self) -> str:
        """For a person to read."""
        return "\n".join(
            f"[{each.kind}] {each.what} ({each.times} times), as by:\n    {each.input[:1500]}"
            for each in sorted(self.found.values(), key=lambda each: (each.kind, each.what))
        )


@dataclass
class Stopwatch:
    """The time that our own process spends."""

    began: float = field(default_factory=time.process_time)

    def faults(self) -> Iterator[str]:
        """Whether it was too long."""
        if time.process_time() - self.began > PATIENCE:
            yield "an answer took too long"


def of_answer(answer: httpx.Response, language: str) -> Iterator[str]:
    """What is wrong with an answer by itself."""
    status = answer.status_code
    if status not in PAGES:
        yield f"status {status}"
    if len(answer.content) > LARGEST:
        yield "an answer of more than 4 MB"
    yield from (f"a header is wrong: {each.partition(':')[0]}" for each in wrong_headers(answer))
    yield from _of_headers(answer)
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html") and answer.content:
        yield from _of_page(answer, language)
    elif kind.startswith("application/problem+json"):
        yield from _of_problem(answer)
    elif status >= 400 and answer.content and answer.request.method != "HEAD":
        yield f"status {status} as {kind or 'nothing'}"


def _of_headers(answer: httpx.Response) -> Iterator[str]:
    for name, value in answer.headers.multi_items():
        if CANARY in name or (CANARY in value and name != "location"):
            yield f"what was typed stands in the header {name}"
    led = answer.headers.get("location")
    ours = f"{answer.request.url.scheme}://{answer.request.url.netloc.decode()}"
    if led is not None and not re.match(r"/[^/\\]|/$", led.removeprefix(ours)):
        yield "led to somewhere else"
    if led and CANARY in led and answer.request.method == "POST":
        yield "what was typed stands in an address"


def _of_page(answer: httpx.Response, language: str) -> Iterator[str]:
    page = Page(answer.text, str(answer.request.url))
    yield from (f"what was typed became {each}" for each in page.strangers)
    yield from (f"a page tells {word}" for word in INSIDES if word in answer.text and CANARY not in word)
    if language and page.language != language:
        yield f"a page of {answer.status_code} in the other language"
    if not page.has_heading:
        yield f"a page of {answer.status_code} without a heading"
    if answer.status_code == 422 and "fouten" not in page.ids and 'class="flash stopped"' not in answer.text:
        yield "a page of 422 that tells no mistake"


def _of_problem(answer: httpx.Response) -> Iterator[str]:
    if answer.request.method == "HEAD":
        return
    try:
        told = json.loads(answer.content)
    except ValueError:
        yield "a problem that is no JSON"
        return
    if not {"status", "title", "detail"} <= set(told) or told["status"] != answer.status_code:
        yield "a problem that does not say what is wrong"


def of_log(said: str, typed: Iterable[str]) -> Iterator[str]:
    """Whether the log tells of trouble, or of what somebody typed."""
    if found := TROUBLE.search(said):
        place = re.search(r'"(?:code|place)": "([^"]+)"', said)
        yield f"the log tells of trouble: {found[0]} {place[1] if place else ''}"
    if CANARY in said:
        yield "the log repeats what was typed"
    plain = said.lower()
    for text in typed:
        if len(text) >= 8 and json.dumps(text)[1:-1].lower() in plain:
            yield "the log repeats what was typed"
            return
