"""The restore drill: a backup, a day that goes on, a lost database; and afterwards a lost Temporal.

By the commands that an operator types, on a whole stack, with residents and staff who work before and after.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from schemas.refs import intake_id
from schemas.refusals import SENTENCES, Refusal
from tests.e2e.conftest import fresh_stack
from tests.e2e.payday import be_paid, has_account, released, say_paid
from tests.e2e.resident import Resident, Staff, in_ten_days, potje_of
from tests.e2e.running import Running, until
from tests.workers.inside import Inside
from tests.workers.test_cli import Ended
from workers.doctor.groups import Group

NAMES = ("Ans", "Bo", "Cor", "Dirk", "Emma", "Fien")
HELD = "select (select count(*) from ledger.transfer), (select count(*) from registry.fact)"


@dataclass
class Drill:
    """A stack, its operator, and who lives there."""

    stack: Running
    folder: Path
    shell: Inside = field(default_factory=Inside)
    seconds: dict[str, float] = field(default_factory=dict)

    async def run(self, *words: str) -> Ended:
        """A command of the operator, and how long it took."""
        began = monotonic()
        ended = await self.shell.run(*words, "--home", str(self.stack.home))
        self.seconds[words[0]] = monotonic() - began
        return ended

    async def back_up(self) -> tuple[str, str]:
        """Both halves."""
        where = ("--output", str(self.folder / "db"), "--keys", str(self.folder / "keys"))
        done = await self.run("backup", *where)
        assert done.code == 0, done.err
        (database,), (keys,) = (sorted((self.folder / half).iterdir()) for half in ("db", "keys"))
        return str(database), str(keys)

    async def one_again(self) -> None:
        """Until nothing is apart: what the repair set going takes a moment."""

        async def so() -> bool:
            self.last = await self.run("reconcile", "--repair")
            return self.last.code == 0

        await until(so, "nothing is apart")

    async def is_well(self) -> None:
        """The doctor finds nothing; records of a domain that is an example are no concern of a stack here."""
        ended = await self.run("doctor", "--json", "--backups", str(self.folder / "db"))
        told = json.loads(ended.out)
        assert [each["told"] for each in told["findings"] if each["state"] != "good"] == [
            "records of the sender's domain: liefenleed.example is but an example, on your own machine"
        ]
        assert {each["group"] for each in told["findings"]} == set(Group)
        assert (ended.code, told["state"]) == (0, "good")

    async def stop(self) -> None:
        """As Ctrl-C does."""
        await asyncio.to_thread(self.stack.end)

    async def start(self) -> None:
        """And again."""
        self.stack.start()
        await asyncio.to_thread(self.stack.wait)


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """A stack of our own: it will lose everything in turn."""
    assert "DATABASE_URL" not in os.environ
    for stack in fresh_stack(27_400):
        yield Drill(stack, tmp_path_factory.mktemp("backups"))


@pytest_asyncio.fixture
async def people(lost: Drill) -> AsyncIterator[list[Resident]]:
    """Residents who have not signed up yet."""
    found = [Resident(lost.stack, street=f"{name}straat") for name in NAMES]
    yield found
    for each in found:
        await each.client.aclose()


async def joined(resident: Resident) -> None:
    """A street that waits for its intake."""
    await resident.sign_up()
    await resident.say("yes")
    await resident.stack.letter(resident.email, "welcome")


async def accepted(resident: Resident) -> str:
    """A street whose potje was proposed; gives the potje."""
    intake = f"intakes/{intake_id('rotterdam', resident.slug, 1)}"
    day, clock = in_ten_days()
    async with Staff(resident.stack, "rotterdam", "coordinator-1") as coordinator:
        await coordinator.press(resident.slug, f"{intake}/plan", day=day, clock=clock, place="De Proef")
        agreed = await coordinator.boxes(resident.slug, "agreed")
        await coordinator.press(resident.slug, f"{intake}/record", outcome="accepted", agreed=agreed)
    return await potje_of(resident)


async def approved(resident: Resident, potje: str) -> None:
    """By a treasurer at the desk."""
    async with Staff(resident.stack, "rotterdam", "treasurer-1") as treasurer:
        await treasurer.press(resident.slug, f"potjes/{potje}/approve")


async def pays(stack: Running) -> bool:
    """Whether the room for paying is open."""
    async with Staff(stack, "rotterdam", "treasurer-1") as treasurer:
        page = await treasurer.get("/rotterdam/betalen")
    return SENTENCES[Refusal.RESTORED] not in page.text


async def paid(stack: Running, potje: str) -> None:
    async def so() -> bool:
        return await status(stack, potje) == "paid"

    await until(so, "the potje is paid")


async def status(stack: Running, potje: str) -> str:
    return str(await stack.value("select status from registry.potje where workflow_id = $1", potje))


async def a_day(lost: Drill, people: list[Resident], potje: str) -> tuple[str, str]:
    """What happens after the backup: all of it will be lost. Gives a potje, and the log of erasures."""
    ans, bo, cor, dirk, emma, _ = people
    await approved(ans, potje)
    bos = await accepted(bo)
    await cor.say("yes")
    await lost.stack.letter(cor.email, "welcome")
    await emma.sign_up()
    await emma.link()
    assert (await lost.run("person", "erase", "--mail", dirk.email, "--yes")).code == 0
    log = str(lost.folder / "erasures.jsonl")
    assert (await lost.run("person", "erasures", "--output", log)).code == 0
    await be_paid(people[-1])
    await lost.stack.at_rest()
    return bos, log


async def put_back(lost: Drill, halves: tuple[str, str], log: str) -> None:
    """Never under the feet of who works; then from the backup."""
    words = ("restore", halves[0], "--keys", halves[1], "--erasures", log)
    refused = await lost.run(*words)
    assert (refused.code, "already runs" in refused.err) == (1, True)
    await lost.stop()
    shutil.rmtree(lost.stack.home / "postgres")
    back = await lost.run(*words)
    assert back.code == 0, back.err
    assert "1 had come back and are erased again" in back.out
    await lost.start()


async def reconciled(lost: Drill, potjes: tuple[str, ...], paid: str) -> None:
    """Told, mended; what is money only by name. Nobody pays meanwhile."""
    assert await pays(lost.stack) is False
    assert "payments of rotterdam are held" in (await lost.run("doctor", "--only", "backups")).out
    told = await lost.run("reconcile")
    assert told.code == 1
    for what in ("money", "batch", "forgotten", "lost"):
        assert f" {what} " in told.out, told.out
    mended = await lost.run("reconcile", "--repair")
    assert mended.code == 1, "money is told, never guessed"
    assert await status(lost.stack, potjes[0]) == "to_approve"
    for potje in potjes:
        assert f"straat reconcile --book {potje}\n" in mended.out, mended.out
        booked = await lost.run("reconcile", "--book", potje)
        assert "nothing was booked" not in booked.err, booked.err
    refused = await lost.run("reconcile", "--book", paid)
    assert "pay nobody yet" in refused.err, "what the bank moved is not booked from here"
    left = await lost.run("reconcile")
    for subject in re.findall(r"--by-hand (\S+)", left.out):
        await lost.run("reconcile", "--by-hand", subject)
    await lost.one_again()
    assert "Nothing is apart" in lost.last.out
    assert await pays(lost.stack) is True


async def test_the_database_is_lost(lost: Drill, people: list[Resident]) -> None:
    ans, bo, cor, dirk, emma, fien = people
    stack = lost.stack
    for each in (ans, bo, dirk, fien):
        await joined(each)
    potje, fiens = await accepted(ans), await accepted(fien)
    await approved(fien, fiens)
    await cor.sign_up()
    await cor.link()
    await stack.at_rest()
    assert (await lost.run("reconcile")).code == 0
    halves = await lost.back_up()
    await lost.is_well()
    bos, log = await a_day(lost, people, potje)
    booked, facts = (await stack.rows(HELD))[0]
    mails = {each.email: len(await stack.mails(each.email)) for each in people}

    await put_back(lost, halves, log)
    assert await status(stack, potje) == "to_approve"
    assert (await lost.run("ledger", "verify")).code == 0
    await reconciled(lost, (potje, bos), fiens)
    assert (await lost.run("ledger", "verify")).code == 0
    assert (await status(stack, potje), await status(stack, bos)) == ("approved", "to_approve")
    now, told = (await stack.rows(HELD))[0]
    assert now == booked - 2, "all but what the batch reserved and the bank statement posted"
    assert told > facts - 20

    # And life goes on.
    for mail, code in ((dirk.email, 2), (ans.email, 0)):
        assert (await lost.run("person", "export", "--mail", mail, "--output", "-")).code == code
    assert {each.email: len(await stack.mails(each.email)) for each in people} == mails, "nobody hears twice"
    await be_paid(ans)
    await paid(stack, potje)
    await approved(bo, bos)
    await accepted(cor)
    await stack.at_rest()
    noted = await stack.rows("select actor from registry.fact where name = 'reconcile.repaired'")
    assert {row["actor"] for row in noted} == {"operator"}
    ended = "select status from registry.signup where street = $1"
    assert await stack.value(ended, emma.slug) == "withdrawn"


async def test_temporal_is_lost(lost: Drill, people: list[Resident]) -> None:
    gerda, hans, ine, *_ = people
    stack = lost.stack
    await joined(gerda)
    potje = await accepted(gerda)
    await joined(hans)
    await ine.sign_up()
    await ine.link()
    await stack.at_rest()
    await lost.stop()
    shutil.rmtree(stack.home / "temporal")
    await lost.start()
    told = await lost.run("reconcile")
    assert (told.code, " gone " in told.out) == (1, True)
    await lost.one_again()
    await ine.say("yes")
    await stack.letter(ine.email, "welcome")
    await approved(gerda, potje)
    await be_paid(gerda)
    await accepted(hans)
    await accepted(ine)
    await stack.at_rest()
    assert (await lost.run("reconcile")).code == 0
    assert (await lost.run("ledger", "verify")).code == 0
    print({name: round(seconds, 1) for name, seconds in lost.seconds.items()})  # noqa: T201


async def test_temporal_is_put_back_to_an_earlier_moment(lost: Drill, people: list[Resident]) -> None:
    """What it forgot, the database knows: a yes, a batch on its way to the bank, a street, a sign-up."""
    lena, mo, nel, *_ = people
    stack, kept = lost.stack, lost.folder / "temporal"
    await joined(lena)
    await joined(mo)
    potje = await accepted(lena)
    await stack.at_rest()
    await lost.stop()
    shutil.copytree(stack.home / "temporal", kept)
    await lost.start()

    await approved(lena, potje)
    await has_account(lena)
    batch, file = await released(stack)
    mos = await accepted(mo)
    await nel.sign_up()
    await nel.link()
    await stack.at_rest()

    await lost.stop()
    shutil.rmtree(stack.home / "temporal")
    shutil.copytree(kept, stack.home / "temporal")
    await lost.start()
    told = await lost.run("reconcile")
    assert (told.code, " behind " in told.out, " gone " in told.out) == (1, True, True), told.out
    await lost.one_again()
    await say_paid(stack, file)
    await paid(stack, potje)
    assert await stack.value("select state from money.batch where id::text = $1", batch) == "settled"
    await approved(mo, mos)
    await be_paid(mo)
    await paid(stack, mos)
    await nel.say("yes")
    await stack.letter(nel.email, "welcome")
    await stack.at_rest()
    assert (await lost.run("reconcile")).code == 0
    assert (await lost.run("ledger", "verify")).code == 0


async def test_another_master_key_while_the_stack_runs(lost: Drill, people: list[Resident]) -> None:
    """Worker and web follow the file by themselves; a link of before, half a form and the old one's end."""
    jan, kees, *_ = people
    stack = lost.stack
    await jan.sign_up()
    link = await jan.link()
    form = await kees.fill_in()
    for words in (("keys", "add"), ("keys", "rotate")):
        done = await lost.run(*words)
        assert done.code == 0, done.err
    told = await lost.run("keys", "status")
    assert told.out.count("knows them all, seals with key 2") == 2, told.out
    await kees.send(form)
    await jan.post(link, answer="yes")
    await stack.letter(jan.email, "welcome")
    await kees.say("yes")
    await stack.letter(kees.email, "welcome")

    async def empty() -> bool:
        return bool(await stack.value("select sum(items) = 0 from vault.under_key(1)"))

    await until(empty, "nothing is under the old key")
    assert (await lost.run("keys", "retire", "1")).code == 1
    await stack.rows("update vault.master_key set sealing_since = now() - interval '3 hours'")
    gone = await lost.run("keys", "retire", "1")
    assert gone.code == 0, gone.err
    await accepted(jan)
    assert (await lost.run("person", "export", "--mail", kees.email, "--output", "-")).code == 0
    assert (await lost.run("ledger", "verify")).code == 0
