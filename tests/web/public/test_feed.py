"""The feed: Atom that readers take, stable, without a day, and with nothing that nobody may read."""

from datetime import date, timedelta
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from lxml import etree  # type: ignore[import-untyped]

from forms.public.stories.feed import written
from schemas.policy import read_policy
from schemas.suppression import SMALLEST_SHOWN
from store.database import Database
from store.stories import Shared
from store.vault import Vault
from tests.conftest import MUNICIPALITIES
from tests.web.public.resident import ORIGIN, Resident
from tests.web.public.storytelling import NOVEMBER, Storytelling

FEED = "/rotterdam/verhalen.atom"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NASTY = 'Soep & <b>brood</b> ]]> "zei" hij é 🌷\n\nEn toen?'


@pytest.fixture
def telling(db: Database, vault: Vault) -> Storytelling:
    return Storytelling(db, vault)


async def fetched(resident: Resident, path: str = FEED) -> ET.Element:
    answer = await resident.http.get(path)
    assert answer.status_code == 200
    return parsed(answer)


def parsed(answer: httpx.Response) -> ET.Element:
    """What both parsers make of it."""
    root = ET.XML(answer.content)
    strict = etree.fromstring(answer.content, etree.XMLParser(resolve_entities=False))
    assert [element.tag for element in strict.iter()] == [element.tag for element in root.iter()]
    assert [element.text for element in strict.iter()] == [element.text for element in root.iter()]
    return root


def texts(root: ET.Element, path: str) -> list[str | None]:
    return [element.text for element in root.iterfind(path, ATOM)]


def links(element: ET.Element) -> dict[str | None, tuple[str | None, str | None]]:
    return {each.get("rel"): (each.get("type"), each.get("href")) for each in element.findall("a:link", ATOM)}


async def test_all_that_atom_asks_for(resident: Resident, telling: Storytelling) -> None:
    await telling.streets(SMALLEST_SHOWN)
    story = await telling.tell(NASTY)
    answer = await resident.http.get(FEED)
    assert answer.headers["content-type"] == "application/atom+xml"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    root = parsed(answer)
    assert root.tag == f"{{{ATOM['a']}}}feed"
    assert root.get(LANGUAGE) == "nl"
    for once in ("a:id", "a:title", "a:updated", "a:author/a:name"):
        (text,) = texts(root, once)
        assert text
    page = f"{ORIGIN}/rotterdam/verhalen"
    assert links(root) == {
        "self": ("application/atom+xml", f"{ORIGIN}{FEED}"),
        "alternate": ("text/html", page),
    }
    (entry,) = root.findall("a:entry", ATOM)
    assert texts(entry, "a:id") == [f"urn:uuid:{story}"]
    assert texts(entry, "a:title") == ["Laan active 1, november 2026"]
    assert texts(entry, "a:updated") == texts(root, "a:updated") == ["2026-11-01T00:00:00+01:00"]
    assert links(entry) == {"alternate": ("text/html", f"{page}#verhaal-{story}")}
    assert texts(entry, "a:content") == [NASTY]
    assert [each.get("type") for each in entry.findall("a:content", ATOM)] == ["text"]
    assert b"&lt;b&gt;brood&lt;/b&gt;" in answer.content


async def test_it_is_the_same_every_time_and_for_everybody(resident: Resident, telling: Storytelling) -> None:
    await telling.tell("De soep")
    first = await resident.http.get(FEED)
    await resident.get("/?taal=en")
    again = await resident.http.get(FEED)
    assert again.content == first.content
    ids = [*texts(parsed(first), "a:id"), *texts(await fetched(resident, "/den-haag/verhalen.atom"), "a:id")]
    assert len({UUID(str(each).removeprefix("urn:uuid:")) for each in ids}) == 2


async def test_what_nobody_may_read_is_not_in_it(resident: Resident, telling: Storytelling) -> None:
    await telling.tell_what_nobody_may_read()
    answer = await resident.http.get(FEED)
    assert "GEHEIM" not in answer.text
    root = parsed(answer)
    assert root.findall("a:entry", ATOM) == []
    (updated,) = texts(root, "a:updated")
    assert str(updated)[7:19] == "-01T00:00:00"
    assert texts(await fetched(resident, "/den-haag/verhalen.atom"), ".//a:content") == ["GEHEIM elders"]


async def test_a_street_is_not_named_among_few(resident: Resident, telling: Storytelling) -> None:
    await telling.streets(SMALLEST_SHOWN - 1)
    await telling.tell("De soep")
    root = await fetched(resident)
    assert texts(root, "a:entry/a:title") == ["Rotterdam, november 2026"]
    assert b"Laan" not in ET.tostring(root)


async def test_the_latest_twenty(resident: Resident, telling: Storytelling) -> None:
    for number in range(22):
        await telling.tell(f"Verhaal {number}", at=NOVEMBER + timedelta(days=number))
    root = await fetched(resident)
    assert texts(root, ".//a:content") == [f"Verhaal {number}" for number in range(21, 1, -1)]
    assert texts(root, "a:updated") == ["2026-12-01T00:00:00+01:00"]


def test_what_xml_cannot_hold_is_left_out() -> None:
    policy = next(policy for policy in map(read_policy, MUNICIPALITIES) if policy.slug == "rotterdam")
    odd = "a\x00b\x0bc\x1fd\ufffee\ud800f\tg\u2028h"
    story = Shared(uuid4(), odd, None, date(2026, 7, 1))
    root = ET.XML(written(policy, [story], "https://a.example", date(2026, 11, 24)))
    assert texts(root, ".//a:content") == ["abcdef\tg\u2028h"]
    assert texts(root, "a:updated") == ["2026-07-01T00:00:00+02:00"]


async def test_a_municipality_that_is_none(resident: Resident) -> None:
    assert (await resident.http.get("/nergens/verhalen.atom")).status_code == 404
