"""Whoever works for all streets of a run: two treasurers with a bank, and an operator."""

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from temporalio.service import RPCError

from schemas.calendar import dutch_date
from schemas.refs import round_id
from tests.chaos.lives import Town
from tests.chaos.people import FORM_ID, Patient
from tests.chaos.town import TURNS, YEAR
from workers.demo.bank import answer

BATCH = re.compile(r"/betalen/([0-9a-f-]{36})")
LOOKS_EVERY = 3.0


async def pay(town: Town, city: str) -> None:
    """Until cancelled: whenever something is ready a batch is made, released, and carried out by the bank."""
    async with AsyncExitStack() as desks:
        ties, tess = [
            await desks.enter_async_context(Patient(town.house.urls["desk"], town.seen)) for _ in range(2)
        ]
        await ties.send("/", municipality=city, seat="treasurer-1")
        await tess.send("/", municipality=city, seat="treasurer-2")
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            if town.ready.get(city):
                await _batch(ties, tess, city)


async def _batch(ties: Patient, tess: Patient, city: str) -> None:
    """Nothing, when nothing is ready after all."""
    here, today = f"/{city}/betalen", dutch_date(datetime.now(UTC))
    _, found, rest = (await ties.read(here)).text.partition(f'action="{here}"')
    form = FORM_ID.search(rest) if found else None
    if form is None:
        return
    made = BATCH.search((await ties.send(here, form=form[1], jaar=str(YEAR), day=str(today))).url.path)
    if made is None:
        return
    batch = f"{here}/{made[1]}"
    await tess.press(batch, f"{batch}/release")
    file = await tess.press(batch, f"{batch}/download")
    await tess.hand_in(f"/{city}/afschriften", answer(file.content, today).content)


async def operate(town: Town) -> None:
    """Until cancelled: start the yearly round again and again; nobody is asked about a year twice."""
    while True:
        await asyncio.sleep(LOOKS_EVERY)
        if not town.waiting or town.busy:
            continue
        try:
            client = await town.house.temporal()
            await client.get_schedule_handle(round_id(TURNS)).trigger()
        except (RPCError, RuntimeError, OSError) as error:
            town.seen.again[type(error).__name__] += 1
