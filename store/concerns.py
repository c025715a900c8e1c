"""Concerns: taken in sealed, shown as states and deadlines, read by who is asked and by nobody else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import asyncpg

from schemas.concern import ConcernAct, ConcernForm, ConcernOrder, concern_id, standing
from schemas.facts import ConcernSnapshot, ConcernStatus, Doubt
from schemas.person import Concern, Person
from schemas.policy import Policy
from schemas.refs import Language, Slug, VaultRef
from store import inbox, limits
from store.database import Connection
from store.entry import CODE_LIFE, Counting, Outcome, hashed, kept, new_code, weigh
from store.inbox import Submission
from store.keys import Keyring
from store.queries import queries
from store.vault import Erased, Vault

SQL = queries("concerns")

PAGE = 50
INSIDE = timedelta(minutes=30)
COUNTING = Counting(SQL["wrong_code"], SQL["use_code"])
CODES = limits.Limit("concern_code", 5)
"""Codes that one professional may ask for about one concern in an hour."""


TALLIES = {"topic": SQL["by_topic"], "wijk": SQL["by_wijk"], "outcome": SQL["by_outcome"]}


class SentTwice(Exception):
    """The same form came in at the same moment; that transaction won, so this one leaves nothing behind."""


class OtherWords(Exception):
    """A form that was receipted came in again with other words: there is more to tell."""


@dataclass(frozen=True)
class Entering:
    """What came of typing a code: a token for the cookie, or why not."""

    token: str | None = None
    useless: bool = False
    """The code is used, too old, or was typed wrong too often."""


@dataclass(frozen=True)
class Open:
    """One page of what is not closed."""

    rows: list[asyncpg.Record]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // PAGE))


async def take_in(
    conn: Connection,
    vault: Vault,
    policy: Policy,
    form: ConcernForm,
    submission: UUID,
    *,
    language: Language,
    desk_url: str,
    doubt: Doubt | None = None,
) -> str:
    """Seal the words and the reporter, and have the engine look for somebody. Gives the receipt.

    The same form twice is one concern; :class:`OtherWords` when it says something else than the first time.
    """
    if earlier := await inbox.claim(conn, submission):
        if not await _says_the_same(conn, vault, policy.slug, submission, form):
            raise OtherWords
        return earlier
    reporter = None
    if form.who == "me" and form.name is not None:
        person = Person(name=form.name, email=form.email or "", phone=form.phone, language=language)
        reporter = await vault.put(conn, policy.slug, person)
    order = ConcernOrder(
        concern=submission,
        municipality=policy.slug,
        wijk=form.wijk,
        topic=form.topic,
        urgency=form.urgency,
        knows=form.knows,
        text=await vault.put(conn, policy.slug, Concern(text=form.words)),
        reporter=reporter,
        may_call=form.may_call and reporter is not None,
        may_mail=reporter is not None and form.email is not None,
        language=language,
        raised_at=datetime.now(UTC),
        desk_url=desk_url,
        doubt=doubt,
    )
    payload = order.model_dump(mode="json")
    receipt = await inbox.receive(conn, Submission(submission, "concern", policy.slug, payload, doubt))
    if receipt is None:
        raise SentTwice
    await write(conn, _not_yet_asked(order, policy))
    return receipt


def _not_yet_asked(order: ConcernOrder, policy: Policy) -> ConcernSnapshot:
    """How it stands until the engine asks somebody: with the first of the ladder, who has no deadline."""
    rungs = policy.concerns.ladder(order.wijk, order.topic, order.urgency)
    return ConcernSnapshot(
        workflow_id=concern_id(order.concern),
        status=ConcernStatus.WAITING,
        holder=standing(rungs).holder,
        revision=0,
        id=order.concern,
        **order.model_dump(
            include={
                "municipality",
                "wijk",
                "topic",
                "urgency",
                "raised_at",
                "knows",
                "may_call",
                "text",
                "reporter",
                "doubt",
            }
        ),
    )


async def _says_the_same(
    conn: Connection, vault: Vault, municipality: Slug, submission: UUID, form: ConcernForm
) -> bool:
    """What was erased since is not held against anybody."""
    row = await one(conn, municipality, submission)
    if row is None:
        return True
    try:
        return (await vault.get(conn, row["text"], Concern)).text == form.words
    except Erased:
        return True


async def act(conn: Connection, row: asyncpg.Record, act: ConcernAct, form: UUID) -> None:
    """Receipt what somebody does with a concern; the same form twice is one deed."""
    payload = {"workflow_id": row["workflow_id"], **act.model_dump(mode="json")}
    submission = uuid5(form, row["workflow_id"])
    await inbox.receive(conn, Submission(submission, "concern_act", row["municipality"], payload))


async def write(conn: Connection, s: ConcernSnapshot) -> None:
    """Where a concern stands."""
    await conn.execute(
        SQL["write"],
        s.id,
        s.workflow_id,
        s.municipality,
        s.wijk,
        s.topic,
        s.urgency,
        s.status,
        s.holder,
        s.due_at,
        s.raised_at,
        s.picked_up_at,
        s.closed_at,
        s.outcome,
        s.missed,
        s.reopened,
        s.knows,
        s.may_call,
        s.text,
        s.reporter,
        s.revision,
        s.doubt,
    )


async def one(conn: Connection, municipality: Slug, concern: UUID) -> asyncpg.Record | None:
    """A concern, or None."""
    return await conn.fetchrow(SQL["one"], municipality, concern)


async def of_receipt(conn: Connection, municipality: Slug, receipt: str) -> UUID | None:
    """The concern that a receipt was given for."""
    concern: UUID | None = await conn.fetchval(SQL["of_receipt"], municipality, receipt)
    return concern


async def of_workflow(conn: Connection, municipality: Slug, workflow_id: str) -> asyncpg.Record | None:
    """The concern that a link is about."""
    return await conn.fetchrow(SQL["of_workflow"], municipality, workflow_id)


async def not_closed(conn: Connection, municipality: Slug, status: str | None = None, page: int = 1) -> Open:
    """What is not closed: without doubt first, and of those what is late."""
    rows = await conn.fetch(SQL["open"], municipality, status, PAGE, (page - 1) * PAGE)
    return Open(rows, rows[0]["total"] if rows else 0)


async def counts(conn: Connection, municipality: Slug) -> list[asyncpg.Record]:
    """What is not closed, by state and urgency."""
    rows: list[asyncpg.Record] = await conn.fetch(SQL["counts"], municipality)
    return rows


async def speed(conn: Connection, municipality: Slug, within: timedelta) -> asyncpg.Record:
    """How long it took until somebody picked a concern up: median and 95th percentile, in seconds."""
    row: asyncpg.Record = await conn.fetchrow(SQL["speed"], municipality, within)
    return row


async def tally(conn: Connection, municipality: Slug, by: str, within: timedelta) -> dict[str, int]:
    """How many there were, ``by`` topic, wijk or outcome. Show small numbers to nobody."""
    rows = await conn.fetch(TALLIES[by], municipality, within)
    return {row["key"]: row["count"] for row in rows}


async def looks(conn: Connection, municipality: Slug, page: int = 1) -> Open:
    """Who read what was told, the latest first."""
    rows = await conn.fetch(SQL["looks"], municipality, PAGE, (page - 1) * PAGE)
    return Open(rows, rows[0]["total"] if rows else 0)


def code_subject(code: UUID) -> str:
    """What a code is derived from."""
    return f"concern/{code}"


async def ask_code(conn: Connection, row: asyncpg.Record, person: VaultRef) -> str | None:
    """Have a code mailed to who holds a concern; gives what the browser keeps. None: asked too often."""
    if not await limits.attempt(conn, CODES, f"{row['id']}/{row['holder']}"):
        return None
    code, municipality = new_code(), row["municipality"]
    await conn.execute(
        SQL["put_code"], code.id, row["id"], row["holder"], municipality, person, code.browser, CODE_LIFE
    )
    await inbox.receive(conn, Submission(code.id, "concern_code", municipality, {"code": str(code.id)}))
    return code.cookie


async def code_to_send(conn: Connection, code: UUID) -> asyncpg.Record | None:
    """Whom a code goes to; None when it is of no use any more."""
    return await conn.fetchrow(SQL["code_to_send"], code)


async def asked(conn: Connection, municipality: Slug, cookie: str) -> bool:
    """Whether this browser asked for a code lately."""
    code = kept(cookie)
    return code is not None and await conn.fetchrow(SQL["asked"], code[0], municipality, code[1]) is not None


async def enter(conn: Connection, keyring: Keyring, municipality: Slug, cookie: str, typed: str) -> Entering:
    """Open a concern with a code. A wrong one counts: commit, whatever came of it."""
    code = kept(cookie)
    row = code and await conn.fetchrow(SQL["lock_code"], code[0], municipality, code[1])
    if not code or not row:
        return Entering(useless=True)
    opening = await weigh(conn, keyring, COUNTING, code[0], row, code_subject(code[0]), typed)
    if opening.outcome is not Outcome.OPEN:
        return Entering(useless=opening.outcome is not Outcome.WRONG)
    await conn.execute(SQL["sweep"])
    professional = row["professional"]
    await conn.execute(
        SQL["open_session"], hashed(opening.token), row["concern"], professional, municipality, INSIDE
    )
    return Entering(token=opening.token)


async def inside(conn: Connection, municipality: Slug, token: str) -> asyncpg.Record | None:
    """Which concern, and as whom, a browser may read; None: forged, left, or too late."""
    return await conn.fetchrow(SQL["inside"], hashed(token), municipality)
