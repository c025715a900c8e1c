"""Every address of the desk for every role: one table, without a hole; and nothing for strangers."""

from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from forms.desk.app import ROOMS
from forms.desk.staff import SEATS, Role, seat_of
from tests.web.desk.conftest import Seat
from tests.web.desk.rows import YEAR

C, T, S, P = Role.COORDINATOR, Role.TREASURER, Role.SCOUT, Role.PRIVACY
L, X = Role.LEAD, Role.OPERATOR
INSIDE = {C, T}
OVERSEE = {C, T, L}

TABLE: dict[str, set[Role]] = {
    "GET /{municipality}": {C, T, S, P, L, X},
    "GET /{municipality}/vandaag": {C, T, S, P, L, X},
    "GET /{municipality}/straten": INSIDE,
    "GET /{municipality}/straten/{street}": INSIDE,
    "POST /{municipality}/intakes/{workflow_id}/propose": {C},
    "POST /{municipality}/intakes/{workflow_id}/plan": {C},
    "POST /{municipality}/intakes/{workflow_id}/missed": {C},
    "POST /{municipality}/intakes/{workflow_id}/record": {C},
    "GET /{municipality}/agenda": {C},
    "POST /{municipality}/agenda": {C},
    "POST /{municipality}/agenda/{slot}/weg": {C},
    "GET /{municipality}/zorgen": {C},
    "GET /{municipality}/zorgen/{concern}": {C},
    "POST /{municipality}/zorgen/{concern}/pick-up": {C},
    "POST /{municipality}/zorgen/{concern}/hand-on": {C},
    "POST /{municipality}/zorgen/{concern}/close": {C},
    "GET /{municipality}/inzage": {P},
    "GET /{municipality}/logboek": {T, P, L},
    "GET /{municipality}/logboek/logboek.jsonl": {P},
    "GET /{municipality}/logboek/logboek.csv": {P},
    "POST /{municipality}/potjes/{workflow_id}/approve": INSIDE,
    "POST /{municipality}/potjes/{workflow_id}/reject": INSIDE,
    "POST /{municipality}/potjes/{workflow_id}/withdraw": {C},
    "POST /{municipality}/potjes/{workflow_id}/hand-over": {C},
    "POST /{municipality}/potjes/{workflow_id}/undo-hand-over": {C},
    "POST /{municipality}/potjes/{workflow_id}/confirm": {C},
    "POST /{municipality}/rekeningen/{ref}/stop": INSIDE,
    "GET /{municipality}/straten/{street}/vorm": {C},
    "POST /{municipality}/straten/{street}/vorm/reshape": {C},
    "POST /{municipality}/straten/{street}/vorm/merge": {C},
    "POST /{municipality}/straten/{street}/vorm/split": {C},
    "POST /{municipality}/straten/{street}/gangmakers/{gangmaker}/stopt": {C},
    "GET /{municipality}/straten/{street}/gangmakers/{gangmaker}/doorgeven": {C},
    "POST /{municipality}/straten/{street}/gangmakers/{gangmaker}/doorgeven": {C},
    "POST /{municipality}/straten/{street}/wake": {C},
    "POST /{municipality}/straten/{street}/end": {C},
    "POST /{municipality}/straten/{street}/send-starter": {C},
    "POST /{municipality}/straten/{street}/receive-starter": {C},
    "GET /{municipality}/goedkeuren": INSIDE,
    "POST /{municipality}/goedkeuren": INSIDE,
    "GET /{municipality}/betalen": INSIDE,
    "POST /{municipality}/betalen": {T},
    "GET /{municipality}/betalen/{batch}": INSIDE,
    "POST /{municipality}/betalen/{batch}/download": {T},
    "POST /{municipality}/betalen/{batch}/release": {T},
    "POST /{municipality}/betalen/{batch}/cancel": {T},
    "GET /{municipality}/afschriften": INSIDE,
    "POST /{municipality}/afschriften": {T},
    "GET /{municipality}/afschriften/{statement}": INSIDE,
    "GET /{municipality}/afschriften/regels/{transfer}": INSIDE,
    "POST /{municipality}/afschriften/regels/{transfer}": {T},
    "GET /{municipality}/budget": OVERSEE,
    "GET /{municipality}/budget/{year}": OVERSEE,
    "GET /{municipality}/budget/{year}/boekingen/{entry}": OVERSEE,
    "POST /{municipality}/budget/{year}/boekingen/{entry}": {T},
    "GET /{municipality}/budget/{year}/grant": {T},
    "POST /{municipality}/budget/{year}/grant": {T},
    "GET /{municipality}/jaar": OVERSEE,
    "GET /{municipality}/jaar/{year}": OVERSEE,
    "POST /{municipality}/jaar/{year}/begin": {T},
    "GET /{municipality}/cijfers": OVERSEE,
    "GET /{municipality}/mensen": {C},
    "POST /{municipality}/mensen": {C},
    "POST /{municipality}/mensen/nog-eens": {C},
    "GET /{municipality}/beheer": {X, L},
    "POST /{municipality}/beheer/{submission}": {X},
    "GET /{municipality}/rapporten": OVERSEE,
    "GET /{municipality}/rapporten/{year}/rapporten.xlsx": OVERSEE,
    "GET /{municipality}/rapporten/{year}/boeken.csv": {T},
    "GET /{municipality}/rapporten/{year}/begroting.csv": OVERSEE,
    "GET /{municipality}/vernieuwing": INSIDE,
    "GET /{municipality}/vernieuwing/{workflow_id}": INSIDE,
    "POST /{municipality}/vernieuwing/{workflow_id}": {C},
    "GET /{municipality}/campagnes/kanalen/{code}/poster": OVERSEE,
    "GET /{municipality}/campagnes/kanalen/{code}/qr.svg": OVERSEE,
    "GET /{municipality}/campagnes": OVERSEE,
    "POST /{municipality}/campagnes": {C},
    "GET /{municipality}/campagnes/{campaign}": OVERSEE,
    "POST /{municipality}/campagnes/{campaign}/kanalen": {C},
    "POST /{municipality}/campagnes/{campaign}/kosten": {T},
    "GET /{municipality}/sociale-kaart": OVERSEE,
    "POST /{municipality}/sociale-kaart": {C},
    "GET /{municipality}/verhalen": {C},
    "POST /{municipality}/verhalen/{story}": {C},
    "GET /{municipality}/talentenjacht": INSIDE,
    "GET /{municipality}/talentenjacht/{round_id}": INSIDE,
    "POST /{municipality}/talentenjacht/{round_id}/end": {C},
    "GET /{municipality}/talentenjacht-nieuw": {C},
    "POST /{municipality}/talentenjacht-nieuw": {C},
    "GET /{municipality}/aan-de-deur": {C, S},
    "GET /{municipality}/aan-de-deur/{round_id}": {C, S},
    "POST /{municipality}/aan-de-deur/{round_id}": {C, S},
}
"""Method and address, with the acts of an address written out, and who may."""

