"""What cannot be undone is asked twice. Every POST of the desk has a decision here; a new one needs one."""

from enum import StrEnum
from uuid import uuid4

import asyncpg
import pytest

from forms.desk.app import ROOMS
from forms.desk.budget.entering import FORMS
from forms.desk.budget.years import Step
from forms.desk.commands import POTJE_UPDATES
from forms.desk.lives.people import ON_STREETS
from forms.desk.payouts.commands import BATCH_UPDATES
from schemas.concern import ActKind
from schemas.scouting import RoundOrder
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.today import this_year
from tests.web.desk.bank import by_bank
from tests.web.desk.conftest import Seat
from tests.web.desk.fakes import FakeTemporal
from tests.web.desk.test_concern_pages import put as concern
from tests.web.desk.test_links_to import BATCH, PAYEE
from tests.web.desk.test_renewals_pages import asked as renewal
from tests.web.house import connected


class How(StrEnum):
    """Why a click that was a mistake does no lasting harm."""

    ASKS = "asks"
    """A page tells what will happen, and asks once more."""
    UNDO = "undo"
    """Another act takes it back."""
    HARMLESS = "harmless"
    """It changes nothing for anybody, or the same again changes nothing."""
    SECOND = "second"
    """Somebody else has to say yes before anything happens."""


