"""The daily look at the books, and the letter to the auditor about it."""

from collections.abc import Sequence

from temporalio import activity

from activities.context import Tools
from activities.post import queue
from schemas.facts import Fact, Letter, Template
from schemas.heads import BETWEEN, Audited, HeadOrder, HeadPublished
from schemas.refs import VaultRef
from store import addressees, policies, registry
from store.proofs import Proof, prove
from store.reports import chains, snapshot


class Heads:
    """Verifies and tells."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def audited(self, _day: str) -> Audited:
        """Whose policy of today names an auditor."""
        async with self._tools.db.connection() as conn:
            found = await policies.all_current(conn)
        audited = [policy.slug for policy in found if policy.payout.auditor_email]
        return Audited(municipalities=audited, desk_url=self._tools.desk_url)

    async def publish(self, order: HeadOrder) -> HeadPublished:
        """One letter a day, and another only when books that were sound have broken since."""
        async with snapshot(self._tools.db) as conn:
            years = await chains(conn, order.municipality)
            proofs = [await prove(conn, chain, self._tools.vault) for chain in reversed(years)]
        broken = [proof for proof in proofs if not proof.sound]
        for proof in broken:
            activity.logger.error(
                "the ledger contradicts itself",
                extra={"municipality": order.municipality, "place": _places(proof)},
            )
        await self._tell(order, proofs)
        return HeadPublished(municipality=order.municipality, years=len(proofs), broken=len(broken))

    async def _tell(self, order: HeadOrder, proofs: Sequence[Proof]) -> None:
        async with self._tools.db.transaction() as conn:
            found = await policies.current(conn, order.municipality)
            reader = await addressees.auditor(conn, self._tools.vault, found[0]) if found else None
            if reader is None or not proofs:
                return
            fact = _fact(order, proofs, reader)
            if await registry.enter(conn, fact):
                await queue(conn, self._tools, fact)


def _fact(order: HeadOrder, proofs: Sequence[Proof], reader: VaultRef) -> Fact:
    name = "ledger.head" if all(proof.sound for proof in proofs) else "ledger.broken"
    chain = [proof.chain for proof in proofs]
    letter = Letter(
        template=Template.LEDGER_HEAD,
        to=reader,
        values={
            "at": order.at,
            "heads": BETWEEN.join(f"{each.fiscal_year} {each.seq} {each.head}" for each in chain),
            "broken": BETWEEN.join(_places(proof) for proof in proofs if not proof.sound),
        },
    )
    return Fact(
        key=f"{name}/{order.municipality}/{order.day}",
        name=name,
        municipality=order.municipality,
        subject="ledger",
        letters=[letter],
    )


def _places(proof: Proof) -> str:
    return f"{proof.chain.fiscal_year}: {', '.join(broken.where for broken in proof.broken)}"
