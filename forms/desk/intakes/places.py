"""What an intake keeps sealed: its place, often somebody's home, and the street's own words."""

from collections.abc import Sequence
from contextlib import suppress

from forms.desk.commands import Fate
from forms.desk.visit import Visit
from schemas.person import Place, Story
from schemas.refs import VaultRef
from schemas.refusals import Refusal
from store import desk, intakes
from store.database import LOST

REASON = "intake.not_used"


async def seal(visit: Visit, item: Place | Story) -> VaultRef:
    """The reference that goes into the command."""
    async with visit.desk.db.transaction() as conn:
        return await visit.desk.vault.put(conn, visit.municipality, item)


async def tidy(visit: Visit, workflow_id: str, fate: Refusal | Fate, refs: Sequence[VaultRef | None]) -> None:
    """Erase those that the intake does not point at. While nobody knows what became of the command, none."""
    if fate is Fate.UNSURE:
        return
    # The command is done by now, so a database that gets lost here must not make it look as if it were not.
    with suppress(*LOST):
        async with visit.desk.db.transaction() as conn:
            intake = await desk.intake(conn, visit.municipality, workflow_id)
            used = (intake["place"], intake["approach"]) if intake else ()
            sealed = [ref for ref in refs if ref is not None and ref not in used]
            unused = await intakes.not_of_moments(conn, sealed)
            await visit.desk.vault.erase(conn, unused, REASON)
