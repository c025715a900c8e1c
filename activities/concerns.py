"""Concerns: who is asked, until when, and the mails that say so without saying what it is about."""

from datetime import UTC, datetime
from uuid import UUID

from temporalio.exceptions import ApplicationError

from activities.context import Tools
from activities.post import queue
from schemas.concern import OFFICE, Ask, Asked, ConcernOrder, FollowUp, Ladder, concern_id, reference
from schemas.concern_policy import Concerns as RulesOfConcerns
from schemas.facts import Doubt, Fact, Lapse, Lapsed, Letter, LinkOrder, LinkPurpose, Template
from schemas.policy import Policy
from schemas.workdays import deadline
from store import addressees, concerns, links, policies, registry
from store.database import Connection
from store.entry import CODE_LIFE

MINUTES = int(CODE_LIFE.total_seconds() // 60)


class Concerns:
    """Each step is one transaction; writing it again changes nothing."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def read_ladder(self, order: ConcernOrder) -> Ladder:
        """By the policy of this moment; who is not in it any more cannot be asked."""
        async with self._tools.db.connection() as conn:
            policy = (await self._policy(conn, order)).concerns
        return Ladder(
            rungs=policy.ladder(order.wijk, order.topic, order.urgency),
            follow_up=policy.follow_up,
            keep=policy.keep,
        )

    async def ask(self, ask: Ask) -> Asked:
        """Mail one rung, and write down until when it has."""
        fact, order = ask.fact, ask.order
        async with self._tools.db.transaction() as conn:
            policy = await self._policy(conn, order)
            rules = policy.concerns
            if _is_gone(rules, ask.rung):
                return Asked(due=ask.at, gone=True)
            days = rules.again if ask.again else rules.acknowledge.days(order.urgency)
            due = deadline(ask.at, days, rules.closed)
            if fact.concern is not None:
                fact.concern.due_at = due
            template = _template(ask)
            fact.letters = [await self._letter(conn, policy, order, ask.rung, template, due)]
            await self._write(conn, fact)
        return Asked(due=due)

    async def follow_up(self, follow_up: FollowUp) -> Asked:
        """Ask who picked it up how it stands."""
        fact, order = follow_up.fact, follow_up.order
        async with self._tools.db.transaction() as conn:
            policy = await self._policy(conn, order)
            now = datetime.now(UTC)
            if _is_gone(policy.concerns, follow_up.rung):
                return Asked(due=now, gone=True)
            letter = await self._letter(conn, policy, order, follow_up.rung, Template.CONCERN_FOLLOW_UP, now)
            fact.letters = [letter]
            await self._write(conn, fact)
        return Asked(due=now)

    async def forget(self, lapse: Lapse) -> Lapsed:
        """Erase the words and who told them, unless the reporter said in time that they still worry."""
        async with self._tools.db.transaction() as conn:
            answered = await links.lapse(conn, lapse.workflow_id, lapse.person)
            if answered and lapse.fact.concern and not lapse.fact.concern.reopened:
                return Lapsed(answered=True)
            await self._write(conn, lapse.fact)
        return Lapsed(answered=False)

    async def _letter(
        self,
        conn: Connection,
        policy: Policy,
        order: ConcernOrder,
        rung: str,
        template: Template,
        due: datetime,
    ) -> Letter:
        """To a professional with a link; to the office, which reads at the desk, without one."""
        values: dict[str, str | int | datetime] = {"reference": reference(order.concern), "deadline": due}
        if template is Template.DOUBTFUL_CONCERN:
            values["trap"] = int(order.doubt is Doubt.TRAP)
        professional = None if rung in OFFICE else policy.concerns.professional(rung)
        if professional is None:
            reader = await addressees.office(conn, self._tools.vault, policy, rung)
            values["picked_up"] = int(template is Template.CONCERN_FOLLOW_UP)
            return Letter(template=Template.CONCERN_NOBODY, to=reader, values=dict(values))
        reader = await addressees.professional(conn, self._tools.vault, policy.slug, professional)
        link = LinkOrder(purpose=LinkPurpose.CONCERN, workflow_id=concern_id(order.concern))
        return Letter(template=template, to=reader, values=dict(values), link=link)

    async def _policy(self, conn: Connection, order: ConcernOrder) -> Policy:
        found = await policies.current(conn, order.municipality)
        if found is None:
            raise ApplicationError("the municipality has no policy", type="no_policy")
        return found[0]

    async def _write(self, conn: Connection, fact: Fact) -> None:
        if await registry.enter(conn, fact):
            await queue(conn, self._tools, fact)
            await self._tools.vault.erase(conn, fact.forget, fact.name)


def _template(ask: Ask) -> Template:
    """Doubt has words of its own, whose mail stands in line with all other letters."""
    if ask.order.doubt:
        return Template.DOUBTFUL_CONCERN
    return Template.CONCERN_AGAIN if ask.again else Template.CONCERN_ASK


def _is_gone(rules: RulesOfConcerns, rung: str) -> bool:
    """Whether a policy that changed since does not know somebody any more."""
    return rung not in OFFICE and rules.professional(rung) is None


async def send_concern_code(conn: Connection, tools: Tools, code: UUID) -> None:
    """Queue the mail with a code in the caller's transaction; nothing for one that is of no use any more."""
    row = await concerns.code_to_send(conn, code)
    if row is None:
        return
    subject = concerns.code_subject(code)
    letter = Letter(
        template=Template.CONCERN_CODE,
        to=row["person"],
        values={"reference": reference(row["concern"]), "valid_minutes": MINUTES},
        code=subject,
    )
    fact = Fact(
        key=subject,
        name="concern.code",
        municipality=row["municipality"],
        subject=f"concern/{row['concern']}",
        actor=addressees.pro(row["professional"]),
        letters=[letter],
    )
    await queue(conn, tools, fact)
