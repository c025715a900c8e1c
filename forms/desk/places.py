"""Where a conversation is: often somebody's home, so it is sealed, and erased as soon as it is not used."""

from contextlib import suppress

from forms.desk.commands import Fate
from forms.desk.visit import Visit
from schemas.person import Place
from schemas.refs import VaultRef
from schemas.refusals import Refusal
from store import desk
from store.database import LOST

REASON = "intake.place_replaced"


async def seal_place(visit: Visit, text: str) -> VaultRef:
    """The reference that goes into the plan."""
    async with visit.desk.db.transaction() as conn:
        return await visit.desk.vault.put(conn, visit.municipality, Place(text=text))


async def tidy_places(
    visit: Visit, workflow_id: str, fate: Refusal | Fate, *, new: VaultRef, old: VaultRef | None
) -> None:
    """Erase of both what no plan points at. While nobody knows what became of the command, both stay."""
    if fate is Fate.UNSURE:
        return
    # The command is done by now, so a database that gets lost here must not make it look as if it were not.
    with suppress(*LOST):
        async with visit.desk.db.transaction() as conn:
            intake = await desk.intake(conn, visit.municipality, workflow_id)
            used = intake["place"] if intake else None
            unused = [ref for ref in (new, old) if ref is not None and ref != used]
            await visit.desk.vault.erase(conn, unused, REASON)
