"""The steps of a payment batch; each is one transaction, and gives its first result when it is done again."""

from activities.context import Tools
from schemas.payment import PayoutOrder
from schemas.payout import BatchFile, BatchOrder, Cancelled, Counted, Frozen
from schemas.refusals import Refusal
from store import ledger, payment_files, payments, policies


class Payouts:
    """What PayoutWorkflow has done."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def freeze(self, order: PayoutOrder) -> Frozen:
        """Put what is ready into a batch; a reason why not is an answer and no error."""
        try:
            async with self._tools.db.transaction() as conn:
                found = await policies.current(conn, order.municipality)
                if found is None or found[0].bank is None:
                    return Frozen(refusal=Refusal.NO_BANK_ACCOUNT)
                policy, version = found
                frozen = await payments.freeze(conn, order, version)
        except ledger.YearNotOpen:
            return Frozen(refusal=Refusal.YEAR_NOT_OPEN)
        return frozen.model_copy(update={"statement_reminder": policy.payout.statement_reminder})

    async def write_file(self, order: BatchOrder) -> BatchFile:
        """Write the batch's file and keep it, once."""
        async with self._tools.db.transaction() as conn:
            digest = await payment_files.attach(conn, self._tools.vault, order)
        return BatchFile(sha256=digest.hex() if digest else "")

    async def release(self, order: BatchOrder) -> None:
        """Let the file go to the bank."""
        async with self._tools.db.transaction() as conn:
            await payments.release(conn, order)

    async def cancel(self, order: BatchOrder) -> Cancelled:
        """Give its potjes free again, unless the bank told of one."""
        async with self._tools.db.transaction() as conn:
            return Cancelled(done=await payments.cancel(conn, order))

    async def count_open(self, order: BatchOrder) -> Counted:
        """What no statement has told of; none left settles the batch."""
        async with self._tools.db.transaction() as conn:
            return Counted(open=await payments.count_open(conn, order))

    async def note_late(self, order: BatchOrder) -> None:
        """A statement that does not come, for the desk to see."""
        async with self._tools.db.transaction() as conn:
            await payments.note(conn, order, "late")
