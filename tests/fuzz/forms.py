"""Every form of every page, found by opening the pages; and what can become of one on its way to us."""

import asyncio
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import strategies as st

from tests.fuzz import files
from tests.fuzz.by_hand import found_by_hand
from tests.fuzz.judge import Findings, Stopwatch, of_answer, of_log
from tests.fuzz.reading import Field, Form, Page, merged
from tests.fuzz.town import Somebody, Town
from tests.fuzz.values import chance, encoded, headers, multipart, odd_cookies, quoted, to_bytes, typed
from tests.fuzz.watching import Log
from tests.web.addresses import PARAMETER, Address, addresses

URLENCODED = "application/x-www-form-urlencoded"
LANGUAGES = ("nl", "en")
ENOUGH = 3
"""Pages of one kind that somebody opens to look for forms."""

DONE = (
    re.compile(r"/[a-z-]+/betalen/[^/]+/download"),
    re.compile(r"/[a-z-]+/koppelingen"),
    re.compile(r"/[a-z-]+/koppelingen/webhooks"),
    re.compile(r"/[a-z-]+/koppelingen/webhooks/[^/]+/rotate"),
    re.compile(r"/[a-z-]+/mensen"),
)
"""Where a 200 can mean that it was done: a file, a key or a secret is shown once, a look is written down."""

JOURNALLED = re.compile(r"/passkey|/uitnodiging/[^/]+/(bestaande|passkey)")
"""The sign-in, whose failures stand in the journal, so many of them in an hour."""

ENGINES = re.compile(r"/[^/]+/(goedkeuren|betalen)")
"""Where the engine is asked, and says whether anything was left to do."""


@dataclass(frozen=True)
class Found:
    """A form on a page of somebody."""

    who: Somebody
    form: Form
    route: Address


@dataclass(frozen=True)
class Sent:
    """A form as it comes to us. ``typed`` is what was made up; ``times`` that it comes at one moment."""

    found: Found
    path: str
    content: bytes
    kind: str
    typed: tuple[str, ...]
    headers: dict[str, str]
    cookies: dict[str, str]
    language: str
    times: int = 1

    def __str__(self) -> str:
        said = self.content[:900].decode("utf-8", "backslashreplace")
        more = "".join(f" {each}" for each in (self.headers, self.cookies) if each)
        how = f"{self.kind}, {self.language}, x{self.times}"
        return f"{self.found.who.name}: POST {self.path} ({how}){more}: {said}"


def route_of(path: str, known: list[Address], method: str = "POST") -> Address | None:
    """Which route a path comes to."""
    plain = path.partition("?")[0]
    for address in known:
        if method in address.methods and _pattern(address).fullmatch(plain):
            return address
    return None


def _pattern(address: Address) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+(?::\w+)?\})", address.path)
    return re.compile("".join("[^/]+" if PARAMETER.fullmatch(part) else re.escape(part) for part in parts))


async def crawl(town: Town, who: Somebody) -> list[Found]:
    """The forms of every page that opens for somebody."""
    known = by_precision(addresses(town.apps[who.app]))
    here = town.seen_from(who.municipality)
    waiting = [*who.paths, *(here.real(each, who.municipality) for each in known if "GET" in each.methods)]
    seen: set[str] = set()
    often: Counter[Address | None] = Counter()
    found: list[Found] = []
    async with town.browser(who.app) as browser:
        while waiting:
            path = waiting.pop(0)
            route = route_of(path, known, "GET")
            often[route] += path not in who.paths
            if path in seen or often[route] > ENOUGH or path.startswith(("/static", "/api", "/gezond")):
                continue
            seen.add(path)
            answer = await _opened(browser, who, path)
            if "html" not in answer.headers.get("content-type", "") or answer.status_code != 200:
                continue
            page = Page(answer.text, path)
            found += of_page(page, who, known)
            waiting += [
                link.partition("#")[0] for link in page.links if link.startswith("/") and "?" not in link
            ]
    return found


