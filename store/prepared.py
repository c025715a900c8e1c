"""Whether a database is still as it was made ready, asked before anything is made ready again."""

import asyncpg

from store.queries import queries

SQL = queries("prepared")


async def shape(admin_url: str) -> str:
    """The schema and the policies in force, as a text to compare; empty before there are any."""
    conn = await asyncpg.connect(admin_url)
    try:
        return str(await conn.fetchval(SQL["shape"]))
    except asyncpg.UndefinedTableError:
        return ""
    finally:
        await conn.close()
