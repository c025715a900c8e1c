"""A municipality's own face: its sentence and its second colour, and nothing of it where it has none."""

import re

from forms.site.assets import STATIC
from schemas.contrast import contrast
from schemas.policy import PAGE, READABLE_CONTRAST, VISIBLE_CONTRAST, read_policy
from schemas.refs import Language
from tests.conftest import MUNICIPALITIES
from tests.web.public.resident import Resident


async def test_its_own_sentence_in_both_languages(resident: Resident) -> None:
    for language, told in (("nl", "Welkom, Rotterdammer."), ("en", "Welcome, Rotterdammer.")):
        page = await resident.get(f"/rotterdam?taal={language}")
        assert f'<p class="lead welcome">{told}' in page.text
    assert "lead welcome" not in (await resident.get("/den-haag")).text


async def test_its_second_colour(resident: Resident) -> None:
    styles = {}
    for place in ("rotterdam", "den-haag"):
        page = (await resident.get(f"/{place}")).text
        address = re.search(rf'"(/{place}/gezicht.css\?v=\w+)"', page)
        assert address
        styles[place] = (await resident.get(address[1])).text
    assert "--sun:#b4620a" in styles["rotterdam"]
    assert styles["den-haag"].count("--") == 1


def test_the_example_municipalities_can_be_read_and_seen() -> None:
    for face in (read_policy(path).face for path in MUNICIPALITIES):
        assert contrast(face.colour, "#ffffff") >= READABLE_CONTRAST
        assert contrast(face.accent or "#000000", PAGE) >= VISIBLE_CONTRAST
        assert face.welcome is None or all(face.welcome.within(language) for language in Language)


def test_the_page_is_as_dark_as_the_check_thinks() -> None:
    assert f"--paper: {PAGE};" in (STATIC / "site.css").read_text("utf-8")
