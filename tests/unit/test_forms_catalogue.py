"""Every sentence of the pages exists in English."""

from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from forms.site.i18n import LOCALE, catalogue, translated
from schemas.refs import Language
from schemas.refusals import SENTENCES

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "marked": None}


def sentences() -> Iterator[str]:
    """What the templates and the code mark, and what the engine refuses with."""
    for _, _, message, _, _ in extract_from_dir(LOCALE.parent, METHODS, keywords=KEYWORDS):
        yield message if isinstance(message, str) else message[0]
    yield from SENTENCES.values()


def english() -> dict[str, Message]:
    return {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue(Language.EN) if m.id}


def lacks(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return True
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return not all(texts)


def test_every_sentence_is_there_in_english() -> None:
    known, found = english(), set(sentences())
    assert len(found) > len(SENTENCES)
    assert [sentence for sentence in sorted(found) if lacks(known.get(sentence))] == []


def test_the_english_fills_in_the_same_values() -> None:
    wrong = [m.id for m in english().values() if list(m.check())]
    assert wrong == []


@pytest.mark.parametrize("language", list(Language))
def test_an_unmarked_sentence_stays_as_it_is(language: Language) -> None:
    assert translated("Deze zin staat nergens.", language) == "Deze zin staat nergens."
