"""Correcting what is kept of a person, in all their records at once; the journal says that, never what."""

from collections.abc import Sequence
from uuid import uuid4

from schemas.facts import Fact
from schemas.my_data import ContactForm
from schemas.person import Person
from schemas.refs import Slug, StaffRef, VaultRef
from store import registry
from store.database import Connection
from store.vault import Vault

SUBJECT = "mijn-gegevens"


async def details(
    conn: Connection,
    vault: Vault,
    municipality: Slug,
    refs: Sequence[VaultRef],
    form: ContactForm,
    actor: StaffRef,
) -> None:
    """Another name or telephone number; nothing is noted when nothing changes."""
    people = await vault.people(conn, refs)
    changed = {
        ref: person.model_copy(update={"name": form.name, "phone": form.phone})
        for ref, person in people.items()
        if (person.name, person.phone) != (form.name, form.phone)
    }
    for ref in sorted(changed):
        await vault.change(conn, ref, changed[ref])
    if changed:
        await _note(conn, municipality, "person.corrected", actor)


async def address(
    conn: Connection,
    vault: Vault,
    municipality: Slug,
    refs: Sequence[VaultRef],
    reader: VaultRef,
    actor: StaffRef,
) -> None:
    """The confirmed address of ``reader``, which was sealed for the code only and goes again."""
    email = (await vault.get(conn, reader, Person)).email
    people = await vault.people(conn, refs)
    for ref in sorted(people):
        await vault.change(conn, ref, people[ref].model_copy(update={"email": email}))
    await vault.erase(conn, [reader], "person.confirmed")
    await _note(conn, municipality, "person.moved", actor)


async def _note(conn: Connection, municipality: Slug, name: str, actor: StaffRef) -> None:
    key = f"{name}/{uuid4()}"
    await registry.enter(
        conn, Fact(key=key, name=name, municipality=municipality, subject=SUBJECT, actor=actor)
    )
