"""The daily round of what was kept long enough."""

from activities.context import Tools
from schemas.retention import Municipalities, Removal, Removed
from store import policies, retention


class Retention:
    """Lists and removes."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def municipalities(self, _day: str) -> Municipalities:
        """Everybody who has a policy today."""
        async with self._tools.db.connection() as conn:
            found = await policies.all_current(conn)
        return Municipalities(municipalities=[policy.slug for policy in found], desk_url=self._tools.desk_url)

    async def remove(self, order: Removal) -> Removed:
        """All that is due; a second attempt removes what the first one left."""
        return await retention.remove(self._tools.db, self._tools.vault, order)
