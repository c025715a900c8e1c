"""Mail as the doctor sees it: servers that refuse, a real DNS, and records as they are found in the wild."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from dns.asyncresolver import Resolver

from tests.conftest import free_port
from tests.workers.certificates import contexts
from tests.workers.doctors import NEEDED, Doctor, Names, free_udp, trusted
from tests.workers.moody import Moods, smtp_server
from workers.doctor import mail, records
from workers.doctor.findings import Finding, State
from workers.doctor.place import Place
from workers.settings import Settings

RIGHT = "straat%40mail:p%40ss%3Aword%2F1"


@pytest.fixture
def doctor() -> Doctor:
    """With a mail server on some port of this machine, and nothing else that is there."""
    return Doctor(
        {
            "DATABASE_URL": f"postgresql://127.0.0.1:{free_port()}/straat",
            "STRAAT_MASTER_KEY_FILE": "/nowhere",
            "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
            **dict.fromkeys(NEEDED, "http://127.0.0.1:1"),
        }
    )


async def test_a_mail_server_that_lets_us_in_or_refuses(doctor: Doctor) -> None:
    port, moods = free_port(), Moods()
    async with smtp_server(moods, port, password=True):
        doctor.env["SMTP_URL"] = f"smtp://{RIGHT}@127.0.0.1:{port}"
        rest = await doctor.finds("mail", "good", "it accepts the name and password")
        assert ("good", "it takes mail from the sender of STRAAT_MAIL_FROM; none was sent") in rest
        moods.say("MAIL", "553 5.7.1 not yours", to="")
        await doctor.finds("mail", "broken", "it refuses the sender of STRAAT_MAIL_FROM (553)")
        doctor.env["SMTP_URL"] = f"smtp://straat:wrong@127.0.0.1:{port}"
        await doctor.finds("mail", "broken", "it refuses the name and password of SMTP_URL (535)")
    assert moods.arrived == []
    await doctor.finds("mail", "broken", f"the mail server at 127.0.0.1:{port} does not answer")
    del doctor.env["SMTP_URL"]
    await doctor.finds("mail", "not checked", "SMTP_URL is not set here")


@asynccontextmanager
async def with_tls(context: ssl.SSLContext) -> AsyncIterator[int]:
    """A mail server that offers STARTTLS; gives its port."""
    loop, port = asyncio.get_running_loop(), free_port()

    def session() -> SMTP:
        return SMTP(Moods(), hostname="localhost", tls_context=context, loop=loop)

    server = await loop.create_server(session, "127.0.0.1", port)
    try:
        yield port
    finally:
        server.close()
        await server.wait_closed()


async def test_a_certificate_of_the_mail_server_that_is_right_or_wrong(
    doctor: Doctor, tmp_path: Path
) -> None:
    theirs, ours = contexts(tmp_path, "localhost")
    async with with_tls(theirs) as port:
        doctor.env["SMTP_URL"] = f"smtp://localhost:{port}"
        await doctor.finds("mail", "broken", "it offers STARTTLS, and that fails")
        doctor.env["SSL_CERT_FILE"] = trusted(ours, tmp_path / "root.pem")
        await doctor.finds("mail", "good", "it offers STARTTLS, and its certificate is right")


def place_of(port: int, selector: str | None = None, host: str = "mail.relay.nl") -> Place:
    """An installation that sends as straat.gemeente.nl, by a DNS server on this port."""
    resolver = Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    settings = Settings(
        database_url="x",
        smtp_url=f"smtp://{host}:587",
        STRAAT_MAIL_FROM="noreply@straat.gemeente.nl",
        STRAAT_DKIM_SELECTOR=selector,
        STRAAT_MASTER_KEY_FILE="x",
        **dict.fromkeys(NEEDED, "https://straat.gemeente.nl"),
    )
    return Place(settings, resolver=resolver)


async def ask(zone: dict[tuple[str, str], list[str]], selector: str | None = None) -> list[Finding]:
    """SPF, DKIM and DMARC as found in this zone."""
    port = free_udp()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Names(zone), ("127.0.0.1", port))
    try:
        return await mail.domain(place_of(port, selector))
    finally:
        transport.close()


async def test_a_domain_without_records_gets_them_as_text_to_paste() -> None:
    spf, dkim, dmarc = await ask({("straat.gemeente.nl", "A"): ["192.0.2.1"]})
    assert (spf.state, spf.paste) == (
        State.BROKEN,
        ('straat.gemeente.nl. TXT "v=spf1 a:mail.relay.nl -all"',),
    )
    assert dkim.state is State.NOT_CHECKED
    assert "ask who runs mail.relay.nl" in dkim.do
    assert dkim.paste[0].startswith("SELECTOR._domainkey.straat.gemeente.nl. TXT")
    assert (dmarc.state, dmarc.paste) == (
        State.ATTENTION,
        ('_dmarc.straat.gemeente.nl. TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@straat.gemeente.nl"',),
    )


async def test_records_that_are_there_and_name_the_mail_server_by_a_detour() -> None:
    spf, dkim, dmarc = await ask(
        {
            ("straat.gemeente.nl", "TXT"): ['"google-site=1"', '"v=spf1 mx " "include:_spf.relay.nl -all"'],
            ("straat.gemeente.nl", "MX"): ["10 in.gemeente.nl."],
            ("in.gemeente.nl", "A"): ["192.0.2.9"],
            ("_spf.relay.nl", "TXT"): ['"v=spf1 ip6:2001:db8::/32 ip4:198.51.100.0/24 ~all"'],
            ("mail.relay.nl", "A"): ["198.51.100.7"],
            ("s1._domainkey.straat.gemeente.nl", "TXT"): ['"v=DKIM1; k=rsa; p=MIIB"'],
            ("_dmarc.gemeente.nl", "TXT"): ['"v=DMARC1; p=none; sp=reject"'],
        },
        "s1",
    )
    assert [each.state for each in (spf, dkim, dmarc)] == [State.GOOD] * 3
    assert spf.told.endswith("is there, and names mail.relay.nl")
    assert dmarc.told.endswith("(of gemeente.nl): reject")


async def test_records_that_differ() -> None:
    spf, dkim, dmarc = await ask(
        {
            ("straat.gemeente.nl", "TXT"): ['"v=spf1 ip4:203.0.113.4 -all"'],
            ("mail.relay.nl", "A"): ["198.51.100.7"],
            ("s1._domainkey.straat.gemeente.nl", "TXT"): ['"v=DKIM1; p="'],
            ("_dmarc.straat.gemeente.nl", "TXT"): ['"v=DMARC1; p=none"'],
        },
        "s1",
    )
    assert (spf.state, "does not name mail.relay.nl" in spf.told) == (State.ATTENTION, True)
    assert (dkim.state, "was withdrawn" in dkim.told) == (State.BROKEN, True)
    assert (dmarc.state, "asks nobody to keep forged mail out" in dmarc.told) == (State.ATTENTION, True)


async def test_spf_that_asks_for_too_many_names() -> None:
    chain = {(f"n{i}.nl", "TXT"): [f'"v=spf1 include:n{i + 1}.nl -all"'] for i in range(12)}
    zone = chain | {
        ("straat.gemeente.nl", "TXT"): ['"v=spf1 include:n0.nl -all"'],
        ("mail.relay.nl", "A"): ["198.51.100.7"],
    }
    spf, *_ = await ask(zone)
    assert (spf.state, "more than ten names" in spf.told) == (State.BROKEN, True)


async def test_where_dns_knows_nothing_of_the_world_nothing_is_missing() -> None:
    [found] = await ask({("inside.example", "A"): ["192.0.2.1"]})
    assert (found.state, len(found.paste)) == (State.NOT_CHECKED, 3)


@pytest.mark.parametrize(
    ("texts", "state", "words"),
    [
        (["v=spf1 a -all", "v=spf1 mx -all"], State.BROKEN, "2 records, so that none of them counts"),
        (["v=spf1 a"], State.ATTENTION, "what becomes of others"),
        (["v=spf1 a +all"], State.ATTENTION, "lets everybody send"),
        (["v=spf1 include:spf.protection.outlook.com -all"], State.GOOD, "names spf.protection.outlook.com"),
    ],
)
def test_spf_by_its_words(texts: list[str], state: State, words: str) -> None:
    found = records.judge_spf(texts, "gemeente.nl", "smtp.office365.com")
    assert (found.state, words in found.told) == (state, True)


async def test_where_dns_is_away_nothing_fails_and_the_text_is_there_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.doctor.lookup.PATIENCE", 0.2)
    found = await mail.domain(place_of(free_udp(), "s1"))
    assert [each.state for each in found] == [State.NOT_CHECKED] * 3
    assert all("could not be looked up" in each.told and each.paste for each in found)


async def test_a_sender_that_belongs_to_nobody() -> None:
    place = place_of(1)
    example = place.settings.model_copy(update={"mail_from": "noreply@liefenleed.example"})
    [found] = await mail.domain(Place(example))
    assert (found.state, found.told) == (
        State.BROKEN,
        "liefenleed.example belongs to nobody: no mail from it arrives",
    )
