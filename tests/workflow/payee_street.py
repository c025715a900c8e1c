"""A street whose gangmakers give accounts, as their door does, and answer their mails."""

from typing import Any
from uuid import UUID

from temporalio.client import WorkflowHandle

from schemas.facts import LinkPurpose
from schemas.payee import Ending
from schemas.payment import PayeeOrder, payee_id
from schemas.person import Person
from store import payees
from tests.store.payout_rows import CITY, account, approved
from tests.workflow.town import Town
from workflows.payee import PayeeWorkflow

STREET = "anjerhof"


class Street:
    """A street with gangmakers, who give accounts."""

    def __init__(self, town: Town, *people: UUID) -> None:
        self.town = town
        self.people = people

    async def gives(self, number: int, by: UUID, holder: str | None = None) -> PayeeOrder:
        """What the door and then the relay do."""
        given = account(number).model_copy(update={"holder": holder} if holder else {})
        async with self.town.db.transaction() as conn:
            ref = await self.town.vault.put(conn, CITY, given)
            asked = PayeeOrder(ref=ref, municipality=CITY, street=STREET, given_by=by)
            await payees.ask(conn, asked)
        await self.town.relay.work()
        return asked

    def handle(self, given: PayeeOrder) -> WorkflowHandle[Any, Any]:
        """The workflow of an account."""
        return self.town.client.get_workflow_handle_for(PayeeWorkflow.run, payee_id(given.ref))

    async def ending(self, given: PayeeOrder) -> Ending:
        """How it ended."""
        return (await self.handle(given).result()).ending  # type: ignore[no-any-return]

    async def changes(self, number: int, by: UUID) -> tuple[PayeeOrder, WorkflowHandle[Any, Any]]:
        """Another account, once it is asked about."""
        given = await self.gives(number, by)
        await self.town.until_phase(self.handle(given), "payee_asked")
        return given, self.handle(given)

    async def says(self, given: PayeeOrder, person: UUID, *, yes: bool) -> bool:
        """A gangmaker follows the link in their mail. False: it is of no use any more."""
        answered = await self.town.answers(payee_id(given.ref), person, LinkPurpose.CONFIRM_ACCOUNT, yes=yes)
        await self.town.relay.work()
        return answered

    async def paid_on(self) -> UUID | None:
        """The account in force."""
        async with self.town.db.connection() as conn:
            return await payees.in_force(conn, CITY, STREET)

    async def mails(self, person: UUID) -> list[str]:
        """What somebody got, without the first word."""
        return [mail.removeprefix("account_") for mail in await self.town.mails(person)]

    async def leaves(self, person: UUID) -> None:
        """Somebody is no gangmaker any more."""
        async with self.town.db.transaction() as conn:
            await conn.execute(
                "update registry.street set gangmakers = array_remove(gangmakers, $1) where slug = $2",
                person,
                STREET,
            )

    async def facts(self) -> list[str]:
        """What the story of the street tells of it."""
        return await self.town.facts_of(STREET)


async def street_of(town: Town, *people: Person) -> tuple[Any, ...]:
    """A street with an approved potje and these gangmakers, and their references."""
    refs = [await town.keep(person) for person in people]
    async with town.db.transaction() as conn:
        await approved(conn, [STREET])
        await conn.execute("update registry.street set gangmakers = $1 where slug = $2", refs, STREET)
    return Street(town, *refs), *refs
