"""From a letter that a workflow composed to a sealed mail in the outbox, in the caller's transaction."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from activities.context import Tools
from activities.letters import message_id, render
from schemas.facts import Fact, Letter, LinkPurpose
from schemas.person import Account, Place
from schemas.policy import Policy
from schemas.refs import Language
from store import links, outbox, policies
from store.codes import code_of
from store.database import Connection
from store.vault import Erased

PAGES = {
    LinkPurpose.STREET_DOOR: "mijn-straat",
    LinkPurpose.RENEWAL: "verder",
    LinkPurpose.INTAKE_PICK: "gesprek",
    LinkPurpose.CONCERN: "melding",
    LinkPurpose.MY_DATA: "mijn-gegevens",
}
"""Where a link leads, if not to its question."""

DESK_PAGES = {LinkPurpose.STAFF_INVITATION: "uitnodiging"}
"""The same on the desk, whose page comes before the municipality."""

MAILS = UUID("8f4b1f0e-5d56-5a8e-9a53-0c7c4f0a3c11")


async def queue(conn: Connection, tools: Tools, fact: Fact) -> None:
    """Write every letter of a fact into the outbox."""
    if not fact.letters:
        return
    found = await policies.current(conn, fact.municipality)
    if found is None:
        raise LookupError("a fact of a municipality without a policy")
    for number, letter in enumerate(fact.letters):
        await _queue_one(conn, tools, fact, letter, number, found[0])


async def _queue_one(
    conn: Connection, tools: Tools, fact: Fact, letter: Letter, number: int, policy: Policy
) -> None:
    """Nothing goes to a reader, or about a place or an account, that was erased in the meantime."""
    people = await tools.vault.people(conn, [letter.to, *letter.named.values()])
    reader = people.get(letter.to)
    if reader is None:
        return
    try:
        place = await _place(conn, tools, letter)
        account = await tools.vault.get(conn, letter.account, Account) if letter.account else None
    except Erased:
        return
    key = f"{fact.key}#{number}"
    mail_id = uuid5(MAILS, key)
    letter_bytes = render(
        letter,
        reader=reader,
        named={name: people[ref] for name, ref in letter.named.items() if ref in people},
        place=place,
        account=account,
        code=code_of(tools.keyring, letter.code) if letter.code else None,
        link=await _link(conn, tools, fact, letter, reader.language),
        policy=policy,
        sender=tools.mail_from,
        mail_id=mail_id,
        now=datetime.now(UTC),
    )
    put = outbox.put_sent if tools.sent_before else outbox.put
    await put(
        conn,
        outbox.Mail(
            id=mail_id,
            key=key,
            municipality=fact.municipality,
            person=letter.to,
            template=letter.template,
            language=reader.language,
            message_id=message_id(mail_id, tools.mail_from),
            sealed=await tools.vault.seal_letter(conn, letter.to, mail_id, letter_bytes),
        ),
    )


async def _place(conn: Connection, tools: Tools, letter: Letter) -> str | None:
    if letter.appointment is None:
        return None
    return (await tools.vault.get(conn, letter.appointment.place, Place)).text


async def _link(conn: Connection, tools: Tools, fact: Fact, letter: Letter, language: Language) -> str | None:
    if letter.link is None:
        return None
    token = await links.token_for(conn, tools.keyring, letter.link, letter.to)
    await links.make(
        conn, token, letter.link, municipality=fact.municipality, person=letter.to, street=fact.subject
    )
    tongue = "" if language is Language.NL else f"?taal={language}"
    if page := DESK_PAGES.get(letter.link.purpose):
        return f"{tools.desk_url}/{page}/{fact.municipality}/{token}{tongue}"
    page = PAGES.get(letter.link.purpose, "antwoord")
    return f"{tools.public_url}/{fact.municipality}/{page}/{token}{tongue}"
