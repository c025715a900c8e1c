"""Canaries through every stage: sign-up, intake, potje, payment, year, concern, scouting, my data, desk."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from schemas.refs import intake_id
from tests.e2e.payday import Gangmaker, code_in, hand_in
from tests.e2e.resident import Person, Resident, Staff, id_of_form, in_ten_days, link_in, potje_of, unique
from tests.e2e.running import Running
from tests.privacy.canaries import value
from tests.privacy.watching import Watched
from tests.today import this_year, today
from tests.workers.receiver import Receiver
from workers.demo import bank

CITY = "rotterdam"
CODE = re.compile(r"(?m)^(\d{3} \d{3})\r?$")
WIJKTEAM = "welzijn@rotterdam.example"


class Canary(Resident):
    """A resident of whom everything is a canary."""

    def __init__(self, stack: Running, watched: Watched, who: str, second: str | None = None) -> None:
        super().__init__(stack, CITY)
        watched.watch(self)
        self.who, self.second, self.email = who, second, value(f"{who}.email")
        self.neighbour = value(f"{second}.email") if second else ""

    async def fill_in(self, *, with_neighbour: bool = False) -> str:
        """All steps, each wrong first: what was typed comes back on the page, and goes nowhere else."""
        await self.get(self.form)
        await self.post(f"{self.form}/straat", street=self.street, part="", wijk="Noord")
        mine = {"name": value(f"{self.who}.name"), "email": self.email, "phone": self.phone}
        wrong = await self.post(f"{self.form}/u", **{**mine, "email": f"{self.email}@@", "phone": "87319043"})
        assert wrong.url.path == f"{self.form}/u", wrong.url
        await self.post(f"{self.form}/u", **mine)
        second = {}
        if self.second:
            second = {"second_name": value(f"{self.second}.name"), "second_email": self.neighbour}
        checked = await self.post(
            f"{self.form}/samen", together="yes" if self.second else "not_yet", **second
        )
        assert checked.url.path == f"{self.form}/controleer", checked.url
        return id_of_form(checked.text)

    @property
    def phone(self) -> str:
        """Who has none gives none."""
        return value(f"{self.who}.phone") if self.who in ("ans", "gea") else ""


async def a_street(stack: Running, watched: Watched) -> Canary:
    """Ans and Bo sign up, talk, are approved, paid, tell a story and change their account."""
    ans = Canary(stack, watched, "ans", "bo")
    await ans.sign_up(with_neighbour=True)
    await ans.say("yes")
    await ans.neighbour_says("yes")
    await ans.stack.letter(ans.email, "welcome")
    await the_desk_decides(stack, watched, ans)
    gangmaker = watched.watch(Gangmaker(stack, CITY, ans.email))
    await behind_the_door(gangmaker, ans)
    await paid(stack, watched)
    await stack.letter(ans.email, "potje_paid")
    await gangmaker.give_account(value("ans.holder"), value("ans.second_iban"))
    await stack.letter(ans.email, "account_confirm")
    await ans.post(link_in(await stack.letter(ans.email, "account_confirm")), answer="yes")
    return ans


async def the_desk_decides(stack: Running, watched: Watched, ans: Canary) -> None:
    """Planned at home, recorded in words, and refused to the one who proposed it."""
    day, clock = in_ten_days()
    intake = f"intakes/{intake_id(CITY, ans.slug, 1)}"
    async with watched.watch(Staff(stack, CITY, "coordinator-1")) as noor:
        await noor.post(
            f"/{CITY}/agenda",
            form=str(uuid4()),
            day=day,
            start="09:00",
            end="11:00",
            place=value("cas.slot_place"),
        )
        await noor.press(ans.slug, f"{intake}/plan", day=day, clock=clock, place=value("ans.place"))
        await noor.post(
            f"/{CITY}/{intake}/plan", form=str(uuid4()), day="niks", clock="", place=value("ans.place")
        )
        agreed = await noor.boxes(ans.slug, "agreed")
        await noor.press(
            ans.slug, f"{intake}/record", outcome="accepted", agreed=agreed, approach=value("ans.approach")
        )
        potje = await potje_of(ans)
        refused = await noor.post(f"/{CITY}/potjes/{potje}/approve", form=str(uuid4()))
        assert refused.status_code in (200, 409, 422), refused.status_code
        await noor.post(f"/{CITY}/mensen", email=ans.email)
        await noor.get(f"/{CITY}/straten/{ans.slug}")
    async with watched.watch(Staff(stack, CITY, "treasurer-1")) as ties:
        await ties.press(ans.slug, f"potjes/{potje}/approve")


async def behind_the_door(gangmaker: Gangmaker, ans: Canary) -> None:
    """In by a code, after a wrong one; an account, after a wrong one; a story."""
    await gangmaker.enter()
    wrong = f"{value('ans.iban')[:-1]}0"
    await gangmaker.post(f"{gangmaker.door}/rekening", holder=value("ans.holder"), iban=wrong)
    await gangmaker.give_account(value("ans.holder"), value("ans.iban"))
    await gangmaker.in_force(ans.slug)
    page = await gangmaker.get(f"{gangmaker.door}/verhaal")
    told = await gangmaker.post(
        f"{gangmaker.door}/verhaal", form=id_of_form(page.text), text=value("ans.story"), share="yes"
    )
    assert told.url.path == gangmaker.door, told.url


async def paid(stack: Running, watched: Watched) -> None:
    """A batch, the bank's answer, and a gift of a stranger that waits for a place."""
    async with (
        watched.watch(Staff(stack, CITY, "treasurer-1")) as ties,
        watched.watch(Staff(stack, CITY, "treasurer-2")) as tess,
    ):
        frozen = await ties.press_on("betalen", "betalen", jaar=str(this_year()), day=str(today()))
        batch = frozen.url.path.removeprefix(f"/{CITY}/")
        await tess.press_on(batch, f"{batch}/release")
        file = (await tess.press_on(batch, f"{batch}/download")).content
        assert value("ans.iban").encode() in file
        await hand_in(tess, bank.answer(file, today()).content)
        text = f"{value('bank.remittance')} {value('bank.payer_iban')}"
        gift = bank.Line(25_00, name=value("bank.payer"), text=text)
        own = bank.read_order(file).iban
        await hand_in(tess, bank.statement(own, today(), [gift], number="gift-1"))
        await hand_in(tess, b"<Document>" + text.encode(), "kapot.xml")
        await tess.get(f"/{CITY}/afschriften")
        transfer = await stack.value("select transfer from money.suspense order by booked_on desc limit 1")
        shown = await tess.get(f"/{CITY}/afschriften/regels/{transfer}")
        assert value("bank.payer") in shown.text


