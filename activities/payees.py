"""The steps of an account that was given for a street; each is one transaction, and safe to do again."""

from collections.abc import Mapping
from dataclasses import dataclass

from activities.context import Tools
from activities.post import queue
from schemas.facts import Fact, Letter, Template
from schemas.payee import (
    WAITING,
    AccountMoved,
    AccountStep,
    PayeeState,
    Verdict,
    Weighed,
    Weighing,
    ask_letters,
    gangmaker_ref,
    tell_letters,
    verdict_of,
    who_confirms,
)
from schemas.payment import PayeeOrder, payee_id
from schemas.person import Account
from schemas.refs import StaffRef, VaultRef
from store import links, payees, registry
from store.database import Connection
from store.payees import Payee

UNREADABLE = Account(holder="", iban="")
"""Instead of an account in force that was erased: whatever is given differs from it."""


@dataclass(frozen=True)
class Standing:
    """A street's accounts beside the one that a step is about, under the street's lock."""

    order: PayeeOrder
    street: str
    gangmakers: list[VaultRef]
    given: Payee | None
    current: Payee | None
    older: list[Payee]


class Payees:
    """What PayeeWorkflow has done."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def weigh(self, weighing: Weighing) -> Weighed:
        """Compare an account with what the street has, and act on it: in force, asked about, or forgotten."""
        order = weighing.order
        async with self._tools.db.transaction() as conn:
            standing = await _standing(conn, order)
            told = await payees.weighed(conn, _key(order, "weighed"))
            if told is not None:
                return Weighed.model_validate(told)
            if standing.given is None or standing.given.state is not PayeeState.ASKED:
                return Weighed(verdict=Verdict.GONE)
            return await self._weigh(conn, standing, standing.given, weighing)

    async def _weigh(self, conn: Connection, at: Standing, given: Payee, weighing: Weighing) -> Weighed:
        vault, verdict = self._tools.vault, await self._verdict(conn, at, given)
        older = at.older if verdict not in (Verdict.AGAIN, Verdict.GONE) else []
        await self._refuse(conn, at, older, "account.newer")
        asked: list[VaultRef] = []
        letters: list[Letter] = []
        if verdict is Verdict.AT_ONCE:
            await payees.put_in_force(conn, vault, given, at.current)
            letters = _told(at, Template.ACCOUNT_IN_FORCE, given.ref)
        elif verdict is Verdict.CHANGE and at.current:
            asked = who_confirms(at.gangmakers, at.current.given_by, given.given_by)
            letters = _asking(at, asked, weighing)
        else:
            await payees.refuse(conn, vault, [given], f"account.{verdict}")
            letters = _told(at, Template.ACCOUNT_KEPT, _ref(at.current)) if older else []
        weighed = Weighed(verdict=verdict, asked=asked, replaced=[payee.ref for payee in older])
        fact = _fact(at.order, "weighed", gangmaker_ref(given.given_by), letters, NAMES[verdict])
        await self._write(conn, fact, weighed)
        return weighed

    async def _verdict(self, conn: Connection, at: Standing, given: Payee) -> Verdict:
        refs = [payee.ref for payee in (given, *at.older, *([at.current] if at.current else []))]
        accounts = await self._tools.vault.accounts(conn, refs)
        if given.given_by not in at.gangmakers or given.ref not in accounts:
            return Verdict.GONE
        current = accounts.get(at.current.ref, UNREADABLE) if at.current else None
        waiting = [accounts[payee.ref] for payee in at.older if payee.ref in accounts]
        closed = at.current is not None and not await payees.is_payable(conn, at.current.ref)
        return verdict_of(accounts[given.ref], current, waiting, closed=closed)

    async def remind(self, step: AccountStep) -> None:
        """Ask once more."""
        async with self._tools.db.transaction() as conn:
            at = await _standing(conn, step.order)
            if at.given and at.given.state is PayeeState.ASKED:
                people = [person for person in step.asked if person in at.gangmakers]
                letters = ask_letters(step.order, at.street, people, step.deadline, again=True)
                await self._write(conn, _fact(step.order, "reminded", step.by, letters))

    async def confirm(self, step: AccountStep) -> AccountMoved:
        """Somebody said yes: nobody else needs to answer."""
        async with self._tools.db.transaction() as conn:
            at = await _standing(conn, step.order)
            if at.given is None or at.given.state not in WAITING:
                return AccountMoved()
            if await self._write(conn, _fact(step.order, "confirmed", step.by)):
                await payees.confirm(conn, at.given)
                await _void(conn, step)
            return AccountMoved(done=True)

    async def put_in_force(self, step: AccountStep) -> AccountMoved:
        """Its day has passed: from now on the street is paid on it, and everybody is told."""
        async with self._tools.db.transaction() as conn:
            at = await _standing(conn, step.order)
            if at.given is None or at.given.state is PayeeState.ASKED:
                return AccountMoved()
            letters = _told(at, Template.ACCOUNT_IN_FORCE, at.given.ref)
            if await self._write(conn, _fact(step.order, "in_force", step.by, letters)):
                await payees.put_in_force(conn, self._tools.vault, at.given, at.current)
            return AccountMoved(done=True)

    async def keep(self, step: AccountStep) -> AccountMoved:
        """No, or no answer: it is forgotten, the street keeps its account, and everybody is told."""
        async with self._tools.db.transaction() as conn:
            at = await _standing(conn, step.order)
            if await registry.entered(conn, _key(step.order, "kept")):
                return AccountMoved(done=True)
            if at.given is None or at.given.state not in WAITING:
                return AccountMoved()
            if await _void(conn, step) and step.lapse:
                return AccountMoved(answered=True)
            await payees.refuse(conn, self._tools.vault, [at.given], "account.kept")
            letters = _told(at, Template.ACCOUNT_KEPT, _ref(at.current))
            await self._write(conn, _fact(step.order, "kept", step.by, letters))
            return AccountMoved(done=True)

    async def _refuse(self, conn: Connection, at: Standing, older: list[Payee], reason: str) -> None:
        """What waited waits no more, and its questions need no answer."""
        await payees.refuse(conn, self._tools.vault, older, reason)
        for payee in older:
            for person in at.gangmakers:
                await links.lapse(conn, payee_id(payee.ref), person)

    async def _write(self, conn: Connection, fact: Fact, weighed: Weighed | None = None) -> bool:
        entered = await registry.enter(conn, fact, weighed.model_dump(mode="json") if weighed else None)
        if entered:
            await queue(conn, self._tools, fact)
        return entered


NAMES = {
    Verdict.AT_ONCE: "account.in_force",
    Verdict.CHANGE: "account.asked",
    Verdict.SAME: "account.same",
    Verdict.AGAIN: "account.same",
    Verdict.GONE: "account.gone",
}


def _key(order: PayeeOrder, step: str) -> str:
    return f"{payee_id(order.ref)}/{step}"


def _fact(
    order: PayeeOrder, step: str, by: StaffRef, letters: list[Letter] | None = None, name: str | None = None
) -> Fact:
    return Fact(
        key=_key(order, step),
        name=name or f"account.{step}",
        municipality=order.municipality,
        subject=order.street,
        actor=by,
        letters=letters or [],
    )


def _ref(payee: Payee | None) -> VaultRef | None:
    return payee.ref if payee else None


def _told(at: Standing, template: Template, account: VaultRef | None) -> list[Letter]:
    return tell_letters(template, at.order, at.street, at.gangmakers, account)


def _asking(at: Standing, asked: list[VaultRef], weighing: Weighing) -> list[Letter]:
    others = [person for person in at.gangmakers if person not in asked]
    return [
        *ask_letters(at.order, at.street, asked, weighing.deadline),
        *tell_letters(Template.ACCOUNT_CHANGED, at.order, at.street, others, at.order.ref),
    ]


async def _void(conn: Connection, step: AccountStep) -> bool:
    """End the question for everybody. True: somebody answered it."""
    answered = [await links.lapse(conn, payee_id(step.order.ref), person) for person in step.asked]
    return any(answered)


def _title(street: Mapping[str, str | None]) -> str:
    return f"{street['name']} ({street['part']})" if street["part"] else str(street["name"])


async def _standing(conn: Connection, order: PayeeOrder) -> Standing:
    accounts = await payees.of_street(conn, order.municipality, order.street)
    street = await registry.street(conn, order.municipality, order.street)
    refs = [payee.ref for payee in accounts]
    place = refs.index(order.ref) if order.ref in refs else len(refs)
    in_force = [payee for payee in accounts if payee.state is PayeeState.IN_FORCE]
    return Standing(
        order=order,
        street=_title(street) if street else order.street,
        gangmakers=list(street["gangmakers"]) if street else [],
        given=accounts[place] if place < len(refs) else None,
        current=in_force[0] if in_force else None,
        older=[payee for payee in accounts[:place] if payee.state in WAITING],
    )