KNOWN = {
    "street": "lindelaan",
    "workflow_id": "intake-den-haag-beukstraat-1",
    "year": str(YEAR),
    "code": "abcdefg",
    "act": "",
    "kind": "",
    "step": "",
    "report": "",
}
VARIABLE = ("{act}", "{kind}", "{step}", "{report}")
OUTSIDE = ("/", "/uit")
"""The sign-in, for everybody."""


def path_of(address: str, municipality: str) -> str:
    """An address with something in each place; what has an id of its own is nothing that exists."""
    path = address.partition(" ")[2].replace("{municipality}", municipality)
    while "{" in path:
        name = path.partition("{")[2].partition("}")[0]
        path = path.replace("{" + name + "}", KNOWN.get(name, str(uuid4())))
    return path


async def ask(browser: httpx.AsyncClient, address: str, municipality: str = "den-haag") -> httpx.Response:
    """As a browser would; a form with its id and nothing else."""
    path = path_of(address, municipality)
    if address.startswith("GET"):
        return await browser.get(path)
    return await browser.post(path, data={"form": str(uuid4())})


def test_the_table_has_no_hole(app: FastAPI) -> None:
    """Each route of the desk stands in it, with each of its acts that a template or test knows."""
    assert app
    routes = [route for room in ROOMS for route in room.router.routes]
    addresses = {f"{next(iter(route.methods))} {route.path}" for route in routes if route.path not in OUTSIDE}
    plain = {address for address in addresses if not any(each in address for each in VARIABLE)}
    assert plain <= set(TABLE)
    for address in addresses - plain:
        stem = address
        for each in VARIABLE:
            stem = stem.partition(each)[0]
        assert any(known.startswith(stem) and known not in plain for known in TABLE), address


@pytest.mark.parametrize("seat_key", [seat.key for seat in SEATS])
async def test_who_may_and_who_may_not(seat: Seat, seat_key: str) -> None:
    found = seat_of(seat_key)
    assert found
    browser = await seat(seat_key)
    for address, roles in TABLE.items():
        answer = await ask(browser, address)
        assert answer.status_code not in (401, 405, 500, 503), (address, answer.status_code)
        assert (answer.status_code != 403) == (found.role in roles), (address, found.role, answer.status_code)


@pytest.mark.parametrize("seat_key", [seat.key for seat in SEATS])
async def test_another_municipality_is_nobody_s(seat: Seat, seat_key: str) -> None:
    browser = await seat(seat_key)
    for address in TABLE:
        answer = await ask(browser, address, "rotterdam")
        assert answer.status_code == 404, (address, answer.status_code)


async def test_a_stranger_gets_to_the_sign_in_and_nowhere_else(stranger: httpx.AsyncClient) -> None:
    for address in TABLE:
        for municipality in ("den-haag", "nergens"):
            answer = await ask(stranger, address, municipality)
            assert answer.status_code == 303, (address, answer.status_code)
            assert answer.headers["location"].partition("?")[0] == "/", address


async def test_nothing_of_the_desk_stays_in_a_cache_or_a_frame(seat: Seat) -> None:
    browser = await seat()
    for address in TABLE:
        headers = (await ask(browser, address)).headers
        assert "no-store" in headers["cache-control"], address
        assert "frame-ancestors 'none'" in headers["content-security-policy"], address
        assert "'unsafe" not in headers["content-security-policy"], address
        assert headers["x-content-type-options"] == "nosniff", address
