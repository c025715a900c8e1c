"""Who looked at whose details, for the privacy officer: when, who and what for; never at whom."""

from datetime import timedelta

from schemas.refs import Slug
from store.concerns import PAGE, Open
from store.database import Connection
from store.queries import queries

SQL = queries("looks")
SHOWN = timedelta(days=92)
"""Three months; what is older is still there for a resident who asks."""


async def at_details(conn: Connection, municipality: Slug, page: int = 1) -> Open:
    """The latest first: moment, colleague, purpose, and how many items were opened at once."""
    rows = await conn.fetch(SQL["at_details"], municipality, SHOWN, PAGE, (page - 1) * PAGE)
    return Open(rows, rows[0]["total"] if rows else 0)
