"""Wrong input of every kind, a short run, the same each time; ``python -m tests.fuzz`` is the long one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis.internal.conjecture import providers

from deploy.local.postgres import Postgres
from store.keys import Keyring
from store.vault import Vault
from tests.fuzz.asking import Asking, calls, questions
from tests.fuzz.by_hand import BY_HAND
from tests.fuzz.commands import SERVE, TALK, Commanding, commands, lines
from tests.fuzz.explore import explore
from tests.fuzz.forms import Posting, all_posts, made
from tests.fuzz.judge import Findings
from tests.fuzz.mailing import Mailing, replies
from tests.fuzz.reading_files import KINDS, Reading
from tests.fuzz.run import SHARES, Run, spread
from tests.fuzz.town import Town
from tests.fuzz.watching import Log
from tests.web.api.test_every_operation import TABLE

SEED = 7


@pytest_asyncio.fixture(scope="module")
async def posting(here: Town, log: Log) -> Posting:
    """Every form of every page, as everybody sees it."""
    found = Posting(here, log, Findings())
    await found.find()
    return found


def well(findings: Findings, inputs: int) -> None:
    """So many were tried, and every promise held."""
    assert findings.found == {}, findings.told()
    assert sum(findings.inputs.values()) >= inputs


def test_no_form_is_forgotten(posting: Posting, here: Town) -> None:
    """A new form joins by itself where a page shows it to somebody; else it gets a line in ``by_hand.py``."""
    assert set(all_posts(here)) == posting.reached
    assert set(BY_HAND) <= set(all_posts(here))
    assert sum(len(each.form.fields) for each in posting.pool) > 300, "what one can fill in is found too"


async def test_wrong_forms(posting: Posting) -> None:
    await explore(made(posting.pool), posting.send, 260, SEED)
    well(posting.findings, 260)
    assert posting.accepted > 20, "some come as they should, else the others would say little"


async def test_wrong_addresses(here: Town, log: Log) -> None:
    asking = Asking(here, log, Findings())
    await explore(questions(here), asking.ask, 300, SEED)
    well(asking.findings, 300)


async def test_wrong_calls_of_the_api(here: Town, log: Log) -> None:
    asking = Asking(here, log, Findings())
    await asking.make_key()
    await here.rows.changed()
    await explore(calls(), asking.call, 200, SEED)
    well(asking.findings, 200)
    assert asking.reached == set(TABLE)


async def test_wrong_answers_of_a_mail_server(here: Town, log: Log, keyring: Keyring) -> None:
    log.taken()
    async with Mailing(here.house.db, Vault(keyring), log, Findings()).open() as mailing:
        await explore(replies(), mailing.bring, 120, SEED)
    well(mailing.findings, 120)


async def test_wrong_words_on_the_command_line(
    here: Town, log: Log, postgres: Postgres, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert log
    folder = tmp_path_factory.mktemp("words")
    env = await Run(postgres, SEED, keyring=keyring).environment(here, folder)
    commanding = Commanding(env, here.rows, Findings(), folder)
    await here.rows.changed()
    await explore(lines(folder), commanding.run, 120, SEED)
    well(commanding.findings, 120)
    assert commanding.reached <= set(commands()) - set(TALK)
    assert set(SERVE) | set(TALK) <= set(commands())


@pytest.mark.parametrize("kind", KINDS)
async def test_wrong_files(kind: str) -> None:
    reading = Reading(Findings())
    await explore(KINDS[kind](), getattr(reading, kind), 150, SEED)
    well(reading.findings, 150)


def another_test(kind: str) -> None:
    """It leaves behind, for its thread, what it found in our modules."""
    providers.CONSTANTS_CACHE.cache.clear()
    many = settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    many(given(KINDS[kind]())(lambda _: None))()


async def after_another_test(kind: str, runs: dict[int, list[object]]) -> None:
    """Twice the same number and once the next, each in the thread where another test was."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    for number, seed in enumerate((SEED, SEED, SEED + 1)):
        await explore(KINDS[kind](), runs.setdefault(number, []).append, 30, seed)
        await asyncio.to_thread(another_test, kind)


@pytest.mark.parametrize("kind", ["toml", "camt", "settings"])
def test_a_seed_makes_the_same_again(kind: str) -> None:
    runs: dict[int, list[object]] = {}
    asyncio.run(after_another_test(kind, runs))
    assert runs[0] == runs[1] != runs[2]


def test_the_long_run_spreads_over_every_kind() -> None:
    assert sum(SHARES.values()) == 100
    assert sum(spread(1234, list(SHARES)).values()) == 1234
    assert set(KINDS) < set(SHARES)
