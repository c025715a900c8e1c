"""The statements about accessibility and privacy: what they say, and that every page leads to them."""

import pytest

from tests.web.public.resident import Resident, text_of

SAID = {
    "nl": [
        "status C",
        "WCAG 2.2",
        "axe",
        "toetsenbord",
        "320 pixels",
        "JavaScript",
        "Mensen met een beperking hebben de website nog niet getest.",
        "binnen twee weken antwoord",
        "Nationale ombudsman",
        "dinsdag 24 november 2026",
    ],
    "en": [
        "status C",
        "WCAG 2.2",
        "axe",
        "keyboard",
        "320 pixels",
        "JavaScript",
        "People with a disability have not tested the website yet.",
        "an answer within two weeks",
        "National Ombudsman",
        "Tuesday 24 November 2026",
    ],
}
PLACES = ("aalsmeer", "den-haag", "rotterdam")


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("path", ["/rotterdam/toegankelijkheid", "/toegankelijkheid"])
async def test_the_accessibility_statement(resident: Resident, path: str, language: str) -> None:
    page = await resident.get(f"{path}?taal={language}")
    assert page.status_code == 200
    told = text_of(page)
    assert [words for words in SAID[language] if words not in told] == []


async def test_a_problem_is_told_to_the_municipality(resident: Resident) -> None:
    page = await resident.get("/aalsmeer/toegankelijkheid")
    main = page.text.partition("<main")[2].partition("</main>")[0]
    assert '<a href="tel:0297123456">0297 12 34 56</a>' in main
    assert '<a href="mailto:liefenleed@aalsmeer.example">' in main
    assert "de buurtwerkers van Aalsmeer" in main
    assert (await resident.get("/nergens/toegankelijkheid")).status_code == 404


@pytest.mark.parametrize("statement", ["toegankelijkheid", "privacy"])
async def test_before_a_municipality_each_is_offered(resident: Resident, statement: str) -> None:
    page = await resident.get(f"/{statement}")
    main = page.text.partition("<main")[2].partition("</main>")[0]
    for place in PLACES:
        assert f'<a href="/{place}/{statement}">' in main
        assert (await resident.get(f"/{place}/{statement}")).status_code == 200


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/", ""),
        ("/privacy", ""),
        ("/toegankelijkheid", ""),
        ("/nergens", ""),
        ("/rotterdam", "/rotterdam"),
        ("/rotterdam/verhalen", "/rotterdam"),
        ("/rotterdam/hulp", "/rotterdam"),
        ("/rotterdam/zorg", "/rotterdam"),
        ("/rotterdam/aanmelden", "/rotterdam"),
        ("/rotterdam/mijn-straat", "/rotterdam"),
        ("/rotterdam/privacy", "/rotterdam"),
        ("/rotterdam/toegankelijkheid", "/rotterdam"),
        ("/rotterdam/antwoord/vals", "/rotterdam"),
    ],
)
async def test_the_foot_of_every_page_leads_to_both(resident: Resident, path: str, start: str) -> None:
    page = await resident.get(path)
    foot = page.text.partition('<footer class="bottom">')[2]
    for statement in ("privacy", "toegankelijkheid"):
        assert f'href="{start}/{statement}"' in foot
        assert (await resident.get(f"{start}/{statement}")).status_code == 200


async def test_privacy_tells_about_shared_stories(resident: Resident) -> None:
    told = text_of(await resident.get("/rotterdam/privacy"))
    assert "Dan kan iedereen het op deze website lezen, zonder uw naam." in told
