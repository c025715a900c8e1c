"""Taking a sign-up in from another system: once, whatever happens to the line in between."""

import hmac
import json
from contextlib import suppress
from hashlib import sha256
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from forms.api.caller import Caller
from forms.api.problems import Kind, Refused
from forms.public.sending import Incoming, SentTwice, take_in
from forms.public.steps import STEPS, problems
from schemas.refs import Language
from schemas.signup import SignupForm
from store import clients, inbox
from store.database import Connection
from store.keys import Keyring
from store.vault import Vault

DIGEST = "api-submission"


def complete(caller: Caller, answers: dict[str, str], places: dict[str, str]) -> SignupForm:
    """The whole form, by the rules of the public one; 400 names the fields as the sender calls them."""
    found: dict[str, str] = {}
    for step in STEPS:
        found |= problems(step, answers, caller.policy, Language.NL)
    if found:
        errors = {places.get(field, field): sentence for field, sentence in found.items()}
        raise Refused(Kind.INVALID_INPUT, errors=errors)
    try:
        return SignupForm.model_validate(answers)
    except ValidationError:
        raise Refused(Kind.INVALID_INPUT) from None


async def take(caller: Caller, incoming: Incoming) -> tuple[asyncpg.Record, bool]:
    """Where the submission stands, and whether it is new; 409 when its id was used for something else."""
    for _ in range(2):
        with suppress(SentTwice):
            async with caller.api.db.transaction() as conn:
                new = await _once(conn, caller, incoming)
                return await state_of(conn, caller, incoming.id), new
    raise Refused(Kind.CONFLICT)


async def state_of(conn: Connection, caller: Caller, submission: UUID) -> asyncpg.Record:
    """Where a submission of this municipality stands; 404 for any other."""
    row = await clients.submission(conn, caller.policy.slug, submission)
    if row is None:
        raise Refused(Kind.NOT_FOUND)
    return row


async def _once(conn: Connection, caller: Caller, incoming: Incoming) -> bool:
    """Whether it was taken in now; False for one that is here already with the same contents.

    The inbox is looked at first: what is known there, the note of its contents was committed with.
    """
    digests = _digests(caller.api.keyring, incoming)
    if await inbox.claim(conn, incoming.id) is None:
        await take_in(conn, Vault(caller.api.keyring), caller.policy, incoming)
        active = digests[caller.api.keyring.active]
        await clients.put_submission(conn, caller.client, incoming.id, active)
        return True
    before = await clients.before(conn, incoming.id)
    if before is None or before.municipality != caller.policy.slug:
        raise Refused(Kind.CONFLICT)
    if before.digest not in digests.values():
        raise Refused(Kind.CONFLICT)
    return False


def _digests(keyring: Keyring, incoming: Incoming) -> dict[int, bytes]:
    """A digest of the contents under each master key; without the key it tells nothing about anybody."""
    told = [incoming.form.model_dump(mode="json"), incoming.language, incoming.campaign]
    content = json.dumps(told, sort_keys=True).encode()
    keys = keyring.derived_by_each(DIGEST)
    return {key_id: hmac.digest(key, content, sha256) for key_id, key in keys.items()}
