"""What a form, a link or an address can carry by accident or on purpose: a kind page, and nothing changes."""

import asyncio
from uuid import uuid4

import pytest

from schemas.refs import intake_id, signup_id
from tests.e2e.hostile import HOSTILE, LONG
from tests.e2e.resident import Person, Resident, Staff, in_ten_days, receipt_of
from tests.e2e.running import Running

EVERYTHING = """select (select count(*) from post.submission), (select count(*) from registry.fact),
                       (select count(*) from post.mail), (select count(*) from vault.item),
                       (select count(*) from ledger.transfer), (select count(*) from money.statement)"""


async def everything(stack: Running) -> list[int]:
    """How much there is of all that a request could add."""
    await stack.at_rest()
    return list((await stack.rows(EVERYTHING))[0])


async def test_sent_five_times_at_once_is_one_sign_up(stack: Running) -> None:
    async with Resident(stack) as resident:
        form = await resident.fill_in()
        sent = await asyncio.gather(*(resident.send(form) for _ in range(5)))
        assert len({receipt_of(response) for response in sent}) == 1
        again = await resident.send(form)
        assert receipt_of(again) == receipt_of(sent[0])
        await resident.link()
        await stack.at_rest()
        assert await resident.submissions() == 1
        assert len(await stack.mails(resident.email)) == 1
        facts = "select count(*) from registry.fact where key like $1"
        assert await stack.value(facts, f"{signup_id(form)}/%") == 1  # type: ignore[arg-type]


async def test_confirmed_twice_counts_once_and_the_first_answer_stays(stack: Running) -> None:
    async with Resident(stack) as resident:
        await resident.sign_up()
        await asyncio.gather(*(resident.say("yes") for _ in range(4)))
        told = await resident.say("no")
        assert "ja gezegd" in told.text
        await stack.letter(resident.email, "welcome")
        await stack.at_rest()
        assert len(await stack.mails(resident.email)) == 2
        answers = "select count(*) from post.submission where payload ->> 'workflow_id' = $1"
        link = "select workflow_id from post.link where street = $1"
        assert await stack.value(answers, await stack.value(link, resident.slug)) == 1
        gangmakers = "select cardinality(gangmakers) from registry.street where slug = $1"
        assert await stack.value(gangmakers, resident.slug) == 1


async def test_a_link_that_expired_says_so_and_changes_nothing(stack: Running) -> None:
    async with Resident(stack) as resident:
        await resident.sign_up()
        link = await resident.link()
        past = "update post.link set expires_at = now() - interval '1 minute' where street = $1"
        await stack.rows(past, resident.slug)
        before = await everything(stack)
        for response in (await resident.get(link), await resident.say("yes")):
            assert response.status_code == 410
            assert "verlopen" in response.text
        english = await resident.get(f"{link}?taal=en")
        assert "expired" in english.text
        assert await everything(stack) == before


async def test_a_link_that_is_not_ours(stack: Running) -> None:
    async with Resident(stack) as resident:
        await resident.sign_up()
        link = await resident.link()
        before = await everything(stack)
        forged = link[:-1] + ("a" if link[-1] != "a" else "b")
        for wrong in (forged, link.replace("/rotterdam/", "/den-haag/"), link + "a", link.upper()):
            assert (await resident.get(wrong)).status_code == 404
            assert (await resident.post(wrong, answer="yes")).status_code == 404
        maybe = await resident.post(link, answer="misschien")
        assert maybe.status_code == 400
        assert await everything(stack) == before
        assert (await resident.get(link)).status_code == 200


async def test_a_receipt_shows_only_in_its_own_municipality(stack: Running) -> None:
    async with Resident(stack) as resident:
        receipt = await resident.sign_up()
        assert (await resident.get(f"/rotterdam/aanmelden/ontvangen/{receipt}")).status_code == 200
        assert (await resident.get(f"/den-haag/aanmelden/ontvangen/{receipt}")).status_code == 404


@pytest.mark.parametrize(("language", "begins"), [("nl", "Fout:"), ("en", "Error:")])
async def test_too_much_text_is_told_by_the_field(stack: Running, language: str, begins: str) -> None:
    async with Resident(stack) as resident:
        await resident.get(f"{resident.form}?taal={language}")
        told = await resident.post(f"{resident.form}/straat", street=LONG, part=LONG, wijk="Noord")
        assert told.status_code == 200
        assert f"<title>{begins}" in told.text
        assert 'id="street-fout"' in told.text
        assert 'id="part-fout"' in told.text


async def test_a_second_resident_of_a_street_joins_it(stack: Running) -> None:
    async with Resident(stack) as first, Resident(stack) as second:
        await first.sign_up()
        await first.say("yes")
        await stack.letter(first.email, "welcome")
        second.street, second.slug = first.street.upper(), first.slug
        await second.fill_in()
        assert "kennen we al" in (await second.get(f"{second.form}/controleer")).text
        receipt_of(await second.send(await second.fill_in()))
        await second.say("yes")
        assert first.street in (await stack.letter(second.email, "welcome_extra"))["subject"]


