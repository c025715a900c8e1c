"""The letter to the auditor, in both languages, sound and broken."""

import pytest

from schemas.facts import Letter, Template
from schemas.refs import Language
from tests.unit.letter_samples import NOW, READER, Words, mailed, opened, part, words_of_text

HEAD = "ab" * 32
ONE = f"2026 44 {HEAD}"
VALUES = {"at": NOW, "heads": f"{ONE}|2025 9 {'cd' * 32}", "broken": ""}


def letter(broken: str = "") -> Letter:
    composed = Letter(template=Template.LEDGER_HEAD, to=READER, values=VALUES | {"broken": broken})
    return Letter.model_validate_json(composed.model_dump_json())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("broken", ["", "2026: transfer 17|2025: mark 3"])
def test_text_and_html_say_the_same(language: Language, broken: str) -> None:
    message = opened(mailed(letter(broken), language=language))
    text = part(message, "plain")
    assert Words(part(message, "html")).said == words_of_text(text)
    assert text.count(f" {HEAD}\n") == 1
    assert text.count(f" {'cd' * 32}\n") == 1
    assert ("- 2026: transfer 17\n- 2025: mark 3\n" in text) == bool(broken)
    assert ("straat ledger verify" in text) == bool(broken)
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("language", "sound", "broken"),
    [
        (Language.NL, "Stand van de boeken van Den Haag", "Let op: de boeken van Den Haag kloppen niet"),
        (Language.EN, "Where the books of Den Haag stand", "Attention: the books of Den Haag are not right"),
    ],
)
def test_the_subject_says_at_once_whether_something_is_wrong(
    language: Language, sound: str, broken: str
) -> None:
    assert opened(mailed(letter(), language=language))["Subject"] == sound
    assert opened(mailed(letter("2026: transfer 1"), language=language))["Subject"] == broken