async def another_year(stack: Running, watched: Watched, ans: Canary, client: Any) -> None:
    """The round asks them; Ans answers with words, after a wrong code, and tells a story along."""
    await stack.rows("update registry.street set since = date '2020-01-01' where slug = $1", ans.slug)
    await client.get_schedule_handle(f"renewal-round-{CITY}").trigger()
    mail = await stack.letter(ans.email, "renewal_ask")
    link = re.search(r"https?://\S+/verder/[a-z2-7]+", mail["text"])
    code = CODE.search(mail["text"])
    assert link, mail["text"]
    assert code, mail["text"]
    words = {"choice": "change", "words": value("ans.renewal"), "story": value("ans.story")}
    for typed in ("000000", code[1]):
        await ans.post(link[0], **words, code=typed)


def worries() -> dict[str, str]:
    """What Fred fills in, but for his words."""
    return {
        "topic": "loneliness",
        "urgency": "week",
        "wijk": "Noord",
        "knows": "not",
        "who": "me",
        "step": "send",
        "name": value("fred.name"),
        "email": value("fred.email"),
        "phone": value("fred.phone"),
        "may_call": "yes",
        "form": str(uuid4()),
    }


async def a_concern(stack: Running, watched: Watched) -> None:
    """Fred worries, too short first; a professional reads, after a wrong code, and closes it."""
    fred = watched.watch(Person(stack.urls["public"]))
    form = worries()
    page = f"/{CITY}/zorg/vertel"
    wrong = await fred.post(page, **form | {"words": "te kort", "email": f"{value('fred.email')}@@"})
    assert wrong.status_code == 422, wrong.status_code
    sent = await fred.post(page, **form, words=value("fred.concern"))
    assert "/ontvangen/" in sent.url.path, sent.url
    mail = await stack.letter(WIJKTEAM, "concern_ask")
    link = re.search(r"https?://\S+/melding/[a-z2-7]+", mail["text"])
    assert link
    pro = watched.watch(Person(stack.urls["public"]))
    await pro.get(link[0])
    await pro.post(link[0])
    code = CODE.search((await stack.letter(WIJKTEAM, "concern_code"))["text"])
    assert code
    for typed in ("000000", code[1]):
        read = await pro.post(f"/{CITY}/melding/code", code=typed)
    assert value("fred.concern") in read.text
    concern = re.search(r'name="concern" value="([0-9a-f-]{36})"', read.text)
    assert concern
    lezen = f"/{CITY}/melding/lezen"
    await pro.post(f"{lezen}/pick-up", form=str(uuid4()), concern=concern[1])
    await stack.letter(value("fred.email"), "concern_picked_up")
    await pro.post(f"{lezen}/close", form=str(uuid4()), concern=concern[1], outcome="helped")
    await stack.letter(value("fred.email"), "concern_closed")