async def test_the_desk_without_a_session_shows_the_sign_in_and_does_nothing(stack: Running) -> None:
    async with Resident(stack) as resident, Person(stack.urls["desk"]) as stranger:
        await resident.sign_up()
        await resident.say("yes")
        await stack.letter(resident.email, "welcome")
        intake = intake_id("rotterdam", resident.slug, 1)
        before = await everything(stack)
        day, clock = in_ten_days()
        fields = {"form": str(uuid4()), "day": day, "clock": clock, "place": "Nergens"}
        stranger.client.cookies.set(f"straat-{stack.state['ports']['desk']}", "verzonnen")
        for path in ("/rotterdam", "/rotterdam/vandaag", f"/rotterdam/straten/{resident.slug}"):
            page = await stranger.get(path)
            assert page.url.path == "/"
            assert resident.street not in page.text
        planned = await stranger.post(f"/rotterdam/intakes/{intake}/plan", **fields)
        assert planned.url.path == "/"
        async with Staff(stack, "den-haag", "coordinator-1") as elsewhere:
            assert (await elsewhere.get(f"/rotterdam/straten/{resident.slug}")).status_code == 404
            assert (await elsewhere.get(f"/den-haag/straten/{resident.slug}")).status_code == 404
            for where in ("rotterdam", "den-haag"):
                response = await elsewhere.post(f"/{where}/intakes/{intake}/plan", **fields)
                assert response.status_code == 404
        async with Staff(stack, "rotterdam", "treasurer-1") as treasurer:
            response = await treasurer.post(f"/rotterdam/intakes/{intake}/plan", **fields)
            assert response.status_code == 403
        assert await everything(stack) == before


async def test_a_button_pressed_twice_is_one_act(stack: Running) -> None:
    async with Resident(stack) as resident, Staff(stack, "rotterdam", "coordinator-2") as coordinator:
        await resident.sign_up()
        await resident.say("yes")
        action = f"/rotterdam/intakes/{intake_id('rotterdam', resident.slug, 1)}/plan"
        form = await coordinator.form_on(f"/rotterdam/straten/{resident.slug}", action)
        day, clock = in_ten_days()
        fields = {"form": form, "day": day, "clock": clock, "place": "Buurthuis"}
        pressed = await asyncio.gather(*(coordinator.post(action, **fields) for _ in range(3)))
        assert [response.status_code for response in pressed] == [200] * 3
        await stack.letter(resident.email, "intake_planned")
        await stack.at_rest()
        assert len(await stack.mails(resident.email)) == 3
        kept = """select count(*) from registry.intake i join vault.item v on v.ref = i.place
                  where i.street = $1 and v.erased_at is null"""
        assert await stack.value(kept, resident.slug) == 1


WRONG_PLANS = [
    {"day": "", "clock": "", "place": ""},
    {"day": "2026-02-30", "clock": "25:00", "place": "x"},
    {"day": "0001-01-01", "clock": "00:00", "place": "Buurthuis"},
    {"day": "9999-12-31", "clock": "23:59", "place": "Buurthuis"},
    {"day": "99999999999", "clock": "\u0661\u0662:30", "place": "\x00"},
    {"day": "2027-03-28", "clock": "02:30", "place": "Buurthuis"},
    {"day": "1-1-2020", "clock": "12:00", "place": "a" * 5000},
]
WRONG_OUTCOMES = [
    {},
    {"outcome": "zomaar"},
    {"outcome": "accepted"},
    {"outcome": "\x00", "agreed": "\x00"},
    {"outcome": "accepted", "agreed": "misschien"},
    {"outcome": "referred", "referral": "ergens"},
    {"outcome": "waiting", "approach": "a" * 5000},
]


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_mistakes_at_the_desk_are_told_on_the_page(stack: Running, language: str) -> None:
    async with Resident(stack) as resident, Staff(stack, "rotterdam", "coordinator-2") as coordinator:
        await resident.sign_up()
        await resident.say("yes")
        await stack.letter(resident.email, "welcome")
        intake = f"/rotterdam/intakes/{intake_id('rotterdam', resident.slug, 1)}"
        await coordinator.get(f"/?taal={language}")
        before = await everything(stack)
        tries = [("plan", fields) for fields in WRONG_PLANS] + [("record", each) for each in WRONG_OUTCOMES]
        for act, fields in tries:
            told = await coordinator.post(f"{intake}/{act}", form=str(uuid4()), **fields)
            assert told.status_code == 422, (act, fields)
            assert f'<html lang="{language}"' in told.text
            assert 'id="fouten"' in told.text
        assert (await everything(stack))[:3] == before[:3]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("app", ["public", "desk", "desk, coordinator-1", "desk, treasurer-1"])
async def test_nothing_makes_a_page_fall_over(stack: Running, app: str, language: str) -> None:
    before = await everything(stack)
    wrong = []
    app, _, seat = app.partition(", ")
    async with Person(stack.urls[app]) as person:
        if seat:
            await person.post("/", municipality="rotterdam", seat=seat)
        cookies = "; ".join(f"{name}={value}" for name, value in [*person.client.cookies.items()])
        for request in HOSTILE:
            person.client.cookies.clear()
            headers = {"cookie": f"{cookies}; taal={language}"} | request.headers
            response = await person.client.request(
                request.method, request.path, content=request.content, headers=headers, follow_redirects=False
            )
            is_page = "text/html" in response.headers.get("content-type", "") and response.content
            told = f'<html lang="{language}"' in response.text or "cookie" in request.headers
            if response.status_code >= 500 or (is_page and not told):
                wrong.append((request.method, request.path[:60], response.status_code))
    assert not wrong
    assert await everything(stack) == before


async def test_no_page_failed_behind_the_scenes(stack: Running) -> None:
    """Runs after the others of this file: the last resort was never needed."""
    log = (stack.home / "logs" / "web.log").read_text()
    assert "a page failed" not in log
    assert "Traceback" not in log
