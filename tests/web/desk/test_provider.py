"""Signing in with the account of one's municipality, at a real provider; and all that must not work."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from forms.desk.app import desk_app
from forms.desk.entry import sealed
from forms.desk.entry.account import OnTheWay
from forms.desk.entry.provider import Providers, Refused, Way
from schemas.person import Colleague
from schemas.staff import Failure, InvitationForm, Role
from store import staff
from store.database import Database
from store.keys import Keyring
from store.vault import Vault
from tests.identity.running import CLIENT, OTHER_CLIENT, SECRET, Identity, provider, secrets_in
from tests.web.desk.conftest import DESK, settings
from tests.web.desk.fakes import FakeTemporal
from tests.web.desk.travelling import Traveller, answer_in, traveller

WAY = "straat-8601-heen"
SESSION = "straat-8601"
TODAY = "/den-haag/vandaag"


@pytest.fixture(scope="module")
def identity() -> Iterator[Identity]:
    with provider([DESK]) as running:
        yield running


@pytest_asyncio.fixture
async def desk(
    rows: Database, keyring: Keyring, temporal: FakeTemporal, identity: Identity, tmp_path: Path
) -> FastAPI:
    """A desk without the local sign-in, of which Den Haag has a provider."""
    await identity.settle(rows)
    identity.everybody_back()
    return desk_app(
        rows, keyring, temporal, replace(settings(local=False), sign_in_secrets=secrets_in(tmp_path))
    )


@pytest_asyncio.fixture
async def someone(desk: FastAPI, identity: Identity) -> AsyncIterator[Traveller]:
    async with traveller(desk, DESK, identity.issuer) as found:
        yield found


async def journalled(db: Database) -> list[tuple[str, str]]:
    """The journal of colleagues: what, about what."""
    async with db.connection() as conn:
        rows = await conn.fetch(
            "select name, subject from registry.fact where name like 'staff.%' order by seq"
        )
    return [(row["name"], row["subject"]) for row in rows]


def failed_with(answer: httpx.Response, code: Failure) -> bool:
    """Whether the page of a failure says so, and nobody came in."""
    return f"<code>{code}</code>" in answer.text and f"{SESSION}=" not in str(answer.headers)


async def test_who_has_a_role_comes_in(someone: Traveller, rows: Database, vault: Vault) -> None:
    answer = await someone.travel("noor")
    assert (answer.status_code, answer.headers["location"]) == (303, TODAY)
    page = await someone.desk.get(TODAY)
    assert page.status_code == 200
    assert "Noor" in page.text
    async with rows.connection() as conn:
        session = await conn.fetchrow("select staff, role, how, browser from registry.session")
        named = await staff.names(conn, vault, "den-haag")
        ref = session["staff"]
        kept = await vault.get(
            conn, await conn.fetchval("select contact from staff.member where ref = $1", ref), Colleague
        )
    assert (session["role"], session["how"]) == ("coordinator", "provider")
    assert ref.startswith("den-haag:m-")
    assert named[ref].name == "Noor"
    assert kept.email == "noor@den-haag.example"
    assert await journalled(rows) == [
        ("staff.role_given", f"{ref}/coordinator"),
        ("staff.signed_in", "aanmelding/provider"),
    ]


async def test_the_second_time_it_is_the_same_person(someone: Traveller, rows: Database) -> None:
    await someone.travel("noor")
    first = someone.desk.cookies[SESSION]
    await someone.travel("noor")
    assert someone.desk.cookies[SESSION] != first
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from staff.member") == 1
        assert await conn.fetchval("select count(*) from registry.session where revoked_at is null") == 1


async def test_the_page_that_was_asked_comes_afterwards(someone: Traveller) -> None:
    answer = await someone.travel("noor", "/aanmelden/den-haag?naar=/den-haag/straten/acacialaan")
    assert answer.headers["location"] == "/den-haag/straten/acacialaan"
    answer = await someone.travel("noor", "/aanmelden/den-haag?naar=//evil.example/x")
    assert answer.headers["location"] == TODAY


async def test_the_way_out_tells_the_provider_what_it_needs(someone: Traveller, rows: Database) -> None:
    asked = answer_in(await someone.out())
    assert asked["client_id"] == CLIENT
    assert asked["redirect_uri"] == f"{DESK}/aanmelden/den-haag/terug"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert await journalled(rows) == []
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from staff.spent") == 0


async def test_who_has_no_role_stays_outside(someone: Traveller, rows: Database) -> None:
    answer = await someone.travel("bram")
    assert answer.status_code == 403
    assert failed_with(answer, Failure.UNKNOWN)
    assert await journalled(rows) == [("staff.sign_in_failed", "aanmelding/unknown")]
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from staff.member") == 0
        assert await conn.fetchval("select actor from registry.fact where name like 'staff.%'") == "stranger"


async def test_a_role_that_the_provider_took_away_ends_and_its_sessions_with_it(
    desk: FastAPI, identity: Identity, rows: Database
) -> None:
    async with (
        traveller(desk, DESK, identity.issuer) as one,
        traveller(desk, DESK, identity.issuer) as another,
    ):
        await one.travel("noor")
        assert (await one.desk.get(TODAY)).status_code == 200
        identity.groups("noor", "lief-geld")
        await another.travel("noor")
        assert (await one.desk.get(TODAY)).status_code == 303
        assert (await another.desk.get("/den-haag/betalen")).status_code == 200
        assert (await another.desk.get("/den-haag/agenda")).status_code == 403
        identity.groups("noor", "iets-anders")
        assert failed_with(await one.travel("noor"), Failure.UNKNOWN)
        assert (await another.desk.get("/den-haag/betalen")).status_code == 303
    ended = [subject for name, subject in await journalled(rows) if name == "staff.role_ended"]
    assert [subject.partition("/")[2] for subject in ended] == ["coordinator", "treasurer"]


async def test_a_wrong_password_brings_nobody_back(someone: Traveller) -> None:
    with pytest.raises(AssertionError, match="said no"):
        await someone.sign_in(await someone.out(), "noor", "geraden")
    assert (await someone.desk.get(TODAY)).status_code == 303


async def test_a_callback_works_once(someone: Traveller) -> None:
    back = await someone.sign_in(await someone.out(), "noor")
    kept = someone.desk.cookies[WAY]
    assert (await someone.desk.get(back)).headers["location"] == TODAY
    assert WAY not in someone.desk.cookies
    assert failed_with(await someone.desk.get(back), Failure.STATE)
    someone.desk.cookies.set(WAY, kept)
    assert failed_with(await someone.desk.get(back), Failure.STATE)


async def test_the_state_must_be_that_of_the_browser(
    desk: FastAPI, identity: Identity, someone: Traveller, rows: Database
) -> None:
    """A code of somebody else, brought into my browser, would make me work as them."""
    theirs = await someone.sign_in(await someone.out(), "noor")
    async with traveller(desk, DESK, identity.issuer) as me:
        assert failed_with(await me.desk.get(theirs), Failure.STATE)
        mine = answer_in(await me.out())["state"]
        assert failed_with(await me.desk.get(theirs), Failure.STATE)
        forged = theirs.replace(answer_in(theirs)["state"], mine)
        assert failed_with(await me.desk.get(forged), Failure.DENIED)
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from registry.session") == 0


async def changed_way(someone: Traveller, keyring: Keyring, **other: object) -> None:
    """The browser's cookie, as only we could have sealed it, with something else in it."""
    kept = sealed.reopen(keyring, OnTheWay, someone.desk.cookies[WAY])
    assert kept
    someone.desk.cookies.delete(WAY)
    someone.desk.cookies.set(WAY, sealed.close(keyring, kept.model_copy(update=other)))


