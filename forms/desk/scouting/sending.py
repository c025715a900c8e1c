"""Taking a visit in: the visit, a candidate into the vault, and both submissions, in one transaction."""

from schemas.person import Person
from schemas.policy import Policy
from schemas.refs import Slug
from schemas.scouting import SOURCE, DoorVisit, Target, scouting_id, signup_of
from schemas.signup import SignupOrder
from store import inbox, scouting
from store.database import Connection
from store.inbox import Submission
from store.vault import Vault


async def take_in(
    conn: Connection,
    vault: Vault,
    policy: Policy,
    wijk: str,
    target: Target,
    visit: DoorVisit,
    candidate: Person | None,
) -> bool:
    """Note a visit; a candidate goes on as a sign-up. False: this form came in before, nothing is written."""
    if not await scouting.add(conn, policy.slug, visit):
        return False
    brought = visit.model_dump(mode="json") | {"workflow_id": scouting_id(policy.slug, visit.round)}
    await inbox.receive(conn, Submission(visit.visit, "visit", policy.slug, brought))
    if candidate is not None:
        await _sign_up(conn, vault, policy, wijk, target, visit, candidate)
    return True


async def _sign_up(
    conn: Connection,
    vault: Vault,
    policy: Policy,
    wijk: str,
    target: Target,
    visit: DoorVisit,
    candidate: Person,
) -> None:
    municipality: Slug = policy.slug
    order = SignupOrder(
        submission=signup_of(visit.visit),
        municipality=municipality,
        street=target.street,
        street_name=target.name,
        part=target.part,
        wijk=wijk,
        language=candidate.language,
        gangmaker=await vault.put(conn, municipality, candidate),
        reminders=policy.signup.reminders,
        expires_after=policy.signup.expires_after,
        source=SOURCE,
        round=visit.round,
        by=visit.scout,
    )
    payload = order.model_dump(mode="json")
    await inbox.receive(conn, Submission(order.submission, "signup", municipality, payload))
