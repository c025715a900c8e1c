"""Every mistake a form can carry gets a sentence, at its field and in the summary, and sends nothing."""

import re

import pytest

from tests.web.public.resident import ALONE, STREET, TWO, YOU, Resident

LONG = "a" * 61
MISTAKES = [
    ("straat", {**STREET, "street": ""}, "street", "Vul de naam van uw straat in."),
    ("straat", {"wijk": "Noord"}, "street", "Vul de naam van uw straat in."),
    ("straat", {**STREET, "street": "R"}, "street", "Vul de naam van uw straat in."),
    ("straat", {**STREET, "street": LONG}, "street", "Deze straatnaam is te lang."),
    ("straat", {**STREET, "street": "mij@huis.nl"}, "street", "Vul alleen de naam van een straat in"),
    ("straat", {**STREET, "street": "***"}, "street", "Vul alleen de naam van een straat in"),
    ("straat", {**STREET, "street": "Roos\x00laan"}, "street", "Vul alleen de naam van een straat in"),
    ("straat", {**STREET, "part": LONG}, "part", "Maak dit korter."),
    ("straat", {**STREET, "part": "<b>"}, "part", "Schrijf in gewone woorden"),
    ("straat", {**STREET, "wijk": ""}, "wijk", "Kies uw wijk."),
    ("straat", {**STREET, "wijk": "Atlantis"}, "wijk", "Kies een wijk uit de lijst."),
    ("straat", {**STREET, "wijk": "x" * 5000}, "wijk", "Kies een wijk uit de lijst."),
    ("u", {**YOU, "name": "  "}, "name", "Vul uw naam in."),
    ("u", {**YOU, "name": "a" * 81}, "name", "Uw naam is te lang voor dit vak."),
    ("u", {**YOU, "name": "Mia\u202e"}, "name", "In uw naam staat een teken"),
    ("u", {**YOU, "email": ""}, "email", "Vul uw e-mailadres in."),
    ("u", {**YOU, "email": "mia@"}, "email", "Dit e-mailadres klopt niet."),
    ("u", {**YOU, "email": "a" * 4000 + "@b.nl"}, "email", "Dit e-mailadres klopt niet."),
    ("u", {**YOU, "phone": "112233"}, "phone", "Dit telefoonnummer klopt niet."),
    ("u", {**YOU, "phone": "bel mij maar"}, "phone", "Dit telefoonnummer klopt niet."),
    ("u", {**YOU, "phone": "06 12345678 06 12345678 06 12345678"}, "phone", "Dit telefoonnummer is te lang."),
    ("samen", {"second_name": ""}, "together", "Kies of u al weet met wie u het samen doet."),
    ("samen", {"together": "misschien"}, "together", "Kies of u al weet met wie u het samen doet."),
    ("samen", {**TWO, "second_name": ""}, "second_name", "Vul de naam van uw buur in."),
    ("samen", {**TWO, "second_name": "a" * 81}, "second_name", "Deze naam is te lang voor dit vak."),
    ("samen", {**TWO, "second_name": "Jan\x07"}, "second_name", "In deze naam staat een teken"),
    ("samen", {**TWO, "second_email": ""}, "second_email", "Vul het e-mailadres van uw buur in."),
    ("samen", {**TWO, "second_email": "jan"}, "second_email", "Dit e-mailadres klopt niet."),
    ("samen", {**TWO, "second_email": "AISHA@voorbeeld.nl"}, "second_email", "Dit is uw eigen e-mailadres."),
]


@pytest.mark.parametrize(("step", "answers", "field", "sentence"), MISTAKES)
async def test_a_mistake_is_told(
    resident: Resident, step: str, answers: dict[str, str], field: str, sentence: str
) -> None:
    await resident.fill_in()
    page = await resident.step(step, answers)
    assert page.url.path == f"/rotterdam/aanmelden/{step}"
    assert re.search(r"<title>Fout: ", page.text)
    assert re.search(rf'<li><a href="#{field}">{sentence}', page.text)
    assert re.search(rf'<p class="error" id="{field}-fout">{sentence}', page.text)
    named = re.search(
        rf'<(?:input|select)[^>]* id="{field}"[^>]*>|<fieldset[^>]*{field}-fout[^>]*>', page.text
    )
    assert named
    assert f"{field}-fout" in page.text.split('aria-describedby="', 1)[1]
    assert 'aria-invalid="true"' in page.text
    assert page.text.index('class="summary"') < page.text.index("<form")


async def test_both_details_of_a_neighbour_are_asked_at_once(resident: Resident) -> None:
    await resident.fill_in()
    page = await resident.step("samen", {"together": "yes"})
    assert '<a href="#second_name">' in page.text
    assert '<a href="#second_email">' in page.text


async def test_what_was_typed_stays_and_is_escaped(resident: Resident) -> None:
    page = await resident.step("straat", {**STREET, "street": '"><script>alert(1)</script>'})
    assert "<script" not in page.text
    assert "&#34;&gt;&lt;script&gt;" in page.text


async def test_a_page_without_mistakes_says_none(resident: Resident) -> None:
    page = await resident.get("/rotterdam/aanmelden/straat")
    assert "<title>Om welke straat gaat het?" in page.text
    assert "aria-invalid" not in page.text
    assert 'class="summary"' not in page.text


async def test_spaces_and_a_foreign_number_are_welcome(resident: Resident) -> None:
    await resident.step("straat", {**STREET, "street": "  Lange   Lijnbaan "})
    await resident.step("u", {**YOU, "name": "Ng\u1ea1", "phone": "+32 470 12 34 56"})
    page = await resident.step("samen", ALONE)
    assert "<dd>Lange Lijnbaan</dd>" in page.text
    assert "+32 470 12 34 56" in page.text


async def test_more_than_eight_wijken_become_a_list(resident: Resident, more_wijken: str) -> None:
    page = await resident.get(f"/{more_wijken}/aanmelden/straat")
    assert '<select id="wijk"' in page.text
    answered = await resident.step("straat", {**STREET, "wijk": "Wijk 9"}, at=more_wijken)
    assert answered.url.path.endswith("/u")