async def test_the_nonce_must_be_ours(someone: Traveller, keyring: Keyring) -> None:
    back = await someone.sign_in(await someone.out(), "noor")
    await changed_way(someone, keyring, nonce="another")
    assert failed_with(await someone.desk.get(back), Failure.TOKEN)


async def test_the_verifier_must_be_ours(someone: Traveller, keyring: Keyring) -> None:
    back = await someone.sign_in(await someone.out(), "noor")
    await changed_way(someone, keyring, verifier="x" * 43)
    assert failed_with(await someone.desk.get(back), Failure.DENIED)


async def test_a_way_that_took_too_long_is_over(someone: Traveller, keyring: Keyring) -> None:
    back = await someone.sign_in(await someone.out(), "noor")
    await changed_way(someone, keyring, at=datetime.now(UTC) - timedelta(minutes=11))
    assert failed_with(await someone.desk.get(back), Failure.STATE)


async def test_a_token_from_before_the_way_began_is_refused(someone: Traveller, keyring: Keyring) -> None:
    back = await someone.sign_in(await someone.out(), "noor")
    await changed_way(someone, keyring, at=datetime.now(UTC) + timedelta(minutes=2))
    assert failed_with(await someone.desk.get(back), Failure.CLOCK)


async def test_a_cookie_that_was_touched_is_no_cookie(someone: Traveller) -> None:
    back = await someone.sign_in(await someone.out(), "noor")
    kept = someone.desk.cookies[WAY]
    someone.desk.cookies.delete(WAY)
    someone.desk.cookies.set(WAY, kept[:-6] + "AAAAA=")
    assert failed_with(await someone.desk.get(back), Failure.STATE)


