"""Everything that is asked with an address, and everything that is sent to the API."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

import forms
from schemas.client import Scope, new_key
from store import clients
from store.clients import NewClient
from tests.fuzz.forms import LANGUAGES
from tests.fuzz.judge import Findings, Stopwatch, of_answer, of_log
from tests.fuzz.town import Somebody, Town
from tests.fuzz.values import chance, encoded, header, headers, odd_cookies, quoted, to_bytes, typed
from tests.fuzz.watching import Log
from tests.today import today
from tests.web.addresses import PARAMETER, Address, addresses
from tests.web.api.conftest import LEAD, submission
from tests.web.api.test_every_operation import TABLE
from tests.web.api.test_open_forms import dump

METHODS = ("GET", "GET", "GET", "GET", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
ASKED = re.compile(r"query_params(?:\.get\(|\[)\"(\w+)\"")
QUERIES = sorted(
    {
        name
        for path in Path(forms.__file__).parent.rglob("*.py")
        for name in ASKED.findall(path.read_text("utf-8"))
    }
    | {"taal", "zoek", "fase", "wijk", "pagina", "van", "tot", "code", "state", "error", "iss"}
)
"""What pages ask of an address, from the pages themselves, with what a provider brings back."""


@dataclass(frozen=True)
class Asked:
    """A request without a form."""

    who: Somebody
    route: str
    method: str
    path: str
    headers: dict[str, str]
    cookies: dict[str, str]
    typed: tuple[str, ...]
    language: str

    def __str__(self) -> str:
        return f"{self.who.name}: {self.method} {self.path} {self.headers} {self.cookies}"


def questions(town: Town) -> st.SearchStrategy[Asked]:
    """Any address for anybody, with something made up in it, behind it, or beside it."""
    known = {
        who.name: (who, town.seen_from(who.municipality), addresses(town.apps[who.app]))
        for who in town.people
    }
    people = tuple(known)

    @st.composite
    def made(draw: Any) -> Asked:
        who, here, all_ = known[draw(st.sampled_from(people))]
        address = draw(st.sampled_from(all_))
        made_up: list[str] = []
        path = _path(draw, address, here.real(address, who.municipality), made_up)
        if chance(draw, 45):
            names = draw(st.lists(st.one_of(st.sampled_from(QUERIES), typed()), min_size=1, max_size=4))
            pairs = [(name, draw(typed())) for name in names]
            made_up += [value for _, value in pairs]
            path += "?" + encoded(pairs).decode()
        cookies = draw(odd_cookies()) if chance(draw, 12) else {}
        said = draw(headers()) if chance(draw, 25) else {}
        language = "" if "taal" in cookies or "taal=" in path else draw(st.sampled_from(LANGUAGES))
        return Asked(
            who, str(address), draw(st.sampled_from(METHODS)), path, said, cookies, tuple(made_up), language
        )

    return made()


def _path(draw: Any, address: Address, real: str, made_up: list[str]) -> str:
    """The address with something in one of its places, or behind it, or as it is."""
    if not address.places or chance(draw, 30):
        return real + draw(st.sampled_from(("", "", "", "", "/", "//", "/..", "/%2e%2e", ";x", "%00", "/x")))
    at = draw(st.integers(0, len(address.places) - 1))
    value = draw(typed())
    made_up.append(value)
    pattern = "".join(
        "([^/]+)" if PARAMETER.fullmatch(part) else re.escape(part)
        for part in re.split(r"(\{\w+(?::\w+)?\})", address.path)
    )
    found = re.fullmatch(pattern, real)
    if found is None:
        return real
    begin, end = found.span(at + 1)
    return real[:begin] + quoted(value) + real[end:]


@dataclass
class Asking:
    """Asks a town, and judges what comes of it: a question changes nothing, whatever the answer."""

    town: Town
    log: Log
    findings: Findings
    key: str = ""
    reached: set[str] = field(default_factory=set)

    async def ask(self, asked: Asked) -> None:
        """One question."""
        watch, who = Stopwatch(), asked.who
        cookies = {**who.cookies, **({"taal": asked.language} if asked.language else {}), **asked.cookies}
        said = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), **asked.headers}
        async with self.town.browser(who.app) as browser:
            request = browser.build_request(asked.method, asked.path, headers=_latin(said))
            answer = await browser.send(request)
        changed = await self.town.rows.changed()
        wrong = [f"{asked.method} changed {name}" for name in changed]
        wrong += [*of_answer(answer, asked.language), *of_log(self.log.taken(), asked.typed), *watch.faults()]
        self.findings.add(
            "addresses", [f"{asked.route}: {each}" for each in dict.fromkeys(wrong)], str(asked)
        )

    async def make_key(self) -> None:
        """A client of the API that may do everything, in Rotterdam."""
        self.key = new_key()
        client = NewClient(uuid4(), "rotterdam", "Zaaksysteem", tuple(Scope), today() + timedelta(days=365))
        async with self.town.house.db.transaction() as conn:
            assert await clients.make(conn, client, self.key, LEAD)

    async def call(self, made: "Called") -> None:
        """One call of the API."""
        watch = Stopwatch()
        said = {"authorization": f"Bearer {self.key}", "content-type": made.kind, **made.headers}
        async with self.town.browser("public") as system:
            answer = await system.request(made.method, made.path, content=made.content, headers=_latin(said))
        changed = await self.town.rows.changed()
        refused = answer.status_code >= 400 or made.method != "POST"
        more = {
            name for name, more in changed.items() if more and name not in ("client.client", "post.attempt")
        }
        wrong = (
            [f"refused ({answer.status_code}) and yet changed {name}" for name in sorted(more)]
            if refused
            else []
        )
        wrong += [*of_answer(answer, ""), *of_log(self.log.taken(), made.typed), *watch.faults()]
        if answer.content and made.method != "HEAD" and "json" not in answer.headers.get("content-type", ""):
            wrong.append("an answer that is no JSON")
        self.reached.add(made.operation)
        self.findings.add("api", [f"{made.operation}: {each}" for each in dict.fromkeys(wrong)], str(made))
        async with self.town.house.db.transaction() as conn:
            await conn.execute("delete from post.attempt")  # Limits are tried elsewhere.


@dataclass(frozen=True)
class Called:
    """A call of the API."""

    operation: str
    method: str
    path: str
    content: bytes
    kind: str
    headers: dict[str, str]
    typed: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.kind}) {self.headers}: {self.content[:900]!r}"


LEAVES = (
    '"\\u0000"',
    '"\\ud800"',
    "1e309",
    "-0",
    "NaN",
    "9" * 400,
    "null",
    "true",
    "{}",
    "[]",
    "[[[]]]",
    '""',
    '"a"',
    "1",
)
PARAMETERS = ("phase", "wijk", "pageSize", "cursor", "year", "after", "taal", "fields")


@st.composite
def calls(draw: Any) -> Called:
    """An operation, with something made up in its address, body or headers."""
    operation = draw(st.sampled_from(tuple(TABLE)))
    method, _, path = operation.partition(" ")
    made_up = [draw(typed())]
    path = "/api/v1" + PARAMETER.sub(lambda _: quoted(made_up[0]) or "x", path)
    if method == "GET" and chance(draw, 80):
        pairs = [(draw(st.sampled_from(PARAMETERS)), draw(typed())) for _ in range(draw(st.integers(1, 3)))]
        made_up += [value for _, value in pairs]
        path += "?" + encoded(pairs).decode()
    content = _body(draw, operation, made_up) if method == "POST" else b""
    kind = "application/json"
    if chance(draw, 5):
        kind = draw(
            st.sampled_from(("", "text/plain", "application/json; charset=utf-16", "application/xml", "x"))
        )
    if chance(draw, 4):
        method = draw(st.sampled_from(METHODS))
    said = {}
    if chance(draw, 10):
        said = draw(headers())
    if chance(draw, 3):
        said["authorization"] = f"Bearer {header(draw(typed()))}"
    return Called(operation, method, path, content, kind, said, tuple(made_up))


def _body(draw: Any, operation: str, made_up: list[str]) -> bytes:
    body = submission() if operation.endswith(" /submissions") else dump()
    body = json.loads(json.dumps(body))
    if "id" in body:
        body["id"] = str(draw(st.uuids()))
    else:
        body["metadata"]["public_reference"] = f"OF-{draw(st.uuids()).hex[:9]}"
    marks = {}
    for number in range(draw(st.integers(0, 3))):
        holder, name = draw(st.sampled_from(list(_places(body))))
        how = draw(st.integers(0, 9))
        if how == 0 and isinstance(holder, dict):
            del holder[name]
        elif how == 1 and isinstance(holder, dict):
            holder[draw(typed())[:60].encode("utf-8", "replace").decode()] = "x"
        else:
            mark = f"@{number}@"
            holder[name] = mark
            value = draw(typed())
            made_up.append(value)
            marks[f'"{mark}"'] = draw(st.sampled_from(LEAVES)) if how < 5 else json.dumps(value)
    text = json.dumps(body)
    for mark, value in marks.items():
        text = text.replace(mark, value)
    match draw(st.integers(0, 29)):
        case 0:
            return to_bytes(text)[: draw(st.integers(0, len(text)))]
        case 1:
            return b"[" * draw(st.sampled_from((10, 5000, 60_000)))
        case 2:
            return text.replace("{", '{"id": 1, "id": 2, ', 1).encode()
        case 3:
            return text.encode(draw(st.sampled_from(("utf-16", "utf-32", "utf-8-sig", "cp037"))), "replace")
        case 4:
            return bytes(draw(st.binary(max_size=200)))
        case 5:
            return to_bytes(json.dumps(draw(typed())))
    return to_bytes(text)


def _places(body: Any) -> Iterator[tuple[Any, Any]]:
    for name, value in list(body.items()):
        yield body, name
        if isinstance(value, dict) and value:
            yield from _places(value)


def _latin(said: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in said.items() if value
    ]
