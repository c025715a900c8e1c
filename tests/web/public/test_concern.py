"""Telling a concern: whom to call comes first, nothing is kept before it is sent, and then it is sealed."""

import asyncio
from uuid import UUID, uuid4

import pytest

from schemas.concern import reference
from schemas.person import Concern, Person
from store import concerns
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.web.public.resident import Resident, text_of

FORM = "/rotterdam/zorg/vertel"
WORDS = "Kanarie 8f2e: de gordijnen zijn al een week dicht."
WELL = {
    "topic": "money",
    "urgency": "week",
    "wijk": "Noord",
    "words": WORDS,
    "knows": "not",
    "who": "anonymous",
}
ME = {
    "who": "me",
    "name": "Joke Melder",
    "email": "joke@melder.nl",
    "phone": "06 12345678",
    "may_call": "yes",
}


def sent(**changes: str) -> dict[str, str]:
    return {"form": str(uuid4()), "step": "send", **WELL, **changes}


async def kept(db: Database) -> list[dict[str, str]]:
    async with db.connection() as conn:
        rows = await conn.fetch("select payload from post.submission where kind = 'concern'")
    return [row["payload"] for row in rows]


async def sealed(db: Database) -> int:
    async with db.connection() as conn:
        return int(await conn.fetchval("select count(*) from vault.item"))


async def test_the_numbers_come_before_any_field(resident: Resident) -> None:
    page = await resident.get("/rotterdam/zorg")
    told = text_of(page)
    for number in ("112", "0800-2000", "0900-8844"):
        assert number in told
    assert "<input" not in page.text
    assert "<textarea" not in page.text
    assert told.index("112") < told.index("Is er nu gevaar?")
    assert "Wie ziet wat?" in told
    assert "Snel weg van deze pagina" in told
    form = await resident.get(FORM)
    assert form.text.index("tel:112") < form.text.index('name="topic"')


async def test_danger_now_shows_112_and_keeps_nothing(resident: Resident, db: Database) -> None:
    page = await resident.get("/rotterdam/zorg/gevaar?wijk=Noord")
    assert "Bel nu 112" in text_of(page)
    assert "<form" not in page.text
    assert 'href="/rotterdam/zorg/vertel?wijk=Noord"' in page.text, "going on is a choice"
    assert (await kept(db), await sealed(db)) == ([], 0)
    assert not resident.http.cookies.get("aanmelding"), "nothing on the device either"


async def test_a_concern_is_sealed_and_only_references_go_on(
    resident: Resident, db: Database, keyring: Keyring
) -> None:
    answer = await resident.post(FORM, sent(**ME))
    assert answer.status_code == 303
    page = await resident.get(answer.headers["location"])
    (order,) = await kept(db)
    assert reference(UUID(order["concern"])) in text_of(page), "the number that mails and the desk use"
    assert WORDS not in str(order)
    assert "Joke" not in str(order)
    assert (order["topic"], order["urgency"], order["wijk"], order["may_call"]) == (
        "money",
        "week",
        "Noord",
        True,
    )
    vault = Vault(keyring)
    async with db.connection() as conn:
        assert (await vault.get(conn, UUID(order["text"]), Concern)).text == WORDS
        reporter = await vault.get(conn, UUID(order["reporter"]), Person)
        everything = str([dict(row) for row in await conn.fetch("select * from vault.item")])
    assert (reporter.name, reporter.email, reporter.phone) == (
        "Joke Melder",
        "joke@melder.nl",
        "+31 6 12345678",
    )
    assert "gordijnen" not in everything


async def test_without_a_name_nobody_is_kept(resident: Resident, db: Database) -> None:
    await resident.post(FORM, sent(name="Joke", email="joke@melder.nl", may_call="yes"))
    (order,) = await kept(db)
    assert (order["reporter"], order["may_call"], order["may_mail"]) == (None, False, False)
    assert await sealed(db) == 1


async def test_the_same_form_twice_is_one_concern(resident: Resident, db: Database) -> None:
    form = sent()
    first, second = await resident.post(FORM, form), await resident.post(FORM, form)
    assert first.headers["location"] == second.headers["location"]
    assert len(await kept(db)) == 1
    assert await sealed(db) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": ""}, "topic"),
        ({"wijk": "Mars"}, "wijk"),
        ({"words": "kort"}, "words"),
        ({"who": "me"}, "name"),
        ({"who": "me", "name": "Joke"}, "email"),
    ],
)
async def test_mistakes_are_told_and_keep_nothing(
    resident: Resident, db: Database, changes: dict[str, str], field: str
) -> None:
    answer = await resident.post(FORM, sent(**changes))
    assert answer.status_code == 422
    assert f'id="{field}-fout"' in answer.text
    if "words" not in changes:
        assert WORDS in answer.text, "what was typed stays on the page"
    assert (await kept(db), await sealed(db)) == ([], 0)
    assert "set-cookie" not in answer.headers, "and goes nowhere else"


async def test_looking_for_help_first_loses_nothing(resident: Resident, db: Database) -> None:
    form = sent(step="help")
    page = await resident.post(FORM, form)
    assert "Misschien helpt dit ook" in text_of(page)
    assert await kept(db) == []
    back = await resident.post(FORM, form | {"step": "back"})
    assert WORDS in back.text
    assert form["form"] in back.text


async def test_the_page_is_in_english_too(resident: Resident) -> None:
    assert "Do you worry about a neighbour?" in text_of(await resident.get("/rotterdam/zorg?taal=en"))
    assert "What did you notice?" in text_of(await resident.get(f"{FORM}?taal=en"))


async def test_a_number_we_never_gave_is_not_found(resident: Resident) -> None:
    assert (await resident.get("/rotterdam/zorg/ontvangen/2345-6789")).status_code == 404
    assert (await resident.post(FORM, {**WELL, "form": "x"})).status_code == 400


async def test_a_double_click_is_one_concern(resident: Resident, db: Database) -> None:
    form = sent()
    answers = await asyncio.gather(*(resident.post(FORM, form) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await sealed(db) == 1


async def test_a_receipted_concern_stands_on_the_list_before_anybody_was_asked(
    resident: Resident, db: Database
) -> None:
    await resident.post(FORM, sent())
    async with db.connection() as conn:
        found = await concerns.not_closed(conn, "rotterdam")
    (row,) = found.rows
    assert (row["status"], row["holder"], row["due_at"]) == ("waiting", "wijkteam", None)


async def test_more_words_under_the_same_form_are_no_silent_yes(resident: Resident, db: Database) -> None:
    form = sent()
    await resident.post(FORM, form)
    more = await resident.post(FORM, form | {"words": WORDS + " En vandaag ook de krant."})
    assert more.status_code == 422
    assert "U stuurde deze melding al, met andere woorden." in text_of(more)
    assert "En vandaag ook de krant." in more.text, "nothing that was typed is lost"
    assert form["form"] not in more.text, "sent again, it is a concern of its own"
    assert len(await kept(db)) == 1
