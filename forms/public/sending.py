"""Sending a sign-up: people into the vault and the submission into the inbox, in one transaction."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from forms.public.draft import Draft
from forms.public.site import Site
from schemas.person import Person
from schemas.policy import Policy
from schemas.refs import Language, StaffRef
from schemas.signup import SignupForm, SignupOrder
from store import inbox
from store.database import Connection, Database
from store.inbox import Submission
from store.vault import Erased, Vault


@dataclass(frozen=True)
class Incoming:
    """A complete sign-up, whoever brings it: its id, what was filled in, and how it came."""

    id: UUID
    form: SignupForm
    language: Language
    campaign: str | None = None
    by: StaffRef | None = None
    """The system that brought it; None for who filled in the form themselves."""


class SentTwice(Exception):
    """The same form came in at the same moment; that transaction won, so this one leaves nothing behind."""


class SentOtherwise(Exception):
    """The form was receipted with other answers, as when the first answer of ours got lost on the way."""


async def earlier_receipt(db: Database, submission: UUID) -> str | None:
    """The receipt that a form was given before."""
    async with db.connection() as conn:
        return await inbox.claim(conn, submission)


async def send(site: Site, policy: Policy, draft: Draft, language: Language) -> str:
    """Take a complete draft in and give its receipt; the same receipt for the same form.

    Raises :class:`SentOtherwise` when it says something else than the first time. Of two at the same moment
    one waits, is undone, and finds the other's receipt at its second look.
    """
    form = SignupForm.model_validate(draft.answers)
    incoming = Incoming(draft.form, form, language, draft.campaign)
    for _ in range(2):
        async with site.db.connection() as conn:
            if receipt := await inbox.claim(conn, draft.form):
                if await _says_the_same(conn, Vault(site.keyring), draft, language):
                    return receipt
                raise SentOtherwise
        with suppress(SentTwice):
            async with site.db.transaction() as conn:
                return await take_in(conn, Vault(site.keyring), policy, incoming)
    raise SentTwice


async def _says_the_same(conn: Connection, vault: Vault, draft: Draft, language: Language) -> bool:
    """What was erased since is not held against anybody."""
    order = SignupOrder.model_validate(await inbox.payload(conn, draft.form))
    form = SignupForm.model_validate(draft.answers)
    if (order.street, order.wijk) != (form.slug, form.wijk):
        return False
    try:
        kept = [await vault.get(conn, ref, Person) for ref in (order.gangmaker, order.second) if ref]
    except Erased:
        return True
    told = [person for person in _people(form, language) if person]
    return [_of(person) for person in kept] == [_of(person) for person in told]


def _of(person: Person) -> tuple[str, str, str | None]:
    """Who somebody is, in whichever language they read."""
    return person.name, person.email, person.phone


async def take_in(conn: Connection, vault: Vault, policy: Policy, incoming: Incoming) -> str:
    """People into the vault, the order into the inbox; raises :class:`SentTwice` for an id that is known."""
    form = incoming.form
    first, second = _people(form, incoming.language)
    order = SignupOrder(
        submission=incoming.id,
        municipality=policy.slug,
        street=form.slug,
        street_name=form.street,
        part=form.part,
        wijk=form.wijk,
        campaign=incoming.campaign,
        language=incoming.language,
        gangmaker=await vault.put(conn, policy.slug, first),
        second=await vault.put(conn, policy.slug, second) if second else None,
        reminders=policy.signup.reminders,
        expires_after=policy.signup.expires_after,
        by=incoming.by,
    )
    payload = order.model_dump(mode="json")
    receipt = await inbox.receive(conn, Submission(incoming.id, "signup", policy.slug, payload))
    if receipt is None:
        raise SentTwice
    return receipt


def _people(form: SignupForm, language: Language) -> tuple[Person, Person | None]:
    first = Person(name=form.name, email=form.email, phone=form.phone, language=language)
    if not (form.second_name and form.second_email):
        return first, None
    return first, Person(name=form.second_name, email=form.second_email, language=language)
