"""Named queries: every ``.sql`` file holds some, each under a line ``-- name: what_it_does``."""

import re
from functools import cache
from pathlib import Path

SQL = Path(__file__).parent / "sql"
NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(area: str) -> dict[str, str]:
    """The queries of ``sql/<area>.sql`` by name."""
    _, *pieces = NAME.split((SQL / f"{area}.sql").read_text("utf-8"))
    return {name: text.strip() for name, text in zip(pieces[::2], pieces[1::2], strict=True)}
