"""The Temporal dev server: fast settings that took effect, attributes, what it keeps."""

from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from deploy.local import temporal as module
from deploy.local.errors import StackError
from deploy.local.temporal import Temporal, journal_mode
from tests.conftest import free_port


async def test_it_keeps_a_write_ahead_log_and_knows_our_search_attributes(home: Path) -> None:
    async with Temporal(home, free_port(), free_port(), namespace="straten") as server:
        assert journal_mode(server.database) == "wal"
        assert server.database.with_name("temporal.db-wal").exists()
        client = await Client.connect(server.address, namespace="straten")
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="straten")
        )
        kinds = {name: IndexedValueType.Name(kind) for name, kind in known.custom_attributes.items()}
        keyword, moment = "INDEXED_VALUE_TYPE_KEYWORD", "INDEXED_VALUE_TYPE_DATETIME"
        wanted = {"Municipality": keyword, "Wijk": keyword, "Phase": keyword, "Due": moment}
        assert wanted.items() <= kinds.items()


async def test_a_server_that_ignores_the_pragma_is_not_accepted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRAGMAS", ("no_such_pragma=WAL",))
    with pytest.raises(StackError, match="write-ahead"):
        async with Temporal(home, free_port()):
            pass