async def test_another_issuer_in_the_answer_is_refused(someone: Traveller, identity: Identity) -> None:
    back = await someone.sign_in(await someone.out(), "noor")
    assert answer_in(back)["iss"] == identity.issuer
    mixed = back.replace("iss=http", "iss=https")
    assert failed_with(await someone.desk.get(mixed), Failure.STATE)


async def test_a_token_of_another_client_is_refused(identity: Identity, someone: Traveller) -> None:
    """Really signed, by the right provider, for somebody else's application."""
    ours = identity.ways().provider
    assert ours
    other = ours.model_copy(update={"client_id": OTHER_CLIENT})
    way = Way(f"{DESK}/aanmelden/den-haag/terug", "state", "nonce-1", "v" * 43, datetime.now(UTC))
    providers = Providers()
    back = await someone.sign_in(await providers.way_out(other, way), "noor")
    known = await providers._of(other)
    tokens = await providers._exchange(known, other, SECRET, way, answer_in(back)["code"])
    assert (await providers._verified(known, other, way, tokens))["aud"] == [OTHER_CLIENT]
    with pytest.raises(Refused) as refused:
        await providers._verified(known, ours, way, tokens)
    assert refused.value.why is Failure.TOKEN
    elsewhere = other.model_copy(update={"issuer": other.issuer + "/x"})
    with pytest.raises(Refused):
        await providers._verified(known, elsewhere, way, tokens)
    head, body, signature = tokens["id_token"].split(".")
    for forged in (f"{head}.{body}.{signature[:-4]}AAAA", f"eyJhbGciOiJub25lIn0.{body}.", "x.y.z"):
        with pytest.raises(Refused) as refused:
            await providers._verified(known, other, way, {**tokens, "id_token": forged})
        assert refused.value.why is Failure.TOKEN


async def test_a_second_factor_can_be_asked_for(
    someone: Traveller, identity: Identity, rows: Database
) -> None:
    await identity.settle(rows, amr=["mfa"])
    assert failed_with(await someone.travel("noor"), Failure.FACTOR)
    await identity.settle(rows, amr=["pwd"])
    assert (await someone.travel("noor")).headers["location"] == TODAY
    await identity.settle(rows, acr=["hoog"])
    assert failed_with(await someone.travel("noor"), Failure.FACTOR)


async def invite(rows: Database, vault: Vault, user: str, role: Role = Role.LEAD) -> str:
    """A lead invited them before."""
    form = InvitationForm(name="Wie ook", email=f"{user}@den-haag.example", role=role)
    async with rows.transaction() as conn:
        return (await staff.invite(conn, vault, "den-haag", form, "operator")).ref


async def test_only_who_was_invited_comes_in_where_policy_says_so(
    someone: Traveller, identity: Identity, rows: Database, vault: Vault
) -> None:
    await identity.settle(rows, admits="invited", roles={}, mail_is_verified=True)
    assert failed_with(await someone.travel("bram"), Failure.UNKNOWN)
    ref = await invite(rows, vault, "bram")
    assert (await someone.travel("bram")).headers["location"] == "/den-haag/cijfers"
    async with rows.connection() as conn:
        assert await conn.fetchval("select staff from registry.session") == ref
        assert (await staff.names(conn, vault, "den-haag"))[ref].name == "Bram"


async def test_an_address_that_the_provider_does_not_vouch_for_is_nobody_s(
    someone: Traveller, identity: Identity, rows: Database, vault: Vault
) -> None:
    """Nor does a group make a second colleague of it: nobody is their own second pair of eyes."""
    await invite(rows, vault, "noor")
    assert failed_with(await someone.travel("noor"), Failure.UNPROVEN)
    async with rows.connection() as conn:
        assert await conn.fetchval("select count(*) from staff.member") == 1


