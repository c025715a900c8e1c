"""A concern in doubt says so, to the coordinator in lists and to the professional beside its words."""

import pytest

from schemas.concern import reference
from schemas.facts import Doubt
from store.database import Database
from store.vault import Vault
from tests.web.desk.conftest import Seat
from tests.web.desk.test_concern_pages import ROOM, put
from tests.web.desk.test_desk_pages import text_of


@pytest.mark.parametrize(
    ("doubt", "said"), [(Doubt.MANY, "veel tegelijk van één adres"), (Doubt.TRAP, "misschien een machine")]
)
async def test_the_coordinator_sees_the_doubt(
    seat: Seat, rows: Database, vault: Vault, doubt: Doubt, said: str
) -> None:
    sure = await put(rows, vault, urgency="later", holder="coordinator")
    unsure = await put(rows, vault, urgency="today", holder="coordinator", doubt=doubt)
    browser = await seat()
    listed = text_of(await browser.get(ROOM))
    assert listed.count("twijfel") == 1
    assert listed.index(reference(sure)) < listed.index(reference(unsure)) < listed.index(said)
    assert said in text_of(await browser.get(f"{ROOM}/{unsure}"))
    assert "twijfel" not in text_of(await browser.get(f"{ROOM}/{sure}"))
    today = await browser.get("/den-haag/vandaag")
    assert today.text.index(str(sure)) < today.text.index(str(unsure))
    assert said in text_of(today)
