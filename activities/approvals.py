"""Bulk approval: some hundreds of potjes in one transaction."""

from activities.context import Tools
from schemas.potje import ApprovalChunk, ChunkApproved
from store import approvals


class ManyApprovals:
    """Approves what a person chose, chunk by chunk."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def approve_chunk(self, chunk: ApprovalChunk) -> ChunkApproved:
        """One chunk; asked again, what it came to the first time."""
        async with self._tools.db.transaction() as conn:
            return await approvals.approve_chunk(conn, chunk)