async def test_who_left_stays_outside_until_they_are_invited_again(
    someone: Traveller, rows: Database, vault: Vault
) -> None:
    await someone.travel("noor")
    async with rows.transaction() as conn:
        ref = await conn.fetchval("select ref from staff.member")
        who = await staff.member(conn, "den-haag", ref)
        assert who
        await staff.end(conn, who, "operator")
    assert (await someone.desk.get(TODAY)).status_code == 303
    assert failed_with(await someone.travel("noor"), Failure.ENDED)
    assert await invite(rows, vault, "noor") == ref


async def test_a_provider_that_is_away_is_told_kindly(
    someone: Traveller, rows: Database, identity: Identity, desk: FastAPI
) -> None:
    await identity.settle(rows, issuer="http://127.0.0.1:1")
    answer = await someone.desk.get("/aanmelden/den-haag")
    assert answer.status_code == 503
    assert failed_with(answer, Failure.AWAY)
    assert "straks" in answer.text or "minuten" in answer.text
    assert (await someone.desk.get("/aanmelden/rotterdam")).status_code == 404
    assert (await someone.desk.get("/aanmelden/nergens")).status_code == 404


async def test_who_turns_back_at_the_provider_hears_so(someone: Traveller) -> None:
    state = answer_in(await someone.out())["state"]
    answer = await someone.desk.get(f"/aanmelden/den-haag/terug?error=access_denied&state={state}")
    assert failed_with(answer, Failure.DENIED)


async def test_without_the_secret_nobody_is_sent_away(
    rows: Database, keyring: Keyring, temporal: FakeTemporal, identity: Identity
) -> None:
    await identity.settle(rows)
    app = desk_app(rows, keyring, temporal, settings(local=False))
    async with traveller(app, DESK, identity.issuer) as someone:
        assert failed_with(await someone.desk.get("/aanmelden/den-haag"), Failure.SECRET)


async def test_signing_out_offers_to_sign_out_at_the_provider(someone: Traveller, identity: Identity) -> None:
    await someone.travel("noor")
    token = someone.desk.cookies[SESSION]
    assert (await someone.desk.post("/uit")).headers["location"] == "/uit?gemeente=den-haag"
    page = await someone.desk.get("/uit?gemeente=den-haag")
    assert f"{identity.issuer}/oauth/end_session?client_id={CLIENT}" in page.text
    someone.desk.cookies.set(SESSION, token)
    assert (await someone.desk.get(TODAY)).status_code == 303


async def test_a_policy_without_its_provider_ends_what_it_opened(
    someone: Traveller, rows: Database, identity: Identity
) -> None:
    from schemas.sign_in import SignIn
    from tests.identity.running import sign_in_by

    await someone.travel("noor")
    await sign_in_by(rows, SignIn())
    assert (await someone.desk.get(TODAY)).status_code == 303


async def test_two_roles_are_two_seats_of_one_person(someone: Traveller, rows: Database) -> None:
    answer = await someone.travel("ties")
    assert answer.headers["location"] == "/den-haag/mijn-aanmelding/plek"
    page = await someone.desk.get("/den-haag/mijn-aanmelding/plek")
    assert page.text.count('class="seat"') == 2
    first = someone.desk.cookies[SESSION]
    answer = await someone.desk.post("/den-haag/mijn-aanmelding/plek", data={"seat": "den-haag/treasurer"})
    assert answer.headers["location"] == TODAY
    assert someone.desk.cookies[SESSION] != first
    assert (await someone.desk.get("/den-haag/agenda")).status_code == 403
    for elsewhere in ("den-haag/lead", "rotterdam/treasurer", ""):
        answer = await someone.desk.post("/den-haag/mijn-aanmelding/plek", data={"seat": elsewhere})
        assert answer.status_code == 404
    async with rows.connection() as conn:
        found = await conn.fetch("select staff, role, expires_at, revoked_at from registry.session")
    assert {row["role"] for row in found} == {"coordinator", "treasurer"}
    assert len({row["staff"] for row in found}) == 1
    assert len({row["expires_at"] for row in found}) == 1
    assert sorted(row["revoked_at"] is None for row in found) == [False, True]
