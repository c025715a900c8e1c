"""The benches still do what they time; nothing here looks at a clock."""

from schemas.ledger import Verified
from store import ledger
from tests.bench.__main__ import Size, benches
from tests.bench.ground import BANK, CENTS, CITY, YEAR, opened
from tests.bench.row import markdown
from tests.bench.table import Line
from tests.conftest import Urls

TINY = Size(singles=2, many=12, rounds=1)
TURNS = TINY.rounds + 1


async def test_a_tiny_run_books_what_it_says(database: Urls) -> None:
    async with opened(database.admin_url, database.app_url) as ground:
        lines = await benches(ground, TINY)
        assert [len(line.ours) == len(line.bare) == 1 for line in lines] == [True] * 4
        assert all(line.seconds > 0 for line in lines)
        approved = await ground.admin.fetchval(
            "select count(*) from registry.potje where approver is not null"
        )
        # Those of the last round, and of the batch.
        assert approved == TINY.many * 2
        # Singles in two ways, reservations posted in four, and the payments of the batch.
        posted = TINY.singles * 2 * TURNS + (4 * TURNS + 1) * TINY.many * CENTS
        assert (await ledger.balance(ground.app, BANK)).credits_posted == posted
        assert isinstance(await ledger.verify(ground.app, CITY, YEAR), Verified)
    said = markdown([line.row() for line in lines])
    assert said.count("\n") == len(lines) + 1
    assert "bulk approval of potjes" in said


def test_a_target_is_reached_or_missed() -> None:
    half = Line("x", "y", 10, [2.0, 9.0, 4.0], [1.0, 4.5, 1.0], least_ratio=0.5)
    assert (half.ratio, half.seconds, half.row().reached) == (0.5, 4.0, True)
    assert not Line("x", "y", 10, [2.0], [0.9], least_ratio=0.5).row().reached
    assert Line("x", "y", 10, [0.9], [0.001], most_seconds=1.0).row().reached
    slow = Line("x", "y", 10, [1.1], [0.001], most_seconds=1.0)
    assert not slow.row().reached
    assert "NO" in slow.row().cells()
