"""Streets at every stage, written as the workflows write them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from schemas.facts import Fact, IntakeSnapshot, PotjeSnapshot, StreetSnapshot
from schemas.intake import IntakeStatus
from schemas.ledger import LegKind, transfer_id
from schemas.person import Person, Place
from schemas.policy import PayoutKind
from schemas.potje import (
    PotjeOrder,
    PotjeStatus,
    potje_accounts,
    potje_group,
    reserve_legs,
    resolve_legs,
)
from schemas.refs import intake_id, potje_id
from schemas.street import Phase
from store import ledger, registry
from store.database import Connection, Database
from store.vault import Vault
from tests.today import this_year, today

ANNA = Person(name="Anna van der Berg", email="anna@bewoners.example", phone="+31 6 12345678")
BRAM = Person(name="Bram O'Neill-Özdemir", email="bram@bewoners.example")
BUURTHUIS = "Buurthuis De Brink, zaal 2"


class Town:
    """Writes the rows of one municipality."""

    def __init__(self, conn: Connection, vault: Vault, municipality: str) -> None:
        self._conn = conn
        self._vault = vault
        self.municipality = municipality
        self._revision = 1

    async def people(self, *people: Person) -> list[UUID]:
        """People, sealed."""
        return [await self._vault.put(self._conn, self.municipality, person) for person in people]

    async def street(
        self,
        slug: str,
        name: str,
        phase: Phase = Phase.INTAKE,
        *,
        wijk: str = "Centrum",
        part: str | None = None,
        people: list[UUID] | None = None,
        minimum: int = 2,
        fact: str = "street.joined",
    ) -> None:
        """A street, and the fact that made it so."""
        snapshot = StreetSnapshot(
            municipality=self.municipality,
            slug=slug,
            name=name,
            part=part,
            wijk=wijk,
            phase=phase,
            gangmakers=people or [],
            minimum=minimum,
            next_date=date(this_year() + 1, 10, 1) if phase is Phase.ACTIVE else None,
            revision=self._next(),
        )
        await self.fact(slug, fact, street=snapshot)

    async def intake(
        self, slug: str, status: IntakeStatus, at: datetime | None = None, place: UUID | None = None
    ) -> str:
        """A street's first intake."""
        snapshot = IntakeSnapshot(
            workflow_id=intake_id(self.municipality, slug, 1),
            municipality=self.municipality,
            street=slug,
            status=status,
            at=at,
            place=place,
            coordinator=f"{self.municipality}:coordinator-1" if at else None,
            revision=self._next(),
        )
        name = "intake.planned" if status is IntakeStatus.PLANNED else "intake.recorded"
        await self.fact(slug, name, actor=snapshot.coordinator or "engine", intake=snapshot)
        return snapshot.workflow_id

    async def place(self, text: str = BUURTHUIS) -> UUID:
        """A place, sealed."""
        return await self._vault.put(self._conn, self.municipality, Place(text=text))

    async def potje(
        self,
        slug: str,
        status: PotjeStatus,
        parts: list[tuple[PayoutKind, int]],
        *,
        proposer: str = "coordinator-1",
        name: str = "potje.reserved",
        handovers: int = 0,
    ) -> str:
        """A street's potje of this year."""
        open_parts = [] if status is PotjeStatus.PAID else [kind for kind, _ in parts]
        snapshot = PotjeSnapshot(
            workflow_id=potje_id(self.municipality, slug, this_year()),
            municipality=self.municipality,
            street=slug,
            year=this_year(),
            status=status,
            cents=sum(cents for _, cents in parts),
            parts=[(str(kind), cents) for kind, cents in parts],
            open_parts=[str(kind) for kind in open_parts],
            proposer=f"{self.municipality}:{proposer}",
            approver=None if status is PotjeStatus.TO_APPROVE else f"{self.municipality}:treasurer-1",
            attempt=1,
            handovers=handovers,
            revision=self._next(),
        )
        await self.fact(slug, name, actor=snapshot.proposer, potje=snapshot)
        return snapshot.workflow_id

    async def reserve(
        self, slug: str, parts: list[tuple[PayoutKind, int]], *, approved: bool = False
    ) -> None:
        """Reserve in the real ledger, so that the page has real balances to show; approved is posted."""
        order = PotjeOrder(
            workflow_id=potje_id(self.municipality, slug, this_year()),
            municipality=self.municipality,
            street=slug,
            street_name=slug,
            year=this_year(),
            parts=parts,
            gangmakers=[],
            proposer=f"{self.municipality}:coordinator-1",
            receipt_reminder=timedelta(days=5),
            desk_url="",
        )
        await ledger.open_accounts(self._conn, potje_accounts(order))
        legs = reserve_legs(order, 1) + (resolve_legs(order, 1, LegKind.POST) if approved else [])
        await ledger.transfer(
            self._conn,
            legs,
            actor=order.proposer,
            group_id=potje_group(order),
            booked_on=today(),
        )

    async def fact(self, slug: str, name: str, actor: str = "engine", **snapshots: object) -> None:
        """A line in the journal with its snapshots."""
        fact = Fact(
            key=str(transfer_id(self.municipality, slug, name, str(self._next()))),
            name=name,
            municipality=self.municipality,
            subject=slug,
            actor=actor,
            **snapshots,
        )
        assert await registry.enter(self._conn, fact)

    def _next(self) -> int:
        self._revision += 1
        return self._revision


