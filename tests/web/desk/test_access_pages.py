"""Who looked at details, for the privacy officer: moment, colleague and purpose, never the resident."""

import re
from pathlib import Path

import forms
from forms.desk.concerns.access import PURPOSES
from store.database import Database
from store.vault import Vault
from tests.web.desk.conftest import Seat
from tests.web.desk.rows import BRAM
from tests.web.desk.test_concern_pages import put
from tests.web.desk.test_desk_pages import text_of

HERE = "/den-haag/inzage/gegevens"
ROOT = Path(forms.__file__).parents[1]


async def test_the_officer_sees_who_looked_for_somebody_and_not_for_whom(
    seat: Seat, rows: Database, vault: Vault
) -> None:
    officer = await seat("privacy-1")
    assert "Nog niemand keek naar gegevens." in text_of(await officer.get(HERE))
    await (await seat()).post("/den-haag/mensen", data={"email": BRAM.email})
    page = await officer.get(HERE)
    told = text_of(page)
    assert "Noor" in told
    assert "iemand opzoeken met een e-mailadres" in told
    assert page.text.count("<tr>") == 2, "one line for what was opened at once"
    async with rows.connection() as conn:
        refs = await vault.of_address(conn, "den-haag", BRAM.email)
    assert len(refs) > 1
    assert f">{len(refs)}</td>" in page.text
    secret = [BRAM.email, BRAM.name.partition(" ")[0], *map(str, refs)]
    assert [each for each in secret if each in page.text] == []
    elsewhere = await (await seat("privacy-1", "rotterdam")).get("/rotterdam/inzage/gegevens")
    assert "Noor" not in text_of(elsewhere)


async def test_who_read_about_a_concern_has_a_list_of_its_own(
    seat: Seat, rows: Database, vault: Vault
) -> None:
    concern = await put(rows, vault, holder="coordinator")
    await (await seat()).get(f"/den-haag/zorgen/{concern}")
    officer = await seat("privacy-1")
    assert "Nog niemand keek naar gegevens." in text_of(await officer.get(HERE))
    assert f'href="{HERE}"' in (await officer.get("/den-haag/inzage")).text


def test_every_purpose_of_a_look_has_words() -> None:
    """As it stands in the code that looks, in a constant or in the call."""
    looks = [
        path.read_text("utf-8")
        for room in ("forms", "store")
        for path in (ROOT / room).rglob("*.py")
        if "vault.look" in path.read_text("utf-8")
    ]
    assert len(looks) > 10
    found = {
        each for text in looks for each in re.findall(r'^(?:PURPOSE|LOOK) = "(\w+)"', text, re.MULTILINE)
    }
    found |= {each for text in looks for each in re.findall(r'\.look_?\w*\([^()]*, "(\w+)"\)', text)}
    assert found <= set(PURPOSES)
    assert len(found) > 8
