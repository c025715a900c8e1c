"""Master keys: they open what the vault holds, and every process knows the same."""

from cryptography.exceptions import InvalidTag

from store import doctor, rotation, safekeeping
from store.keys import Keyring, unseal
from workers.doctor.database import opened
from workers.doctor.findings import Check, Finding, attention, broken, good
from workers.doctor.groups import Group
from workers.doctor.place import Part, Place

COPY = "put your copy of the key file back, with every key that ever sealed: docs/backup.md"
BOTH = (Part.KEYS, Part.DATABASE)


def ring(place: Place) -> Keyring:
    """The keys, for a check that said it needs them."""
    assert place.keyring is not None  # noqa: S101
    return place.keyring


async def vault(place: Place) -> list[Finding]:
    """For each key that the vault names, one row really opens. What is in it is seen by nobody."""
    keyring = ring(place)
    async with opened(place).connection() as conn:
        named = await safekeeping.key_ids(conn)
        rows = {key_id: await doctor.sealed_by(conn, key_id) for key_id in named if key_id in keyring.keys}
    lacking = [key_id for key_id in named if key_id not in keyring.keys]
    wrong = [key_id for key_id, row in rows.items() if row and not _opens(keyring, key_id, row)]
    found = [
        broken(f"the file lacks key {key_id}, which part of the vault is sealed with", COPY)
        for key_id in lacking
    ]
    found += [
        broken(f"key {key_id} of the file does not open what the vault says it sealed", COPY)
        for key_id in wrong
    ]
    if not named:
        return [good("the vault is empty still: there is nothing to open")]
    return found or [good(f"a row of the vault opens with each key that it names ({len(named)})")]


def _opens(keyring: Keyring, key_id: int, row: doctor.Sealed) -> bool:
    try:
        unseal(keyring.unwrap(key_id, row.wrapped_key, row.ref.bytes), row.sealed, row.ref.bytes)
    except (InvalidTag, KeyError):
        return False
    return True


async def processes(place: Place) -> list[Finding]:
    """Which processes live, and whether they know the keys of this file."""
    keys = ring(place).now
    async with opened(place).connection() as conn:
        known = {row["id"]: row["fingerprint"] for row in await rotation.known(conn)}
        holders = await rotation.holders(conn)
    found = [
        broken(f"key {key_id} of the file is another key than the one that sealed by that number", COPY)
        for key_id, name in keys.fingerprints.items()
        if known.get(key_id, name) != name
    ]
    for each in holders:
        if any(each["keys"].get(str(key_id)) != name for key_id, name in keys.fingerprints.items()):
            told = f"{each['process']} does not know the keys of this file"
            found.append(attention(told, "let every process read the same file: straat keys status"))
        elif each["trouble"]:
            found.append(attention(f"{each['process']}: {each['trouble']}", "straat keys status"))
    if keys.waiting:
        told = f"key {max(keys.waiting)} waits to seal"
        found.append(attention(told, "go on with straat keys rotate: docs/backup.md"))
    kinds = [each["kind"] for each in holders]
    lacking = [kind for kind in ("worker", "web") if kind not in kinds]
    found += [
        attention(f"no {kind} lives, as far as the database knows", f"start straat {kind}")
        for kind in lacking
    ]
    told = (
        f"{kinds.count('worker')} worker(s) and {kinds.count('web')} web process(es) live, with the same keys"
    )
    return found or [good(told)]


CHECKS = [
    Check(Group.KEYS, "whether they open the vault", vault, BOTH, seconds=10),
    Check(Group.KEYS, "which processes know them", processes, BOTH),
]