H = How
M = "POST /{municipality}"
DECIDED: dict[str, tuple[How, str]] = {
    f"{M}/potjes/{{workflow_id}}/approve": (H.UNDO, "withdraw, until it is paid"),
    f"{M}/potjes/{{workflow_id}}/reject": (H.ASKS, "the money goes back, a mail leaves"),
    f"{M}/potjes/{{workflow_id}}/withdraw": (H.ASKS, "the money goes back, a mail leaves"),
    f"{M}/potjes/{{workflow_id}}/hand-over": (H.UNDO, "undo-hand-over"),
    f"{M}/potjes/{{workflow_id}}/undo-hand-over": (H.UNDO, "hand-over again"),
    f"{M}/potjes/{{workflow_id}}/confirm": (H.SECOND, "the gangmaker's code says yes"),
    f"{M}/rekeningen/{{ref}}/stop": (H.ASKS, "the account is erased"),
    f"{M}/intakes/{{workflow_id}}/propose": (H.UNDO, "propose or plan again"),
    f"{M}/intakes/{{workflow_id}}/plan": (H.UNDO, "plan again"),
    f"{M}/intakes/{{workflow_id}}/missed": (H.ASKS, "a mail leaves"),
    f"{M}/intakes/{{workflow_id}}/record": (
        H.ASKS,
        "a no is asked twice; after a yes the potje can be withdrawn",
    ),
    f"{M}/agenda": (H.UNDO, "take the moment away"),
    f"{M}/agenda/{{slot}}/weg": (H.UNDO, "add the moment again"),
    f"{M}/straten/{{street}}/vorm/reshape": (H.UNDO, "give the other shape again"),
    f"{M}/straten/{{street}}/vorm/merge": (H.ASKS, "a street goes on in another"),
    f"{M}/straten/{{street}}/vorm/split": (H.UNDO, "merge them again"),
    f"{M}/straten/{{street}}/gangmakers/{{gangmaker}}/stopt": (
        H.ASKS,
        "a gangmaker is thanked and forgotten",
    ),
    f"{M}/straten/{{street}}/gangmakers/{{gangmaker}}/doorgeven": (H.SECOND, "the newcomer says yes by mail"),
    f"{M}/straten/{{street}}/wake": (H.UNDO, "end; a potje waits for an approval first"),
    f"{M}/straten/{{street}}/end": (H.ASKS, "the street is thanked and forgotten"),
    f"{M}/straten/{{street}}/send-starter": (H.HARMLESS, "tells that a package is on its way, once"),
    f"{M}/straten/{{street}}/receive-starter": (H.HARMLESS, "tells that a package came, once"),
    f"{M}/vernieuwing/{{workflow_id}}": (
        H.ASKS,
        "a street that stops; all else can be changed by the street",
    ),
    f"{M}/zorgen/{{concern}}/pick-up": (H.UNDO, "hand-on"),
    f"{M}/zorgen/{{concern}}/hand-on": (H.ASKS, "somebody else reads what was told"),
    f"{M}/zorgen/{{concern}}/close": (H.ASKS, "the words are erased in time"),
    f"{M}/goedkeuren": (H.UNDO, "withdraw each; the button names number and amount"),
    f"{M}/betalen": (H.UNDO, "cancel"),
    f"{M}/betalen/{{batch}}/download": (H.HARMLESS, "the same bytes again"),
    f"{M}/betalen/{{batch}}/release": (
        H.SECOND,
        "it is the second pair of eyes; and cancel, until the bank has it",
    ),
    f"{M}/betalen/{{batch}}/cancel": (H.ASKS, "paying twice is one wrong click away"),
    f"{M}/afschriften": (H.HARMLESS, "what the bank says; the same file twice is read once"),
    f"{M}/afschriften/regels/{{transfer}}": (H.UNDO, "correct the entry: the line waits for a place again"),
    f"{M}/budget/{{year}}/boekingen/{{entry}}": (H.UNDO, "enter it again"),
    f"{M}/budget/{{year}}/grant": (H.UNDO, "correct the entry"),
    f"{M}/budget/{{year}}/less": (H.ASKS, "money goes back to a funder"),
    f"{M}/budget/{{year}}/move": (H.UNDO, "correct the entry"),
    f"{M}/budget/{{year}}/expense": (H.UNDO, "correct the entry"),
    f"{M}/jaar/{{year}}/begin": (H.ASKS, "the year closes for good"),
    f"{M}/jaar/{{year}}/close": (H.ASKS, "the year closes for good"),
    f"{M}/campagnes": (H.HARMLESS, "a name and days; costs nothing"),
    f"{M}/campagnes/{{campaign}}/kanalen": (H.HARMLESS, "a code that nobody opens yet"),
    f"{M}/campagnes/{{campaign}}/kosten": (H.UNDO, "correct the entry"),
    f"{M}/sociale-kaart": (H.UNDO, "read the other file again"),
    f"{M}/verhalen/{{story}}": (H.UNDO, "the other answer"),
    f"{M}/talentenjacht-nieuw": (H.UNDO, "end the round"),
    f"{M}/talentenjacht/{{round_id}}/end": (H.ASKS, "nobody can begin it again"),
    f"{M}/aan-de-deur/{{round_id}}": (H.SECOND, "a candidate says yes by mail; a visit is noted once"),
    f"{M}/mensen": (H.HARMLESS, "looks, and logs that"),
    f"{M}/mensen/nog-eens": (H.HARMLESS, "the same question again, three times at most"),
    f"{M}/beheer/{{submission}}": (H.HARMLESS, "nothing starts twice"),
    f"{M}/koppelingen": (H.UNDO, "end the key"),
    f"{M}/koppelingen/sleutels/{{client}}/weg": (H.ASKS, "another system gets in no more"),
    f"{M}/koppelingen/webhooks": (H.UNDO, "pause or end it"),
    f"{M}/koppelingen/webhooks/{{webhook}}": (H.UNDO, "change it again"),
    f"{M}/koppelingen/webhooks/{{webhook}}/again": (H.HARMLESS, "the receiver knows a message by its id"),
    f"{M}/koppelingen/webhooks/{{webhook}}/end": (H.ASKS, "what waits is dropped"),
    f"{M}/koppelingen/webhooks/{{webhook}}/pause": (H.UNDO, "resume"),
    f"{M}/koppelingen/webhooks/{{webhook}}/resume": (H.UNDO, "pause"),
    f"{M}/koppelingen/webhooks/{{webhook}}/rotate": (H.ASKS, "the receiver needs the new secret in a day"),
    f"{M}/koppelingen/webhooks/{{webhook}}/test": (H.HARMLESS, "says that it is a test"),
    f"{M}/medewerkers": (H.UNDO, "end them; a mailed link signs nobody in"),
    f"{M}/medewerkers/{{key}}/einde": (H.ASKS, "a colleague is out everywhere"),
    f"{M}/medewerkers/{{key}}/rol": (H.UNDO, "take the role back"),
    f"{M}/medewerkers/{{key}}/rol/{{role}}/terug": (H.UNDO, "give the role again"),
    f"{M}/medewerkers/{{key}}/sessies/{{session}}/einde": (H.HARMLESS, "they sign in again"),
    f"{M}/medewerkers/{{key}}/uitnodiging": (H.HARMLESS, "nothing changes until it is accepted"),
    f"{M}/mijn-aanmelding/overal-af": (H.HARMLESS, "sign in again"),
    f"{M}/mijn-aanmelding/passkey": (H.UNDO, "remove it"),
    f"{M}/mijn-aanmelding/passkeys/{{passkey}}/weg": (H.UNDO, "make another; the last one stays"),
    f"{M}/mijn-aanmelding/plek": (H.UNDO, "sit down elsewhere again"),
    f"{M}/mijn-aanmelding/sessies/{{session}}/einde": (H.HARMLESS, "sign in again"),
}
"""Address, with each act written out: how a mistake is caught, and by what."""