async def at_the_doors(stack: Running, watched: Watched) -> Canary:
    """A scout finds Eef, who says yes by mail."""
    street = unique("Vlierlaan")
    async with watched.watch(Staff(stack, CITY, "coordinator-1")) as noor:
        page = await noor.get(f"/{CITY}/talentenjacht-nieuw?wijk=Noord")
        begun = await noor.post(
            f"/{CITY}/talentenjacht-nieuw",
            form=id_of_form(page.text),
            wijk="Noord",
            streets=street,
            **{f"scout-{CITY}:scout-1": "yes", "day": str(today() + timedelta(days=20))},
        )
        round_id = begun.url.path.rpartition("/")[2]
    visit = {
        "street": street.lower().replace(" ", "-"),
        "outcome": "candidate",
        "language": "nl",
        "name": value("eef.name"),
        "email": value("eef.email"),
        "why": value("eef.why"),
    }
    eef = Canary(stack, watched, "eef")
    async with watched.watch(Staff(stack, CITY, "scout-1")) as fien:
        door = f"/{CITY}/aan-de-deur/{round_id}"
        await fien.post(door, **visit, form=str(uuid4()))
        await fien.post(door, **visit, form=str(uuid4()), consent="yes")
    await eef.post(link_in(await stack.letter(eef.email, "candidate_invite")), answer="yes")
    return eef