CASH = [(PayoutKind.CASH, 7500), (PayoutKind.VOUCHER, 2500)]
BANK = [(PayoutKind.BANK, 15000)]
DAY = timedelta(days=1)


async def seed(db: Database, vault: Vault) -> None:
    """The Hague with one street at each stage, and Rotterdam with one of its own."""
    async with db.transaction() as conn:
        hague = Town(conn, vault, "den-haag")
        await _streets_in_intake(hague)
        await _streets_with_a_potje(hague)
        rotterdam = Town(conn, vault, "rotterdam")
        await rotterdam.street("rozenlaan", "Rozenlaan", people=await rotterdam.people(ANNA), minimum=1)
        await rotterdam.intake("rozenlaan", IntakeStatus.OPEN)


def _this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


async def _streets_in_intake(town: Town) -> None:
    await town.street("acacialaan", "Acacialaan", people=await town.people(ANNA))
    await town.intake("acacialaan", IntakeStatus.OPEN)
    both = await town.people(ANNA, BRAM)
    await town.street("beukstraat", "Beukstraat", part="even nummers", people=both, wijk="Escamp")
    await town.intake("beukstraat", IntakeStatus.PLANNED, _this_hour() - DAY, await town.place())
    await town.street("cederplein", "Cederplein", people=await town.people(ANNA), wijk="Laak")
    await town.intake("cederplein", IntakeStatus.PLANNED, _this_hour() + 3 * DAY, await town.place())
    await town.street("dennenweg", "Dennenweg", people=await town.people(ANNA, BRAM))
    await town.intake("dennenweg", IntakeStatus.WAITING, _this_hour() - 2 * DAY, await town.place())
    await town.street("eikenhof", "Eikenhof", people=await town.people(BRAM))
    await town.intake("eikenhof", IntakeStatus.WAITING, _this_hour() - 2 * DAY, await town.place())


async def _streets_with_a_potje(town: Town) -> None:
    stages = [
        ("fuchsiastraat", "Fuchsiastraat", PotjeStatus.TO_APPROVE, "coordinator-2"),
        ("goudenregenstraat", "Goudenregenstraat", PotjeStatus.TO_APPROVE, "coordinator-1"),
        ("hazelaarplein", "Hazelaarplein", PotjeStatus.APPROVED, "coordinator-1"),
        ("iepenlaan", "Iepenlaan", PotjeStatus.HANDED_OVER, "coordinator-1"),
        ("jasmijnstraat", "Jasmijnstraat", PotjeStatus.WAITING_FOR_BUDGET, "coordinator-1"),
        ("kastanjestraat", "Kastanjestraat", PotjeStatus.PAID, "coordinator-1"),
    ]
    for slug, name, status, proposer in stages:
        people = await town.people(ANNA, BRAM)
        await town.street(slug, name, Phase.ACTIVE, people=people, wijk="Scheveningen", fact="street.decided")
        await town.intake(slug, IntakeStatus.ACCEPTED, _this_hour() - 5 * DAY, await town.place())
        handed = int(status is PotjeStatus.HANDED_OVER)
        await town.potje(slug, status, CASH, proposer=proposer, handovers=handed)
        if status is not PotjeStatus.WAITING_FOR_BUDGET:
            await town.reserve(slug, CASH)
    await town.street(
        "lindelaan", "Lindelaan", Phase.ACTIVE, people=await town.people(ANNA), fact="street.decided"
    )
    await town.potje("lindelaan", PotjeStatus.APPROVED, BANK)
    await town.street("meidoornstraat", "Meidoornstraat", Phase.ENDED, fact="street.forgotten")
