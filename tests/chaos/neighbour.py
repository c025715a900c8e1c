"""A neighbour who worries, and the professional who picks it up; or nobody does."""

import asyncio
import re
from datetime import timedelta

import asyncpg
import httpx
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from store.database import LOST
from tests.chaos.lives import Street
from tests.chaos.people import FORM_ID, RECEIPT, Patient, Receipt, until
from tests.chaos.town import WIJK

READ = re.compile(r"https?://\S+/melding/[a-z2-7]+")
AGAIN = re.compile(r"https?://\S+/antwoord/[a-z2-7]+")
REFERENCE = re.compile(r"Z-[0-9A-F]{8}")
CODE = re.compile(r"(?m)\b\d{3} \d{3}(?=\r?$)")
CONCERN_ID = re.compile(r'name="concern" value="([0-9a-f-]{36})"')
A_WHILE = timedelta(days=6)
"""How far the clock of a concern that nobody picks up is moved, each time."""


class Neighbour:
    """Somebody who tells a concern, and the professional who has to do with it."""

    def __init__(self, street: Street) -> None:
        self.town, self.street = street.town, street
        self.city = street.city
        self.email = f"buur.{street.slug}@bewoner.example"
        self.professional = f"wijkteam@{self.city}.example"
        self.reference = ""

    async def worries(self) -> None:
        """Tell it; then what the story says."""
        await self._tell()
        if self.street.story.concern == "ignored":
            await self._pass_the_time()
            return
        await self._picked_up_and_closed()
        if self.street.story.concern == "reopened":
            link = await self.town.letters.find(self.email, AGAIN, self.reference, "afgerond")
            known = self.town.letters.known(self.professional)
            async with self.street.resident() as who:
                given = await who.send(link, answer="yes")
            if given.status_code != httpx.codes.GONE:
                await self._picked_up_and_closed(known)

    async def _tell(self) -> None:
        form = f"/{self.city}/zorg/vertel"
        plain = {"topic": "care", "urgency": "week", "wijk": WIJK, "knows": "not", "step": "send"}
        who_fields = {"who": "me", "name": "Buur Bewoner", "email": self.email}
        async with self.street.resident() as who:
            words = f"De gordijnen in de {self.street.name} zijn al een week dicht."
            sent = await who.press(form, form, words=words, **plain, **who_fields)
            found, told = RECEIPT.search(sent.url.path), REFERENCE.search(sent.text)
            assert found, sent.url.path
            assert told, sent.url.path
        self.reference = told[0]
        self.town.seen.receipts.append(Receipt(self.city, "concern", found[1]))

    async def _picked_up_and_closed(self, but: list[str] | None = None) -> None:
        """A professional reads it behind a code; when the browser lost its way, from the mail again."""
        find = self.town.letters.find
        link = await find(self.professional, READ, self.reference, but=but or [])
        async with Patient(self.town.house.urls["public"], self.town.seen, "10.8.0.1") as pro:
            for _ in range(4):
                known = self.town.letters.known(self.professional)
                await pro.send(link)
                code = await find(self.professional, CODE, self.reference, "code", but=known)
                await pro.send(f"/{self.city}/melding/code", code=code)
                read = await pro.read(f"/{self.city}/melding/lezen")
                if read.status_code == httpx.codes.OK:
                    break
            await self._act(pro, "pick-up")
            await find(self.email, re.compile("."), self.reference)
            await self._act(pro, "close", outcome="helped")
        closed = "afgerond"
        await find(self.email, re.compile("."), self.reference, closed)

    async def _act(self, pro: Patient, act: str, **fields: str) -> None:
        page, action = f"/{self.city}/melding/lezen", f"/{self.city}/melding/lezen/{act}"

        async def there() -> tuple[str, str] | None:
            _, found, rest = (await pro.read(page)).text.partition(f'action="{action}"')
            form, concern = FORM_ID.search(rest), CONCERN_ID.search(rest)
            return (form[1], concern[1]) if found and form and concern else None

        form, concern = await until(there, f"the button {act}")
        await pro.send(action, form=form, concern=concern, **fields)

    async def _pass_the_time(self) -> None:
        """Nobody picks it up: its working days go by, and each time the next one is asked."""
        row = await self._row(times=1)
        for times in (2, 3, 4):
            await self._skip(row["workflow_id"])
            await self._row(times=times)

    async def _row(self, times: int) -> dict[str, str]:
        """The concern, once somebody was asked so often."""
        sql = """select c.workflow_id from concern.concern c
                 join registry.fact f on f.subject = 'concern/' || c.id
                     and f.name in ('concern.asked', 'concern.again')
                 where upper(left(replace(c.id::text, '-', ''), 8)) = $1
                 group by c.workflow_id having count(*) >= $2"""

        async def there() -> dict[str, str] | None:
            try:
                found = await self.town.house.rows(sql, self.reference.removeprefix("Z-"), times)
            except (*LOST, asyncpg.PostgresError):
                return None
            return dict(found[0]) if found else None

        return await until(there, f"{times} x asked about {self.reference}")

    async def _skip(self, workflow_id: str) -> None:
        """Move the workflow's own clock, as Temporal can."""

        async def moved() -> bool:
            try:
                client = await self.town.house.temporal()
                async with asyncio.timeout(30):
                    await TimeSkipper(client).fast_forward(client.get_workflow_handle(workflow_id), A_WHILE)
            except (RPCError, RuntimeError, OSError, TimeoutError):
                return False
            return True

        await until(moved, f"the clock of {workflow_id}")
