"""The lists for operators: each query of the pages is asked of a real server, and names what there is."""

import asyncio
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from temporalio.testing import TimeSkipper

from tests.workflow.town import Town
from workers.worker import WORKFLOWS
from workflows.potje import PotjeWorkflow

ROOT = Path(__file__).parents[2]
TOUR = (ROOT / "docs" / "handbook" / "temporal-ui.md").read_text("utf-8")
ROW = re.compile(r"^\| \[([^\]]+)\]\(\S+?\?query=(\S+?)\) \| `(.+?)` \|", re.MULTILINE)
LISTS = {name: query for name, _, query in ROW.findall(TOUR)}
LINKED = [unquote(each) for each in re.findall(r"\?query=([^)\s]+)", (ROOT / "README.md").read_text("utf-8"))]
IN_TEXT = re.findall(r"`(ExecutionStatus=[^`]+)`", (ROOT / "docs" / "deploys.md").read_text("utf-8"))
QUERIES = list(dict.fromkeys([*LISTS.values(), *LINKED, *IN_TEXT]))


def test_each_link_asks_what_stands_beside_it() -> None:
    assert [name for name, link, query in ROW.findall(TOUR) if unquote(link) != query] == []
    assert len(LISTS) > 20
    assert IN_TEXT


async def test_the_server_takes_every_query(temporal: TimeSkipper) -> None:
    for query in QUERIES:
        counted = await temporal.client.count_workflows(query)
        assert counted.count >= 0, query


async def test_a_potje_is_in_its_list_until_it_is_decided(town: Town) -> None:
    order = await town.accepted()
    query = f'{LISTS["potjes to approve"]} AND WorkflowId="{town.potje(order).id}"'
    async with asyncio.timeout(60):
        while (await town.client.count_workflows(query)).count != 1:
            await asyncio.sleep(0.05)
    await town.act(order, PotjeWorkflow.approve)
    async with asyncio.timeout(60):
        while (await town.client.count_workflows(query)).count:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("query", QUERIES)
def test_it_names_kinds_and_phases_that_there_are(query: str) -> None:
    """A list of what nobody sets would be empty for ever."""
    kinds = {each.__name__ for each in WORKFLOWS}
    assert set(re.findall(r'WorkflowType="(\w+)"', query)) <= kinds
    files = [path for room in ("workflows", "schemas", "workers") for path in (ROOT / room).glob("*.py")]
    code = "".join(path.read_text("utf-8") for path in files)
    for phase in re.findall(r'Phase="(\w+)"', query):
        first, _, status = phase.partition("_")
        assert f'"{phase}"' in code or (f'f"{first}_{{' in code and f'"{status}"' in code), phase
