"""What the steps of one street's year were asked, made over for another: the same rows for all peers."""

import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel

from activities import bank_news
from activities.context import Tools
from activities.facts import Facts
from activities.intakes import Intakes
from schemas.facts import Booking, Fact
from schemas.intake import Opening, PlanFact, Recording
from schemas.payment import PaymentNews, PaymentOutcome
from schemas.person import Person, Place
from schemas.potje_letters import Deciding, Proposal
from tests.bench.place import CITY

UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OTHERS = UUID("6a3f8f50-8a43-4a6e-9d0b-2f7b3f6f3a11")
ANS = Person(name="Ans Bakker", email="ans@example.org")
PLACE = Place(text="Buurthuis De Bloem")
KINDS: tuple[type[BaseModel], ...] = (Booking, PlanFact, Fact)


@dataclass(frozen=True)
class Template:
    """The year of one street: its slug, who and where in the vault, and each step as JSON."""

    slug: str
    person: UUID
    place: UUID
    steps: dict[str, tuple[str, str]]
    """By name: the kind of what it is asked, and that as JSON."""

    @classmethod
    def of(cls, slug: str, person: UUID, place: UUID, asked: dict[str, Any]) -> "Template":
        """From what steps were really asked; those that write nothing are left out."""
        told = {name: _written(each) for name, each in asked.items()}
        deciding = asked["decide_street"]
        told["begin_potje"] = _written(deciding.proposal)
        steps = {
            name: (type(each).__name__, each.model_dump_json())
            for name, each in told.items()
            if isinstance(each, KINDS)
        }
        return cls(slug, person, place, steps)

    def dump(self) -> str:
        """For another process."""
        return json.dumps([self.slug, str(self.person), str(self.place), self.steps])

    @classmethod
    def load(cls, text: str) -> "Template":
        """What was dumped."""
        slug, person, place, steps = json.loads(text)
        told = {name: (kind, asked) for name, (kind, asked) in steps.items()}
        return cls(slug, UUID(person), UUID(place), told)


def _written(asked: Any) -> Any:
    """What a step writes: some start or tell a workflow as well, which peers do in their own way."""
    if isinstance(asked, Proposal):
        return Booking.model_validate(asked.model_dump(exclude={"order", "wijk"}))
    return asked.fact if isinstance(asked, Opening | Recording | Deciding) else asked


@dataclass
class Rows:
    """Writes what a step writes, for streets of a peer."""

    template: Template
    tools: Tools

    def __post_init__(self) -> None:
        self._facts, self._intakes = Facts(self.tools), Intakes(self.tools)
        self._vaulted: dict[str, dict[str, str]] = {}

    async def begin(self, street: str) -> None:
        """What the form and the desk seal in the vault."""
        async with self.tools.db.transaction() as conn:
            person = await self.tools.vault.put(conn, CITY, ANS)
            place = await self.tools.vault.put(conn, CITY, PLACE)
        old = self.template
        self._vaulted[street] = {str(old.person): str(person), str(old.place): str(place)}

    async def write(self, step: str, street: str) -> None:
        """One step, as our own activities do it."""
        kind, _ = self.template.steps[step]
        asked = self._for(step, street)
        if kind == "Booking":
            await self._facts.book(Booking.model_validate_json(asked))
        elif kind == "PlanFact":
            await self._intakes.plan(PlanFact.model_validate_json(asked))
        else:
            await self._facts.record(Fact.model_validate_json(asked))

    async def pay(self, street: str) -> None:
        """What the relay writes of a payment that the bank booked."""
        year = Booking.model_validate_json(self._for("begin_potje", street)).fact.potje
        if year is None:
            raise LookupError("a potje that begins is in its fact")
        payment = uuid5(OTHERS, street)
        news = PaymentNews(workflow_id=year.workflow_id, payment=payment, outcome=PaymentOutcome.BOOKED)
        async with self.tools.db.transaction() as conn:
            await bank_news.hear(conn, self.tools, news)

    def _for(self, step: str, street: str) -> str:
        known = self._vaulted[street]
        text = self.template.steps[step][1].replace(self.template.slug, street)
        return UUIDS.sub(lambda found: known.get(found[0]) or str(uuid5(OTHERS, street + found[0])), text)
