"""From letters that workflows composed to sealed mails in the outbox, in the caller's transaction."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID, uuid5

from activities.context import Tools
from activities.letters import message_id, render
from schemas.facts import Fact, Letter, LinkPurpose
from schemas.person import Account, Place
from schemas.policy import Policy
from schemas.refs import Language, VaultRef
from store import links, outbox, policies
from store.codes import code_of
from store.database import Connection
from store.links import NewLink
from store.vault import Erased, Read

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


async def queue(conn: Connection, tools: Tools, *facts: Fact) -> None:
    """Write every letter of some facts of one municipality into the outbox, with one look at the vault.

    Nothing goes to a reader, or about a place or an account, that was erased in the meantime.
    """
    letters = [(fact, number, letter) for fact in facts for number, letter in enumerate(fact.letters)]
    if not letters:
        return
    found = await policies.current(conn, facts[0].municipality)
    if found is None:
        raise LookupError("a fact of a municipality without a policy")
    read = await tools.vault.read(conn, {ref for *_, letter in letters for ref in _refs(letter)})
    new: list[NewLink] = []
    mails: list[outbox.Mail] = []
    for fact, number, letter in letters:
        with suppress(Erased):
            link = await _link(conn, tools, fact, letter)
            mails.append(_written(tools, read, fact, number, link, found[0]))
            new += [link] if link else []
    await links.make(conn, *new)
    put = outbox.put_sent if tools.sent_before else outbox.put
    if mails:
        await put(conn, *mails)


def _refs(letter: Letter) -> list[VaultRef]:
    """What a letter says something of that is kept in the vault."""
    place = [letter.appointment.place] if letter.appointment else []
    account = [letter.account] if letter.account else []
    return [letter.to, *letter.named.values(), *place, *account]


def _written(
    tools: Tools, read: Read, fact: Fact, number: int, link: NewLink | None, policy: Policy
) -> outbox.Mail:
    """One of its letters as a mail, sealed; raises :class:`~store.vault.Erased`."""
    letter, key = fact.letters[number], f"{fact.key}#{number}"
    reader = read.person(letter.to)
    if reader is None:
        raise Erased
    named = {name: read.person(ref) for name, ref in letter.named.items()}
    mail_id = uuid5(MAILS, key)
    letter_bytes = render(
        letter,
        reader=reader,
        named={name: person for name, person in named.items() if person},
        place=read.get(letter.appointment.place, Place).text if letter.appointment else None,
        account=read.get(letter.account, Account) if letter.account else None,
        code=code_of(tools.keyring, letter.code) if letter.code else None,
        link=_address(tools, link, reader.language) if link else None,
        policy=policy,
        sender=tools.mail_from,
        mail_id=mail_id,
        now=datetime.now(UTC),
    )
    return outbox.Mail(
        id=mail_id,
        key=key,
        municipality=fact.municipality,
        person=letter.to,
        template=letter.template,
        language=reader.language,
        message_id=message_id(mail_id, tools.mail_from),
        sealed=read.seal_letter(letter.to, mail_id, letter_bytes),
    )


async def _link(conn: Connection, tools: Tools, fact: Fact, letter: Letter) -> NewLink | None:
    if letter.link is None:
        return None
    token = await links.token_for(conn, tools.keyring, letter.link, letter.to)
    return NewLink(token, letter.link, fact.municipality, person=letter.to, street=fact.subject)


def _address(tools: Tools, link: NewLink, language: Language) -> str:
    """Where a link leads."""
    tongue = "" if language is Language.NL else f"?taal={language}"
    if page := DESK_PAGES.get(link.order.purpose):
        return f"{tools.desk_url}/{page}/{link.municipality}/{link.token}{tongue}"
    page = PAGES.get(link.order.purpose, "antwoord")
    return f"{tools.public_url}/{link.municipality}/{page}/{link.token}{tongue}"