async def by_the_api(stack: Running, watched: Watched, key: str) -> None:
    """Cas and Dre by Open Formulieren and by our own form of it: wrong, right, twice, other words."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        base_url=f"{stack.urls['public']}/api/v1", headers=headers, timeout=60
    ) as http:
        watched.over(http)
        values = {
            "straat": unique("Beukenlaan"),
            "wijk": "Noord",
            "naam": value("cas.name"),
            "email": value("cas.email"),
            "telefoon": value("cas.phone"),
            "naamTweede": value("dre.name"),
            "emailTweede": value("dre.email"),
        }
        reference = {"public_reference": f"OF-{uuid4().hex[:6]}", "language_code": "nl"}
        path = "/open-forms-submissions"
        for changed in ({"email": f"{value('cas.email')}@@"}, {}, {}, {"naam": value("dre.name")}):
            told = {"values": values | changed, "metadata": reference}
            answer = await http.post(path, json=told)
            watched.answers.append((path, answer.content))
        person = {"name": value("cas.name"), "email": value("cas.email"), "phone": value("cas.phone")}
        other = {"id": str(uuid4()), "street": unique("Elslaan"), "wijk": "Noord", "gangmaker": person}
        for body in ({**other, "phone": value("cas.phone")}, other, {**other, "wijk": value("cas.name")}):
            answer = await http.post("/submissions", json=body)
            watched.answers.append(("/submissions", answer.content))
        for path in ("/streets", "/events", "/totals", f"/submissions/{other['id']}", "/openapi.json"):
            answer = await http.get(path)
            watched.answers.append((path, answer.content))


async def her_own_data(stack: Running, watched: Watched) -> None:
    """Gea looks, corrects, moves to another address, is found by the desk, and has herself erased."""
    gea = Canary(stack, watched, "gea")
    await gea.sign_up()
    await gea.say("yes")
    await stack.letter(gea.email, "welcome")
    mine = f"/{CITY}/mijn-gegevens"
    await gea.post(mine, email=f"{gea.email}@@")
    await gea.post(mine, email=gea.email)
    mail = await stack.letter(gea.email, "my_data")
    (link,) = set(re.findall(rf"https?://\S+{mine}/\S+", mail["text"]))
    await gea.get(link)
    await gea.post(link)
    await gea.post(f"{mine}/code", code="000000")
    inside = await gea.post(f"{mine}/code", code=code_in(await stack.letter(gea.email, "my_data_code")))
    assert gea.email in inside.text
    other = {"name": value("gea.new_name"), "email": value("gea.new_email"), "phone": value("gea.phone")}
    await gea.post(f"{mine}/verbeteren", **other)
    await gea.post(f"{mine}/adres", code="000000")
    code = code_in(await stack.letter(value("gea.new_email"), "my_address_code"))
    await gea.post(f"{mine}/adres", code=code)
    for name in ("overzicht", "mijn-gegevens.json", "mijn-gegevens.html"):
        assert value("gea.new_email") in (await gea.get(f"{mine}/{name}")).text
    gone = await gea.post(f"{mine}/wissen", sure="ja")
    assert gone.url.path == f"{mine}/gewist", gone.url


async def colleagues(stack: Running, watched: Watched) -> None:
    """Ines is invited, and looks; a passkey with a name that the browser did not make is refused."""
    async with watched.watch(Staff(stack, CITY, "lead-1")) as lena:
        team = f"/{CITY}/medewerkers"
        form = {"name": value("ines.name"), "role": "scout"}
        await lena.post(team, **form, email=f"{value('ines.email')}@@")
        await lena.post(team, **form, email=value("ines.email"))
        page = await lena.get(team)
        assert value("ines.name") in page.text
        await lena.get(f"/{CITY}/logboek")
    mail = await stack.letter(value("ines.email"), "staff_invitation")
    link = re.search(r"https?://\S+/uitnodiging/\S+", mail["text"])
    assert link
    ines = watched.watch(Person(stack.urls["desk"]))
    await ines.get(link[0])
    door = f"/uitnodiging/{CITY}"
    await ines.post(link[0])
    await ines.post(f"{door}/code", code="000000")
    await ines.post(f"{door}/passkey", name=value("passkey.name"), credential="{}")


async def hands_on(stack: Running, watched: Watched, ans: Canary) -> None:
    """Bo stops; Hugo is asked to take over."""
    bo = await stack.value(
        "select gangmakers[2] from registry.street where slug = $1 and cardinality(gangmakers) > 1", ans.slug
    )
    async with watched.watch(Staff(stack, CITY, "coordinator-1")) as noor:
        page = f"/{CITY}/straten/{ans.slug}/gangmakers/{bo}/doorgeven"
        hugo = {"name": value("hugo.name"), "email": value("hugo.email"), "language": "nl"}
        await noor.post(page, **hugo | {"email": f"{value('hugo.email')}@@"}, form=str(uuid4()))
        await noor.post(page, **hugo, form=str(uuid4()))
    await stack.letter(value("hugo.email"), "confirm_handover")


async def pages_of_the_desk(stack: Running, watched: Watched) -> list[tuple[str, bytes]]:
    """What the desk writes out for others: reports, books, the log, lists. None names anybody."""
    wanted = {
        "treasurer-1": [f"rapporten/{this_year()}/rapporten.xlsx", f"rapporten/{this_year()}/boeken.csv"],
        "treasurer-2": [
            f"rapporten/{this_year()}/boeken.beancount",
            f"rapporten/{this_year()}/begroting.csv",
        ],
        "privacy-1": ["logboek/logboek.jsonl", "logboek/logboek.csv", "inzage", "inzage/gegevens", "bewaren"],
        "operator-1": ["beheer", "koppelingen/webhooks"],
        "lead-1": ["cijfers", "bewaren", "koppelingen"],
    }
    found = []
    for seat, paths in wanted.items():
        async with watched.watch(Staff(stack, CITY, seat)) as somebody:
            for path in paths:
                answer = await somebody.get(f"/{CITY}/{path}")
                assert answer.status_code == 200, path
                found.append((f"desk: {path}", answer.content))
    return found


async def tells_another_system(stack: Running, watched: Watched, receiver: Receiver) -> None:
    """The programme lead makes a webhook, and tries it."""
    async with watched.watch(Staff(stack, CITY, "lead-1")) as lena:
        room = f"/{CITY}/koppelingen/webhooks"
        form = id_of_form((await lena.get(room)).text)
        await lena.post(room, form=form, name="Proefsysteem", url=receiver.url(), which="all")
