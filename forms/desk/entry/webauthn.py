"""Passkeys: what a browser is asked to sign, and whether what it signed holds."""

import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from forms.desk.entry import sealed
from forms.desk.visit import Desk
from schemas.person import Colleague
from store.passkeys import Held, Passkey

if TYPE_CHECKING:
    # Read with the first passkey, not at the start: it brings what the makers of keys sign with.
    from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
    from webauthn.registration.verify_registration_response import VerifiedRegistration

NAME = "Lief & Leedstraten"
LONGEST = 20_000
PATIENCE_MS = 300_000


class SignInChallenge(sealed.Passing):
    """Something to sign, to come in."""


class MakeChallenge(sealed.Passing):
    """Something to sign with a new passkey, of one person only."""

    person: UUID


@dataclass(frozen=True)
class Asked:
    """``options`` are for the browser; ``kept`` comes back with what it signed."""

    options: str
    kept: str


def rp_id(desk: Desk) -> str:
    """The host that passkeys are for."""
    return urlsplit(desk.settings.desk_url).hostname or ""


def possible(desk: Desk) -> bool:
    """Browsers take no passkeys for a bare IP address."""
    try:
        ip_address(rp_id(desk))
    except ValueError:
        return True
    return False


def to_sign_in(desk: Desk) -> Asked:
    """Whoever has a passkey for this desk; the browser knows which."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    thing = SignInChallenge()
    options = webauthn.generate_authentication_options(
        rp_id=rp_id(desk),
        challenge=thing.once.encode(),
        timeout=PATIENCE_MS,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return Asked(webauthn.options_to_json(options), sealed.close(desk.keyring, thing))


def to_make(desk: Desk, person: UUID, colleague: Colleague, own: list[Passkey]) -> Asked:
    """A new passkey that a browser finds by itself, on another device than those there are."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    thing = MakeChallenge(person=person)
    options = webauthn.generate_registration_options(
        rp_id=rp_id(desk),
        rp_name=NAME,
        user_id=person.bytes,
        user_name=colleague.email,
        user_display_name=colleague.name,
        challenge=thing.once.encode(),
        timeout=PATIENCE_MS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each.credential) for each in own],
    )
    return Asked(webauthn.options_to_json(options), sealed.close(desk.keyring, thing))


def made(desk: Desk, thing: MakeChallenge, signed: str) -> "VerifiedRegistration | None":
    """The new passkey; None for what does not hold."""
    import webauthn  # noqa: PLC0415

    try:
        return webauthn.verify_registration_response(
            credential=signed[:LONGEST],
            expected_challenge=thing.once.encode(),
            expected_rp_id=rp_id(desk),
            expected_origin=desk.settings.desk_url,
            require_user_verification=True,
        )
    except (webauthn.helpers.exceptions.WebAuthnException, ValueError):
        return None


def credential_of(signed: str) -> bytes | None:
    """Which passkey something was signed with; None for what is no assertion."""
    import webauthn  # noqa: PLC0415

    try:
        return webauthn.helpers.parse_authentication_credential_json(signed[:LONGEST]).raw_id
    except (webauthn.helpers.exceptions.WebAuthnException, ValueError):
        return None


def proven(desk: Desk, thing: SignInChallenge, signed: str, held: Held) -> "VerifiedAuthentication | None":
    """What an assertion proves; None for one that does not hold, or is for somebody else."""
    import webauthn  # noqa: PLC0415

    try:
        found = webauthn.verify_authentication_response(
            credential=signed[:LONGEST],
            expected_challenge=thing.once.encode(),
            expected_rp_id=rp_id(desk),
            expected_origin=desk.settings.desk_url,
            credential_public_key=held.public_key,
            credential_current_sign_count=held.sign_count,
            require_user_verification=True,
        )
    except (webauthn.helpers.exceptions.WebAuthnException, ValueError):
        return None
    return found if _owner(signed) in (None, held.person.bytes) else None


def _owner(signed: str) -> bytes | None:
    """Whom the authenticator says it is; not every one says so."""
    import webauthn  # noqa: PLC0415

    said: Any = json.loads(signed[:LONGEST]).get("response", {}).get("userHandle")
    return webauthn.base64url_to_bytes(said) if isinstance(said, str) and said else None