def by_precision(known: list[Address]) -> list[Address]:
    """Addresses with fewest open places first, as the apps hold them."""
    return sorted(known, key=lambda each: (len(each.places), each.path))


def of_page(page: Page, who: Somebody, known: list[Address]) -> list[Found]:
    """The forms of a page, each with its route."""
    routes = [(form, route_of(form.action, known)) for form in merged(page.forms)]
    return [Found(who, form, route) for form, route in routes if route is not None]


async def _opened(
    browser: httpx.AsyncClient, who: Somebody, path: str, language: str = "nl"
) -> httpx.Response:
    browser.cookies.clear()
    cookie = "; ".join(f"{name}={value}" for name, value in {**who.cookies, "taal": language}.items())
    return await browser.get(path, headers={"cookie": cookie})


def made(found: list[Found]) -> st.SearchStrategy[Sent]:
    """A form of those, filled in somehow, and sent somehow."""
    pool = tuple(found)

    @st.composite
    def sent(draw: Any) -> Sent:
        found = draw(st.sampled_from(pool))
        pairs, files_, made_up = _filled(draw, found.form)
        content, kind = _wrapped(draw, found.form, pairs, files_)
        path = found.form.action
        if chance(draw, 4):
            path, more = _bent(draw, found)
            made_up.append(more)
        return Sent(
            found,
            path,
            content,
            kind,
            tuple(made_up),
            draw(headers()) if chance(draw, 6) else {},
            draw(odd_cookies()) if chance(draw, 4) else {},
            draw(st.sampled_from(LANGUAGES)),
            draw(st.integers(2, 4)) if chance(draw, 3) else 1,
        )

    return sent()


Pairs = list[tuple[str, str]]
Files = list[tuple[str, str, bytes]]


def _filled(draw: Any, form: Form) -> tuple[Pairs, Files, list[str]]:
    """The fields; what was made up stands apart. Some forms come as they should, so that things move."""
    fields = [each for each in form.fields.values() if each.kind != "file"]
    pairs = [(each.name, value) for each in fields for value in _well(draw, each)]
    made_up: list[str] = []
    hidden = {each.name for each in fields if each.kind == "hidden"}
    open_ = [number for number, (name, _) in enumerate(pairs) if name not in hidden or chance(draw, 8)]
    for number in _wrong(draw, open_):
        value = draw(typed())
        made_up.append(value)
        pairs[number] = (pairs[number][0], value)
    pairs = _shuffled(draw, pairs, made_up)
    uploads = [each.name for each in form.fields.values() if each.kind == "file"]
    return pairs, [(name, *draw(files.uploads())) for name in uploads], made_up


def _wrong(draw: Any, places: list[int]) -> list[int]:
    """Which fields are filled in wrong: one or a few, all, or none."""
    how = draw(st.integers(0, 9))
    if not places or how == 0:
        return []
    if how >= 8:
        return places
    return list(draw(st.sets(st.sampled_from(places), min_size=1, max_size=3)))


def _well(draw: Any, each: Field) -> list[str]:
    """What a careful reader fills in; of boxes that can be ticked some, or none."""
    if each.name == "form":
        return [str(draw(st.uuids()))]
    if each.kind == "checkbox" and each.options:
        return list(draw(st.lists(st.sampled_from(each.options), max_size=4)))
    if each.options:
        return [str(draw(st.sampled_from(each.options)))]
    if each.kind == "hidden" or each.name == "website" or each.value:
        return [each.value]
    return [PLAUSIBLE.get(each.name, "Rozenlaan")]


