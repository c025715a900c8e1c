"""Making a passkey: the form's mistakes, and keeping what holds."""

from uuid import UUID

from forms.desk.entry import sealed, webauthn
from forms.desk.visit import Desk
from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.refs import Language
from schemas.staff import LONGEST_PASSKEY_NAME, PasskeyForm
from store import passkeys, staff
from store.database import Connection

NO_NAME = _("Geef uw passkey een naam, zodat u hem later herkent. Bijvoorbeeld: mijn telefoon.")
NOT_MADE = _("Het maken van de passkey lukte niet. Probeer het nog een keer.")
NO_SCRIPT = _("Uw browser maakte geen passkey. Zet JavaScript aan, of neem een nieuwere browser.")
THERE = _("Deze passkey staat al in de lijst.")


async def make(
    conn: Connection, desk: Desk, person: UUID, values: dict[str, str], language: Language
) -> dict[str, str]:
    """Keep a new passkey of somebody; gives what is wrong, by field. Commit, whatever came of it."""
    wrong = await _make(conn, desk, person, values)
    return {field: translated(sentence, language) for field, sentence in wrong.items()}


async def _make(conn: Connection, desk: Desk, person: UUID, values: dict[str, str]) -> dict[str, str]:
    name = " ".join(values.get("name", "").split())
    if not name or len(name) > LONGEST_PASSKEY_NAME:
        return {"name": NO_NAME}
    if not values.get("credential"):
        return {"passkey": NO_SCRIPT}
    thing = sealed.reopen(desk.keyring, webauthn.MakeChallenge, values.get("challenge", ""))
    if thing is None or thing.person != person:
        return {"passkey": NOT_MADE}
    if not await staff.spend(conn, f"challenge/{thing.once}", sealed.LIFE):
        return {"passkey": NOT_MADE}
    found = webauthn.made(desk, thing, values["credential"])
    if found is None:
        return {"passkey": NOT_MADE}
    kept = await passkeys.add(
        conn,
        desk.keyring,
        person,
        PasskeyForm(name=name).name,
        credential=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
    )
    return {} if kept else {"passkey": THERE}
