"""The bench of the desk still opens every list it times; nothing here looks at a clock."""

from tests.bench.desk import PAGES, Timed, fill, p95, statements
from tests.bench.ground import opened
from tests.conftest import Urls

STREETS = 40


async def test_every_list_opens_on_filled_ground(database: Urls) -> None:
    pages = [Timed(seat, page) for seat, those in PAGES.items() for page in those]
    async with opened(database.admin_url, database.app_url) as ground:
        await fill(ground, STREETS)
        assert await ground.admin.fetchval("select count(*) from registry.street") == STREETS
        asked = await statements(database.app_url, pages)
    assert all(len(each) > 1 for each in asked)
    # A list asks no more when there is more to show.
    assert max(map(len, asked)) < 40


def test_a_target_is_reached_or_missed() -> None:
    assert Timed("s", "p", [100.0, 100.0], [30.0, 30.0]).reached
    assert not Timed("s", "p", [200.0, 200.0], [90.0, 90.0]).reached
    slow = Timed("coordinator-1", "p", [100.0, 100.0], [10.0, 10.0])
    assert not slow.reached
    assert slow.row().cells()[:6] == ("p, coordinator: p95", "100 ms", "10 ms", "10.00", "≤ 5 times", "NO")
    assert p95([1.0] * 99 + [50.0]) < 50
