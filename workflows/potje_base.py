"""What every act on a potje shares: where it stands, its facts and letters, and what operators see."""

import asyncio

from temporalio import workflow

from workflows.engine import do, next_revision, show, show_phase

with workflow.unsafe.imports_passed_through():
    from schemas.calendar import dutch_date
    from schemas.facts import Booked, Booking, Fact, Letter, Template
    from schemas.ledger import Leg
    from schemas.policy import PayoutKind
    from schemas.potje import ApprovedInBulk, PotjeMoved, PotjeOrder, PotjeStatus, potje_group
    from schemas.potje_letters import PotjeStands, details, potje_fact, potje_letters
    from schemas.refs import ENGINE, StaffRef, VaultRef
    from schemas.steps import Step


class PotjeBase:
    """The state of a potje; whoever changes it holds the lock."""

    def __init__(self, order: PotjeOrder) -> None:
        self._order = order
        self._status = PotjeStatus.TO_APPROVE if order.reserved else PotjeStatus.WAITING_FOR_BUDGET
        self._shown = self._status if order.reserved else None
        """What the operator's lists say; it starts with what it is known to be."""
        self._open = list(order.kinds)
        self._handed: list[PayoutKind] = []
        self._approver: StaffRef | None = None
        self._attempt = 1 if order.reserved else order.tried
        self._handovers = 0
        self._anew = False
        """Whether another run handed something over: what it named by its moves is in the journal already."""
        self._money_came = False
        self._reserving = not order.reserved
        self._confirmed: VaultRef | None = None
        self._in_bulk: ApprovedInBulk | None = None
        self._news: list[PotjeMoved] = []
        self._reminded: set[str] = set()
        self._revision = self._written = order.reserved
        """The last revision of the registry's row that this knows of."""
        self._moves = 0
        self._late_at = -1
        """How often it had moved when a confirmation came too late to count: it waits for what was faster."""
        self._lock = asyncio.Lock()

    def _knows(self, revision: int) -> None:
        self._written = max(self._written, revision)
        self._revision = max(self._revision, revision)

    async def _book(
        self,
        step: Step[Booking, Booked],
        fact: Fact,
        legs: list[Leg],
        summary: str,
        *,
        only_open: list[PayoutKind] | None = None,
        **unless: bool,
    ) -> Booked:
        """One fact with its legs. Late: somebody else decided first, and nothing changed."""
        booking = Booking(
            fact=fact,
            legs=legs,
            booked_on=dutch_date(workflow.now()),
            group=potje_group(self._order),
            only_from=self._status,
            only_open=list(self._open if only_open is None else only_open),
            **unless,
        )
        booked = await do(step, booking, summary)
        if not booked.late and fact.potje:
            self._written = booked.revision
            self._move(PotjeStatus(fact.potje.status))
        return booked

    def _move(self, status: PotjeStatus) -> None:
        self._status = status
        self._moves += 1
        if status is not self._shown:
            self._shown = status
            show_phase(f"potje_{status}")
        self._show()

    def _show(self) -> None:
        order = self._order
        show(
            details(order, self._status, self._open),
            f"{order.desk_url}/{order.municipality}/straten/{order.street}",
        )

    def _approved_letters(self) -> list[Letter]:
        """Money by bank needs an IBAN; what is handed over comes with its own mail."""
        return self._letters(Template.POTJE_APPROVED) if PayoutKind.BANK in self._open else []

    def _letters(self, template: Template) -> list[Letter]:
        return potje_letters(self._order, template, self._handed, self._handovers)

    def _note(self, name: str, letters: list[Letter], actor: StaffRef = ENGINE) -> Fact:
        """Letters that change nothing: a bank may be moving the potje at this moment."""
        fact = self._fact(name, letters=letters, actor=actor)
        return fact.model_copy(update={"potje": None})

    def _fact(
        self,
        name: str,
        status: PotjeStatus | None = None,
        *,
        letters: list[Letter] | None = None,
        actor: StaffRef = ENGINE,
    ) -> Fact:
        """What happened, with the potje as it stands after it."""
        self._revision = next_revision(self._revision)
        stands = PotjeStands(
            status=status or self._status,
            open_parts=self._open,
            approver=self._approver or (self._in_bulk.by if self._in_bulk else None),
            attempt=self._attempt,
            handovers=self._handovers,
            revision=self._revision,
        )
        return potje_fact(self._order, name, stands, letters or [], actor)
