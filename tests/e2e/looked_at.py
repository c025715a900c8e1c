"""Which test looks at a page that no link leads to after the demo, and what really was looked at in a run."""

import os
from collections import defaultdict
from urllib.parse import urlsplit

from starlette.routing import Route

from forms.desk.app import ROOMS
from forms.public.app import public_app
from forms.settings import WebSettings
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from tests.e2e.crawling import Map, pages_of

HERE = "/{municipality}"
DOOR, MINE = f"{HERE}/mijn-straat", f"{HERE}/mijn-gegevens"
CONCERN = "test_concerns.py::test_a_neighbour_a_professional_and_a_coordinator"
INSIDE = "test_axe_money.py::test_the_street_s_door"
OWN = "test_my_data.py::test_my_data_on_a_phone"
ROUND = "test_scout_phone.py::test_a_round_in_both_languages"
POSTER = "test_poster.py::test_a_poster_leads_to_a_street"
YEARLY = "test_street_years.py::test_a_renewal_round"
SIGN_UP = "test_axe.py::test_the_sign_up"
LEAD = "test_passkeys.py::test_a_lead_begins_and_builds_a_desk"
INVITED = "test_passkeys.py::test_an_invitation_signs_nobody_in_and_works_once"

PUBLIC = {
    f"{HERE}/antwoord/{{token}}": "test_axe.py::test_answer_pages_in_every_state",
    f"{HERE}/gesprek/{{token}}": "test_street_years.py::test_an_intake_with_moments_to_pick_from",
    f"{HERE}/verder/{{token}}": YEARLY,
    **{f"{HERE}/melding/{page}": CONCERN for page in ("{token}", "code", "lezen", "dank")},
    f"{HERE}/zorg/ontvangen/{{receipt}}": CONCERN,
    **{DOOR + page: INSIDE for page in ("", "/code", "/dag", "/attentie", "/verhaal", "/{token}")},
    **{DOOR + page: INSIDE for page in ("/attentie/{attentie}/weg", "/verhaal/{story}/terug")},
    **{DOOR + page: INSIDE for page in ("/rekening", "/rekening/controleer")},
    **{f"{HERE}/aanmelden/{page}": SIGN_UP for page in ("{step}", "controleer", "ontvangen/{receipt}")},
    **{f"{MINE}/{page}": OWN for page in ("{token}", "verstuurd", "code", "overzicht")},
    **{f"{MINE}/{page}": OWN for page in ("verbeteren", "adres", "wissen", "gewist", "dag")},
}
DESK = {
    "/": "test_axe.py::test_the_desk",
    "/uit": "test_account.py::test_in_and_out_with_the_account_of_the_municipality",
    f"/uitnodiging{HERE}/{{token}}": LEAD,
    f"/uitnodiging{HERE}/code": INVITED,
    f"/uitnodiging{HERE}/passkey": INVITED,
    f"{HERE}/medewerkers/{{key}}": LEAD,
    f"{HERE}/mijn-aanmelding/passkey": "test_passkeys.py::test_more_than_one_passkey_and_one_that_is_removed",
    f"{HERE}/mijn-aanmelding/plek": "test_passkeys.py::test_one_passkey_for_two_municipalities",
    f"{HERE}/koppelingen/webhooks/{{webhook}}": (
        "test_webhook.py::test_a_street_that_begins_is_told_to_another_system"
    ),
    f"{HERE}/aan-de-deur/{{round_id}}": ROUND,
    f"{HERE}/talentenjacht/{{round_id}}": ROUND,
    f"{HERE}/campagnes/{{campaign}}": POSTER,
    f"{HERE}/campagnes/kanalen/{{code}}/poster": POSTER,
    f"{HERE}/vernieuwing/{{workflow_id}}": YEARLY,
    f"{HERE}/budget/{{year}}/{{kind}}": "test_axe_money.py::test_the_money_rooms",
    f"{HERE}/budget/{{year}}/boekingen/{{entry}}": (
        "test_axe_money.py::test_a_municipality_that_ran_out_of_money"
    ),
}

NO_PAGE_PUBLIC = {
    "/gezond",
    f"{HERE}/gezicht.css",
    HERE + "/logo.{kind}",
    f"{HERE}/verhalen.atom",
    f"{HERE}/c/{{code}}",
    f"{MINE}/mijn-gegevens.html",
    f"{MINE}/mijn-gegevens.json",
}
NO_PAGE_DESK = {
    f"{HERE}/campagnes/kanalen/{{code}}/qr.svg",
    f"{HERE}/logboek/logboek.{{kind}}",
    f"{HERE}/rapporten/{{year}}/boeken.{{kind}}",
    f"{HERE}/rapporten/{{year}}/rapporten.xlsx",
    f"{HERE}/rapporten/{{year}}/{{report}}.csv",
    *(f"/aanmelden{HERE}{page}" for page in ("", "/terug")),
    HERE,
    f"{HERE}/jaar",
}
"""Files, and what leads on to another page."""

_looked: defaultdict[str, set[str]] = defaultdict(set)


def note(url: str) -> None:
    """Remember that the test that runs now looks at a page."""
    running = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("/")[2].partition("[")[0].partition(" ")[0]
    _looked[running].add(urlsplit(url).path)


def desk_pages() -> list[Route]:
    """All that can be opened at the desk."""
    return pages_of(route for room in ROOMS for route in room.router.routes)


def public_pages() -> list[Route]:
    """All that residents can open."""
    settings = WebSettings("http://a", "http://b", "http://c", "default", local_sign_in=False)
    keyring = Keyring({1: bytes(KEY_BYTES)})
    return pages_of(public_app(Database("postgresql://nowhere"), keyring, settings).routes)


def untrue() -> list[str]:
    """Pages that a test was to look at and did not, of the tests that looked at anything in this run."""
    maps = ((PUBLIC, Map(public_pages())), (DESK, Map(desk_pages())))
    return [
        f"{test} does not look at {page}"
        for table, found in maps
        for page, test in table.items()
        if test in _looked and page not in {found.address(path) for path in _looked[test]}
    ]