ACTS = {
    "/potjes/{workflow_id}/{act}": POTJE_UPDATES,
    "/straten/{street}/{act}": ON_STREETS,
    "/betalen/{batch}/{act}": BATCH_UPDATES,
    "/zorgen/{concern}/{act}": (ActKind.PICK_UP, ActKind.HAND_ON, ActKind.CLOSE),
    "/budget/{year}/{kind}": FORMS,
    "/jaar/{year}/{step}": Step,
}
"""What may stand in the last place of an address, as the code has it."""


def posts() -> set[str]:
    """Every POST of the rooms of a municipality, with its acts."""
    found = set()
    for route in (route for room in ROOMS for route in room.router.routes if "POST" in route.methods):
        path = route.path.removeprefix("/{municipality}")
        if path == route.path:
            continue  # the sign-in
        stem = path.rpartition("/")[0]
        found |= {f"{M}{stem}/{act}" for act in ACTS[path]} if path in ACTS else {f"{M}{path}"}
    return found


def test_every_post_has_a_decision() -> None:
    assert posts() == set(DECIDED)


@pytest.fixture
async def town(
    rows: Database, vault: Vault, keyring: Keyring, found: RoundOrder, owner_conn: asyncpg.Connection
) -> dict[str, str]:
    """Something of each kind that can go wrong for good, by its name in the addresses."""
    await by_bank(rows, vault)
    await renewal(rows, "iepenlaan", "to_call")
    batch, payee = uuid4(), uuid4()
    await owner_conn.execute(BATCH, batch, this_year(), f"payout-den-haag-{batch}")
    await owner_conn.execute(PAYEE, payee, "iepenlaan", uuid4())
    people = await owner_conn.fetchval("select gangmakers from registry.street where slug = 'iepenlaan'")
    return {
        "street": "iepenlaan",
        "gangmaker": str(people[0]),
        "batch": str(batch),
        "ref": str(payee),
        "concern": str(await concern(rows, vault, holder="coordinator")),
        "round_id": str(found.round),
        "year": str(this_year()),
        **await connected(rows, keyring),
    }


WORKFLOWS = {
    "potjes": "potje-den-haag-fuchsiastraat-{year}",
    "intakes": "intake-den-haag-beukstraat-1",
    "vernieuwing": "renewal-den-haag-iepenlaan-{year}",
}
TYPED: dict[str, dict[str, str]] = {
    "record": {"outcome": "declined"},
    "merge": {"into": "kastanjestraat"},
    "{workflow_id}": {"outcome": "stop"},
    "hand-on": {"to": "ggd"},
    "close": {"outcome": "known"},
    "less": {"funder": "gemeente", "line": "campaign", "cents": "1", "reason": "Minder nodig"},
}
"""What a form of these needs beside its id, by the last part of the address."""

SEATED = {
    **dict.fromkeys(("betalen", "budget", "jaar"), "treasurer-1"),
    **dict.fromkeys(("koppelingen", "medewerkers"), "lead-1"),
}
BY_STATE = ("jaar", "koppelingen", "medewerkers")
"""Where the same once more finds it done."""

ASKED = [address for address, (how, _) in DECIDED.items() if how is H.ASKS]
CLOSING = f"{M}/jaar/{{year}}/close"
"""Comes after its begin, which asks in the same way; ``test_budget_pages.py`` has both."""


@pytest.mark.parametrize("address", [address for address in ASKED if address != CLOSING])
async def test_it_says_what_will_happen_and_does_nothing_yet(
    seat: Seat, rows: Database, town: dict[str, str], temporal: FakeTemporal, address: str
) -> None:
    path = address.removeprefix("POST ").replace("{municipality}", "den-haag")
    room = path.split("/")[2]
    for name, value in {"workflow_id": WORKFLOWS.get(room, ""), **town}.items():
        path = path.replace("{" + name + "}", value)
    browser = await seat(SEATED.get(room, "coordinator-1"))
    counted = "select (select count(*) from registry.fact) + (select count(*) from post.submission)"
    async with rows.connection() as conn:
        before = await conn.fetchval(counted)
    typed = {"form": str(uuid4()), **TYPED.get(address.rpartition("/")[2], {})}
    answer = await browser.post(path, data=typed)
    assert answer.status_code == 200, (path, answer.text[-2000:])
    assert 'name="sure" value="yes"' in answer.text
    assert typed["form"] in answer.text or room in BY_STATE, "a double click is one command"
    assert temporal.sent == []
    async with rows.connection() as conn:
        assert await conn.fetchval(counted) == before
