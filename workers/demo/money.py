"""The money of the demo: gangmakers give their account, a batch goes to a pretended bank and comes back."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from schwifty import IBAN

from schemas.calendar import AMSTERDAM
from workers.demo.bank import answer
from workers.demo.cast import Story
from workers.demo.visitor import DemoError, Visitor, door_code, door_link

BATCH = re.compile(r"/betalen/([0-9a-f-]{36})")
ATTENTIES = (("welcome", "12,50"), ("illness", "8"), ("birth", "15"))


class Money:
    """Through the same pages as everybody else."""

    def __init__(self, urls: Mapping[str, str], municipality: str) -> None:
        self._urls = urls
        self._home = f"/{municipality}"
        self._municipality = municipality

    async def pay(self, stories: Sequence[Story]) -> None:
        """Every street of these is paid, and tells of something it did."""
        for number, story in enumerate(stories):
            await self._give_account(story, number)
        await self._batch(len(stories))

    async def _give_account(self, story: Story, number: int) -> None:
        """Behind the street's door; some streets log an attentie while they are there."""
        link = await door_link(self._urls["mail"], story.email)
        iban = IBAN.generate("NL", bank_code="INGB", account_code=f"{number + 1:010}").compact
        street = f"{self._home}/mijn-straat"
        async with Visitor(self._urls["public"]) as gangmaker:
            await gangmaker.read(link)
            await gangmaker.send(link)
            await gangmaker.send(f"{street}/code", code=await door_code(self._urls["mail"], story.email))
            await gangmaker.send(f"{street}/rekening", holder=story.gangmaker, iban=iban)
            check = f"{street}/rekening/controleer"
            await gangmaker.send(check, form=await gangmaker.form_on(check, check))
            if number < len(ATTENTIES):
                occasion, amount = ATTENTIES[number]
                form = await gangmaker.form_on(f"{street}/attentie", f"{street}/attentie")
                await gangmaker.send(
                    f"{street}/attentie", form=form, day="vandaag", occasion=occasion, amount=amount
                )

    async def _batch(self, streets: int) -> None:
        pay, statements = f"{self._home}/betalen", f"{self._home}/afschriften"
        async with Visitor(self._urls["desk"]) as ties, Visitor(self._urls["desk"]) as tess:
            await ties.send("/", municipality=self._municipality, seat="treasurer-1")
            await tess.send("/", municipality=self._municipality, seat="treasurer-2")
            form = await ties.form_on(pay, pay)
            year = str(datetime.now(AMSTERDAM).year)
            found = BATCH.search(await ties.send(pay, form=form, jaar=year))
            if found is None:
                raise DemoError(f"no batch came of {streets} streets")
            batch = f"{pay}/{found.group(1)}"
            release = await tess.form_on(batch, f"{batch}/release")
            await tess.send(f"{batch}/release", form=release)
            download = f"{batch}/download"
            file = await tess.fetch(download, await tess.form_on(batch, download))
            told = answer(file, datetime.now(AMSTERDAM).date())
            await tess.hand_in(statements, "bestand", told.content)