PLAUSIBLE = {
    **dict.fromkeys(("email", "second_email", "mail"), "jan@voorbeeld.nl"),
    **dict.fromkeys(("day", "begins", "ends", "from", "until"), "1-12-2026"),
    **dict.fromkeys(("cents", "amount", "euros"), "12,50"),
    **dict.fromkeys(("phone", "second_phone"), "06 12345678"),
    "clock": "14:00",
    "iban": "NL91 ABNA 0417 1643 00",
    "url": "https://zaken.example/in",
    "code": "123456",
    "year": "2026",
}


def _shuffled(draw: Any, pairs: Pairs, made_up: list[str]) -> Pairs:
    """Sometimes a field is missing, is there twice, belongs to nobody, or holds what is of another."""
    how = draw(st.integers(0, 19))
    if how == 0 and pairs:
        gone = draw(st.integers(0, len(pairs) - 1))
        return pairs[:gone] + pairs[gone + 1 :]
    if how == 1 and pairs:
        value = draw(typed())
        made_up.append(value)
        return [*pairs, (draw(st.sampled_from(pairs))[0], value)]
    if how == 2:
        name, value = draw(typed()), draw(typed())
        made_up.append(value)
        return [*pairs, (name, value), *[("sure", "yes")] * draw(st.integers(0, 2))]
    if how == 3 and len(pairs) > 1:
        values = draw(st.permutations([value for _, value in pairs]))
        return [(name, value) for (name, _), value in zip(pairs, values, strict=True)]
    if how == 4:
        return []
    if how == 5:
        return pairs + [(f"veld{number}", "x") for number in range(draw(st.integers(40, 400)))]
    return pairs


def _wrapped(draw: Any, form: Form, pairs: Pairs, uploads: Files) -> tuple[bytes, str]:
    """The body and what is said of it: mostly what a browser makes of it, sometimes a lie."""
    parts = "multipart/form-data; boundary=grens"
    well = (multipart(pairs, uploads), parts) if form.multipart or uploads else (encoded(pairs), URLENCODED)
    how = draw(st.integers(0, 39))
    match how:
        case 0:
            return multipart(pairs, uploads), parts
        case 1:
            return encoded(pairs), draw(st.sampled_from(("", "text/plain", "application/json", parts, "x")))
        case 2:
            return well[0][: draw(st.integers(0, max(0, len(well[0]) - 1)))], well[1]
        case 3:
            return gzip.compress(well[0] + b"\0" * 200_000), well[1]
        case 4:
            charset = draw(st.sampled_from(("utf-7", "utf-16", "latin-1", "klingon", "idna", "\xe9")))
            return well[0], f"{well[1]}; charset={charset}"
        case 5:
            name = next((name for name, _ in pairs), "x")
            return multipart(pairs, [(name, draw(typed()), draw(st.binary(max_size=99)))]), parts
        case 6:
            return draw(st.binary(max_size=400)), draw(
                st.sampled_from((URLENCODED, parts, "multipart/form-data"))
            )
        case 7:
            return well[0] + b"a" * draw(st.sampled_from((70_000, 900))), well[1]
        case 8:
            text = "".join(f"{name}={value}&" for name, value in pairs)
            return to_bytes(text), URLENCODED
    return well


def _bent(draw: Any, found: Found) -> tuple[str, str]:
    """The form's address with one part of it made up, or with a question behind it."""
    value = draw(typed())
    parts = found.form.action.partition("?")[0].split("/")
    at = draw(st.integers(1, len(parts)))
    if at == len(parts):
        return f"{found.form.action}?taal={quoted(value)}", value
    parts[at] = quoted(value)
    return "/".join(parts), value


