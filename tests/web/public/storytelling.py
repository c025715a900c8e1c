"""Streets of a municipality, and stories as they stand in the registry and the vault."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from schemas.door import Gangmaker
from schemas.person import Story
from store import trust
from store.database import Database
from store.vault import Vault

NOVEMBER = datetime(2026, 11, 14, 20, 30, tzinfo=UTC)


@dataclass
class Storytelling:
    """What a story is told with."""

    db: Database
    vault: Vault

    async def streets(self, how_many: int, municipality: str = "rotterdam", phase: str = "active") -> None:
        """Streets ``<phase>-1`` and on; they are called ``Laan <phase> 1``."""
        async with self.db.transaction() as conn:
            await conn.executemany(
                """insert into registry.street
                       (municipality, slug, name, wijk, phase, gangmakers, minimum, revision)
                   values ($1, $2, $3, 'Noord', $4, '{}', 1, 1)""",
                [
                    (municipality, f"{phase}-{number}", f"Laan {phase} {number}", phase)
                    for number in range(1, how_many + 1)
                ],
            )

    async def tell(
        self,
        text: str,
        *,
        municipality: str = "rotterdam",
        at: datetime = NOVEMBER,
        state: str = "shown",
    ) -> UUID:
        """A story of the first street: shown, unread, unshared, or withdrawn with its words in the vault."""
        story = uuid4()
        async with self.db.transaction() as conn:
            words = await self.vault.put(conn, municipality, Story(text=text))
            await conn.execute(
                """insert into registry.story
                       (id, municipality, street, person, words, share, told_at, withdrawn_at, shown, read_at)
                   values ($1, $2, 'active-1', $3, $4, $5, $6, $7, $8,
                           case when $8 then $6::timestamptz end)""",
                story,
                municipality,
                uuid4(),
                words,
                state != "unshared",
                at,
                at + timedelta(hours=1) if state == "withdrawn" else None,
                state != "unread",
            )
        return story

    async def erase(self, story: UUID) -> None:
        """Erase the words and nothing else."""
        async with self.db.transaction() as conn:
            words = await conn.fetchval("select words from registry.story where id = $1", story)
            await self.vault.erase(conn, [words], "test")

    async def take_back(self, story: UUID) -> None:
        """As its teller does."""
        async with self.db.transaction() as conn:
            row = await conn.fetchrow("select * from registry.story where id = $1", story)
            who = Gangmaker(
                municipality=row["municipality"], street=row["street"], person=row["person"], title="Laan"
            )
            await trust.withdraw(conn, self.vault, who, story)

    async def tell_what_nobody_may_read(self) -> None:
        """Not shared, not shown, withdrawn, erased, taken back, and one that is somewhere else."""
        await self.tell("GEHEIM achtergehouden", state="unread")
        await self.tell("GEHEIM ongedeeld", state="unshared")
        await self.tell("GEHEIM ingetrokken", state="withdrawn")
        await self.erase(await self.tell("GEHEIM gewist"))
        await self.take_back(await self.tell("GEHEIM teruggenomen"))
        await self.tell("GEHEIM elders", municipality="den-haag")
