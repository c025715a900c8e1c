"""Reading a social map: each mistake is told with its line, nothing is read by halves, nothing crashes it."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from forms.desk.social.words import SENTENCES, sentence
from schemas.policy import read_policy
from schemas.refs import Language
from schemas.social import COLUMNS, MAX_BYTES, MOST_OFFERS, Mistake, Offer, Unreadable, Wrong, read_map

TOPICS = {"loneliness": "Iemand is veel alleen", "money": "Zorgen over geld"}
WIJKEN = ["Noord", "Haagse Hout"]
HEAD = "naam;onderwerpen;wijken;tekst;text_en;telefoon;email;web"
ROW = "De Linde;money;Noord;Koffie en soep;Coffee;010 123 45 60;a@linde.example;https://linde.example/"
MUNICIPALITIES = Path(__file__).parents[2] / "deploy" / "municipalities"


def read(text: str) -> list[Offer]:
    return read_map(text.encode(), TOPICS, WIJKEN)


def mistakes(content: str | bytes) -> list[tuple[Wrong, int | None]]:
    with pytest.raises(Unreadable) as error:
        read_map(content.encode() if isinstance(content, str) else content, TOPICS, WIJKEN)
    return [(each.wrong, each.line) for each in error.value.mistakes]


def row(**cells: str) -> str:
    """A good row with other cells."""
    good = dict(zip(COLUMNS, ROW.split(";"), strict=True))
    return ";".join((good | cells).values())


def test_a_whole_row() -> None:
    [offer] = read(f"{HEAD}\n{ROW}\n")
    assert offer.model_dump(mode="json") == {
        "name": "De Linde",
        "topics": ["money"],
        "wijken": ["Noord"],
        "nl": "Koffie en soep",
        "en": "Coffee",
        "phone": "010 123 45 60",
        "email": "a@linde.example",
        "web": "https://linde.example/",
    }


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("between", [";", ","])
def test_as_spreadsheets_write_it(bom: str, end: str, between: str) -> None:
    lines = [HEAD, "", ROW, ";;;;;;;;;"]
    [offer] = read(bom + end.join(lines).replace(";", between) + end)
    assert offer.name == "De Linde"


def test_a_bom_before_a_name_in_quotes() -> None:
    assert len(read(f'\ufeff"naam"{HEAD.removeprefix("naam")}\n{ROW}')) == 1


def test_what_cannot_be_seen_is_left_out() -> None:
    unseen = row(naam="De\u200b  Lin\x00de", tekst="Koffie\u00a0en soep")
    [offer] = read(f"{HEAD}\n{unseen}")
    assert (offer.name, offer.nl) == ("De Linde", "Koffie en soep")


def test_columns_in_any_order_and_only_those_that_are_needed() -> None:
    [offer] = read('Tekst,WEB,naam,onderwerpen\n"Koffie, soep;\nen meer",http://a.example,Aa,money')
    assert (offer.nl, offer.wijken, offer.en, offer.phone) == ("Koffie, soep; en meer", [], None, None)


@pytest.mark.parametrize("cell", ["money|loneliness", " Zorgen  over GELD | iemand is veel alleen|money| "])
def test_topics_by_key_or_by_name(cell: str) -> None:
    [offer] = read(f"{HEAD}\n{row(onderwerpen=cell, wijken='haagse hout|NOORD')}")
    assert offer.topics == ["money", "loneliness"]
    assert offer.wijken == ["Haagse Hout", "Noord"]


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"naam": ""}, Wrong.NAME),
        ({"naam": "x" * 81}, Wrong.NAME),
        ({"naam": "\u200b"}, Wrong.NAME),
        ({"onderwerpen": ""}, Wrong.TOPICS),
        ({"onderwerpen": "money|tuin"}, Wrong.TOPICS),
        ({"wijken": "Noord|Nergens"}, Wrong.WIJKEN),
        ({"tekst": " "}, Wrong.NL),
        ({"tekst": "x" * 601}, Wrong.NL),
        ({"text_en": "x" * 601}, Wrong.EN),
        ({"telefoon": "bel maar"}, Wrong.PHONE),
        ({"telefoon": "\u0661\u0661\u0662"}, Wrong.PHONE),
        ({"email": "a@"}, Wrong.EMAIL),
        ({"web": "www.linde.example"}, Wrong.WEB),
        ({"web": "javascript:alert(1)"}, Wrong.WEB),
        ({"web": "https://a:b@linde.example/"}, Wrong.WEB),
        ({"web": "https://linde.example/" + "x" * 300}, Wrong.WEB),
        ({"telefoon": "", "email": "", "web": ""}, Wrong.NO_CONTACT),
        ({"web": "https://a.example;nog een"}, Wrong.CELLS),
    ],
)
def test_a_mistake_is_told_with_its_line(cells: dict[str, str], wrong: Wrong) -> None:
    good = row(naam="Een ander")
    assert mistakes(f"{HEAD}\n{good}\n\n{row(**cells)}") == [(wrong, 4)]


def test_all_mistakes_are_told_at_once_also_after_a_text_of_more_lines() -> None:
    text = f"{HEAD}\n{row(tekst=chr(34) + 'a' + chr(10) + 'b' + chr(34))}\n{row(email='x', web='y')}\n{ROW}"
    assert mistakes(text) == [(Wrong.EMAIL, 4), (Wrong.WEB, 4), (Wrong.TWICE, 5)]


def test_the_same_name_is_there_once() -> None:
    assert mistakes(f"{HEAD}\n{ROW}\n{row(naam='de  LINDE')}") == [(Wrong.TWICE, 3)]


@pytest.mark.parametrize(
    ("content", "wrong", "line"),
    [
        (b"", Wrong.EMPTY, None),
        (b"\n \n;;\n", Wrong.EMPTY, None),
        (HEAD.encode(), Wrong.EMPTY, None),
        (b"PK\x03\x04\xff\xfe", Wrong.NOT_TEXT, None),
        ("naam;tekst;caf\u00e9".encode("latin-1"), Wrong.NOT_TEXT, None),
        (b"\nnaam;tekst\nx;y", Wrong.NO_COLUMN, 2),
        (f"{HEAD};telefoonnr\n{ROW}".encode(), Wrong.STRANGE_COLUMN, 1),
        (f"{HEAD};naam\n{ROW}".encode(), Wrong.STRANGE_COLUMN, 1),
        (f'{HEAD}\n{ROW}\n"open'.encode(), Wrong.QUOTES, 3),
        (b"x" * (MAX_BYTES + 1), Wrong.TOO_LARGE, None),
    ],
)
def test_a_file_that_cannot_be_read(content: bytes, wrong: Wrong, line: int | None) -> None:
    assert mistakes(content) == [(wrong, line)]


def test_there_are_so_many_and_no_more() -> None:
    rows = [row(naam=f"Plek {number}") for number in range(MOST_OFFERS + 1)]
    assert len(read("\n".join([HEAD, *rows[:-1]]))) == MOST_OFFERS
    assert mistakes("\n".join([HEAD, *rows])) == [(Wrong.TOO_MANY, None)]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode(errors="replace")))
def test_no_bytes_crash_it(content: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        read_map(content, TOPICS, WIJKEN)
    assert error.value.mistakes


CELL = st.text(max_size=40) | st.sampled_from(
    ["money", "Noord", "010 123", "a@b.example", "https://a.nl", ""]
)


@given(
    st.lists(st.lists(CELL, max_size=9), max_size=6),
    st.sampled_from([";", ","]),
    st.sampled_from("\x00\x85|"),
)
def test_no_table_crashes_it(table: list[list[str]], between: str, odd: str) -> None:
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=between)
    writer.writerows([list(COLUMNS), *table])
    try:
        offers = read_map((text.getvalue() + odd).encode(errors="replace"), TOPICS, WIJKEN)
    except Unreadable as error:
        assert error.mistakes
        assert all(mistake.line is None or mistake.line > 0 for mistake in error.mistakes)
    else:
        assert 0 < len(offers) <= len(table) + 1
        assert all(offer.phone or offer.email or offer.web for offer in offers)
        assert "\x00" not in str(offers)


WORDS = st.text("abc é;,\"'", min_size=3, max_size=30).filter(lambda text: len(" ".join(text.split())) > 1)


@given(
    st.lists(WORDS, min_size=1, max_size=5, unique_by=lambda text: " ".join(text.split()).casefold()), WORDS
)
def test_what_was_written_is_read(names: list[str], words: str) -> None:
    text = StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(
        [HEAD.split(";"), *([name, "money", "", words, "", "113"] for name in names)]
    )
    offers = read(text.getvalue())
    assert [offer.name for offer in offers] == [" ".join(name.split()) for name in names]
    assert {offer.nl for offer in offers} == {" ".join(words.split())}


def test_every_mistake_has_a_sentence_in_both_languages() -> None:
    assert list(SENTENCES) == list(Wrong)
    for wrong in Wrong:
        dutch, english = (sentence(Mistake(wrong, 7), language) for language in Language)
        assert dutch != english
        assert ("Regel 7: " in dutch) == ("Line 7: " in english) == ("%(line)s" in SENTENCES[wrong])


def offer_of(**values: object) -> Offer:
    return Offer.model_validate({"name": "Aa", "topics": ["money"], "wijken": [], "nl": "Hulp"} | values)


@pytest.mark.parametrize(
    ("phone", "tel"),
    [
        ("010 123 45 60", "0101234560"),
        ("+31 (0)10-1234560", "+31101234560"),
        ("14 010", "14010"),
        ("113", "113"),
    ],
)
def test_a_number_as_a_telephone_dials_it(phone: str, tel: str) -> None:
    assert offer_of(phone=phone).tel == tel


def test_links_and_languages() -> None:
    offer = offer_of(email="a?b&c@linde.example", web="https://www.Linde.example/x?y=1")
    assert offer.mailto == "a%3Fb%26c@linde.example"
    assert offer.site == "linde.example"
    assert [(offer.within(language), offer.speaks(language)) for language in Language] == [
        ("Hulp", Language.NL),
        ("Hulp", Language.NL),
    ]
    english = offer_of(phone="113", en="Help")
    assert (english.within(Language.EN), english.speaks(Language.EN)) == ("Help", Language.EN)
    assert (english.within(Language.NL), english.mailto, english.site) == ("Hulp", "", "")


def test_an_offer_that_nobody_can_reach_is_none() -> None:
    with pytest.raises(ValidationError):
        offer_of()


def test_the_example_fits_its_municipality() -> None:
    policy = read_policy(MUNICIPALITIES / "rotterdam.toml")
    topics = {topic.key: topic.nl for topic in policy.concerns.topics}
    content = (MUNICIPALITIES / "sociale-kaart-rotterdam.csv").read_bytes()
    offers = read_map(content, topics, policy.wijken)
    assert len(offers) == 8
    assert {key for offer in offers for key in offer.topics} == set(topics)
    assert all(offer.en for offer in offers)