@dataclass
class Posting:
    """Sends forms to a town, and judges what comes of each."""

    town: Town
    log: Log
    findings: Findings
    kind: str = "forms"
    pool: list[Found] = field(default_factory=list)
    reached: set[tuple[str, str]] = field(default_factory=set)
    accepted: int = 0
    _shapes: set[Any] = field(default_factory=set)

    async def find(self) -> None:
        """Open every page as everybody; the forms that no page shows today are known by hand."""
        for who in self.town.people:
            self._take(await crawl(self.town, who))
        people = {who.name: who for who in self.town.people}
        self._take([Found(people[name], form, route) for name, form, route in found_by_hand(self.town)])
        await self.town.rows.changed()
        self.log.taken()

    def _take(self, found: list[Found]) -> None:
        """Forms that were not known yet."""
        for each in found:
            shape = (each.who.name, each.route.path, each.form.shape[1])
            self.reached.add((each.who.app, each.route.path))
            if shape not in self._shapes:
                self._shapes.add(shape)
                self.pool.append(each)

    async def send(self, sent: Sent) -> None:
        """One form, and everything that may not have come of it."""
        watch, who = Stopwatch(), sent.found.who
        before = self.town.rows.count("post.submission")
        self.town.temporal.sent.clear()
        async with self.town.browser(who.app) as browser:
            answers = await asyncio.gather(*(self._post(browser, sent) for _ in range(sent.times)))
        changed = await self.town.rows.changed()
        if any(JOURNALLED.fullmatch(answer.request.url.path) for answer in answers):
            changed.pop("registry.fact", None)
        wrong = [fault for answer in answers for fault in of_answer(answer, _said(sent))]
        if all(self._is_refused(answer) for answer in answers):
            wrong += [
                f"refused ({answers[0].status_code}) and yet changed {name}"
                for name, more in changed.items()
                if more
            ]
            engines = all(ENGINES.fullmatch(answer.request.url.path) for answer in answers)
            wrong += ["refused and yet told Temporal"] * (bool(self.town.temporal.sent) and not engines)
        else:
            self.accepted += 1
        if sent.times > 1 and b"form=" in sent.content and not sent.found.form.multipart:
            more = self.town.rows.count("post.submission") - before
            wrong += [f"pressed {sent.times} times and taken in {more} times"] * (more > 1)
        wrong += [*of_log(self.log.taken(), sent.typed), *watch.faults()]
        self.findings.add(
            self.kind,
            wrong and [f"{sent.found.route.path}: {each}" for each in dict.fromkeys(wrong)],
            str(sent),
        )
        await self._afterwards(sent, answers)

    async def _post(self, browser: httpx.AsyncClient, sent: Sent) -> httpx.Response:
        cookies = {**sent.found.who.cookies, "taal": sent.language, **sent.cookies}
        said = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if sent.kind:
            said["content-type"] = sent.kind
        content = sent.content
        return await browser.post(sent.path, content=content, headers=_latin({**said, **sent.headers}))

    def _is_refused(self, answer: httpx.Response) -> bool:
        if answer.status_code == 303:
            return False
        path = answer.request.url.path
        return answer.status_code >= 400 or not any(each.fullmatch(path) for each in DONE)

    async def _afterwards(self, sent: Sent, answers: list[httpx.Response]) -> None:
        """A page that came back may hold a form of its own; and who is out comes in again."""
        who = sent.found.who
        known = by_precision(addresses(self.town.apps[who.app]))
        for answer in answers:
            if "html" in answer.headers.get("content-type", "") and answer.status_code in (200, 422):
                self._take(of_page(Page(answer.text, sent.path), who, known))
        if any(answer.status_code == 303 for answer in answers):
            async with self.town.browser(who.app) as browser:
                if (await _opened(browser, who, who.home)).status_code != 200:
                    await self.town.let_in(who)
            await self.town.rows.changed()
            self.log.taken()


def _said(sent: Sent) -> str:
    """The language that the answer must be in; a question behind the address may choose another."""
    return "" if "taal=" in sent.path or "taal" in sent.cookies else sent.language


def _latin(said: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in said.items()]


def all_posts(town: Town) -> Iterator[tuple[str, str]]:
    """Every address of both apps that takes a form; those of the API have a kind of their own."""
    for name, app in town.apps.items():
        for address in addresses(app):
            if "POST" in address.methods and not address.under:
                yield name, address.path
