"""Every address of the desk for every role: one table, without a hole; and nothing for strangers."""

from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from forms.desk.app import ROOMS
from forms.desk.staff import SEATS, Role, seat_of
from schemas.sign_in import SignIn
from schemas.staff import How, Source
from store.database import Database
from store.vault import Vault
from tests.identity.running import sign_in_by
from tests.today import this_year
from tests.web.desk.colleagues import browser_with, member, session
from tests.web.desk.conftest import Seat

C, T, S, P = Role.COORDINATOR, Role.TREASURER, Role.SCOUT, Role.PRIVACY
L, X = Role.LEAD, Role.OPERATOR
EVERYBODY = set(Role)
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
    "GET /{municipality}/inzage/gegevens": {P},
    "GET /{municipality}/bewaren": {P, L},
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
    "GET /{municipality}/koppelingen/webhooks": {L, X},
    "POST /{municipality}/koppelingen/webhooks": {L},
    "GET /{municipality}/koppelingen/webhooks/{webhook}": {L, X},
    "POST /{municipality}/koppelingen/webhooks/{webhook}": {L},
    "POST /{municipality}/koppelingen/webhooks/{webhook}/pause": {L},
    "POST /{municipality}/koppelingen/webhooks/{webhook}/resume": {L},
    "POST /{municipality}/koppelingen/webhooks/{webhook}/rotate": {L},
    "POST /{municipality}/koppelingen/webhooks/{webhook}/end": {L},
    "POST /{municipality}/koppelingen/webhooks/{webhook}/test": {L, X},
    "POST /{municipality}/koppelingen/webhooks/{webhook}/again": {L, X},
    "GET /{municipality}/koppelingen": {L, X},
    "POST /{municipality}/koppelingen": {L},
    "POST /{municipality}/koppelingen/sleutels/{client}/weg": {L},
    "GET /{municipality}/aan-de-deur": {C, S},
    "GET /{municipality}/aan-de-deur/{round_id}": {C, S},
    "POST /{municipality}/aan-de-deur/{round_id}": {C, S},
    "GET /{municipality}/medewerkers": {L},
    "POST /{municipality}/medewerkers": {L},
    "GET /{municipality}/medewerkers/{key}": {L},
    "POST /{municipality}/medewerkers/{key}/rol": {L},
    "POST /{municipality}/medewerkers/{key}/rol/{role}/terug": {L},
    "POST /{municipality}/medewerkers/{key}/uitnodiging": {L},
    "POST /{municipality}/medewerkers/{key}/sessies/{session}/einde": {L},
    "POST /{municipality}/medewerkers/{key}/einde": {L},
    "GET /{municipality}/mijn-aanmelding": EVERYBODY,
    "POST /{municipality}/mijn-aanmelding/sessies/{session}/einde": EVERYBODY,
    "GET /{municipality}/mijn-aanmelding/plek": EVERYBODY,
    "POST /{municipality}/mijn-aanmelding/plek": EVERYBODY,
    "GET /{municipality}/mijn-aanmelding/passkey": EVERYBODY,
    "POST /{municipality}/mijn-aanmelding/passkey": EVERYBODY,
    "POST /{municipality}/mijn-aanmelding/passkeys/{passkey}/weg": EVERYBODY,
}
"""Method and address, with the acts of an address written out, and who may."""

KNOWN = {
    "street": "lindelaan",
    "workflow_id": "intake-den-haag-beukstraat-1",
    "code": "abcdefg",
    "key": "m-2222222222",
    "role": "lead",
    "act": "",
    "kind": "",
    "step": "",
    "report": "",
}
BOTH = SignIn.model_validate({"provider": {"issuer": "https://login.example", "client_id": "x"}})
"""Passkeys and a provider, so that sessions of both are worth something."""

VARIABLE = ("{act}", "{kind}", "{step}", "{report}")
ENDS_IT = "POST /{municipality}/mijn-aanmelding/overal-af"
"""For every role, and the last that a session does."""

JOINING = "/uitnodiging/{municipality}"
OUTSIDE = (
    *("/", "/uit", "/passkey", "/aanmelden/{municipality}", "/aanmelden/{municipality}/terug"),
    *(f"{JOINING}/{page}" for page in ("code", "opnieuw", "passkey", "bestaande", "{token}")),
)
"""The sign-in, for everybody."""


def path_of(address: str, municipality: str) -> str:
    """An address with something in each place; what has an id of its own is nothing that exists."""
    path = address.partition(" ")[2].replace("{municipality}", municipality)
    path = path.replace("{year}", str(this_year()))
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
    assert plain <= {*TABLE, ENDS_IT}
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


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("how", [How.PASSKEY, How.PROVIDER])
async def test_the_same_for_real_members(
    app: FastAPI, rows: Database, vault: Vault, role: Role, how: How
) -> None:
    await sign_in_by(rows, BOTH)
    who = await member(rows, vault, role, source=Source.DESK if how is How.PASSKEY else Source.PROVIDER)
    async with browser_with(app, await session(rows, who.ref, role, how)) as browser:
        for address, roles in TABLE.items():
            answer = await ask(browser, address)
            assert answer.status_code not in (401, 405, 500, 503), (address, answer.status_code)
            assert (answer.status_code != 403) == (role in roles), (address, answer.status_code)
            answer = await ask(browser, address, "rotterdam")
            assert answer.status_code == 404, (address, answer.status_code)
        assert (await ask(browser, ENDS_IT, "rotterdam")).status_code == 404
        assert (await ask(browser, ENDS_IT)).headers["location"] == "/uit"
        assert (await ask(browser, ENDS_IT)).headers["location"] == "/"


WORTHLESS = {
    "expired": "update registry.session set expires_at = now()",
    "idle": "update registry.session set seen_at = now() - interval '61 minutes'",
    "revoked": "update registry.session set revoked_at = now()",
    "of who left": "update staff.member set ended_at = now()",
    "in a role that ended": "delete from staff.role",
    "in a role that only the provider gives": "update staff.role set source = 'provider'",
    "of another desk": "update staff.member set municipality = 'rotterdam'",
}


@pytest.mark.parametrize("because", WORTHLESS)
async def test_a_session_that_is_over_opens_nothing(
    app: FastAPI, rows: Database, vault: Vault, because: str
) -> None:
    who = await member(rows, vault, *Role)
    async with browser_with(app, await session(rows, who.ref, Role.LEAD)) as browser:
        assert (await browser.get("/den-haag/medewerkers")).status_code == 200
        async with rows.connection() as conn:
            await conn.execute(WORTHLESS[because])
        for address in (*TABLE, ENDS_IT):
            answer = await ask(browser, address)
            assert answer.status_code == 303, (address, answer.status_code)
            assert answer.headers["location"].partition("?")[0] == "/", address


@pytest.mark.parametrize("seat_key", [seat.key for seat in SEATS])
async def test_another_municipality_is_nobody_s(seat: Seat, seat_key: str) -> None:
    browser = await seat(seat_key)
    for address in TABLE:
        answer = await ask(browser, address, "rotterdam")
        assert answer.status_code == 404, (address, answer.status_code)


async def test_a_stranger_gets_to_the_sign_in_and_nowhere_else(stranger: httpx.AsyncClient) -> None:
    for address in (*TABLE, ENDS_IT):
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
