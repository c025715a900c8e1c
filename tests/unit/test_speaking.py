"""Templates say what is the same on every page when they are compiled, and say it as before."""

from pathlib import Path

import pytest
from jinja2 import nodes

from forms.site.speaking import Speaking
from forms.site.templating import Pages
from schemas.refs import Language

ASKED = (
    '{{ _("Bureau") }}|{{ _("Taal") if x else _("Bureau") }}|{{ _(later) }}|{{ said(_) }}'
    "|{% trans %}Taal{% endtrans %}|{% trans name=x %}Bel of mail {{ name }}.{% endtrans %}|{{ _('<b>') }}"
)


def said(translate: object) -> str:
    """A function that is given the words, as the desk's own are."""
    assert callable(translate)
    return str(translate("Afmelden"))


@pytest.mark.parametrize("language", Language)
def test_a_sentence_is_the_same_whenever_it_is_translated(language: Language) -> None:
    environment = Pages(Path(__file__).parent).environments[language]
    assert isinstance(environment, Speaking)
    values = {"x": "Jan & Jo", "later": "Taal", "said": said}
    soon = environment.from_string(ASKED).render(values)
    slow = [environment.globals["_"](text) for text in ("Bureau", "Taal", "Taal", "Afmelden", "Taal")]  # type: ignore[operator]
    assert soon.split("|")[:5] == [str(each) for each in slow]
    assert soon.split("|")[5:] == [soon.split("|")[5], "<b>"]
    assert "Jan &amp; Jo" in soon
    assert ("Desk" in soon) == (language is Language.EN)


def test_what_is_written_in_a_template_is_not_asked_on_each_page() -> None:
    environment = Pages(Path(__file__).parent).environments[Language.NL]
    calls = list(environment.parse(ASKED).find_all(nodes.Call))
    assert [call.node.name for call in calls if isinstance(call.node, nodes.Name)] == ["_", "said", "gettext"]
