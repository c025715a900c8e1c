"""When the nightly backup is made, and which of the old ones go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workers.safekeeping.nightly import due, forget, latest

NOW = datetime(2026, 11, 26, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        (None, NOW, True),
        ("2026-11-25T03:04", NOW, True),
        ("2026-11-25T03:04", NOW - timedelta(minutes=3), False),  # before the hour
        ("2026-11-26T03:01", NOW, False),  # this night's is there
        ("2026-11-26T03:01", NOW + timedelta(hours=20), False),
        ("2026-11-25T15:00", NOW, True),  # made at the start; the night's comes all the same
        ("2026-11-24T23:00", NOW - timedelta(hours=2), True),  # the machine was off for a night
    ],
)
def test_once_a_night_and_at_once_where_there_is_none(last: str | None, now: datetime, is_due: bool) -> None:
    made = datetime.fromisoformat(last).replace(tzinfo=UTC) if last else None
    assert due(made, now, hour=3) is is_due


def made(folder: Path, *names: str) -> Path:
    """A folder with these in it."""
    for name in names:
        (folder / name / "inside").mkdir(parents=True)
    return folder


def test_both_halves_of_old_ones_go_and_nothing_else(tmp_path: Path) -> None:
    old, young, other = "straat-20261101T030000Z", "straat-20261120T030000Z", "straat-before-the-move"
    half, fresh = ".straat-20261124T030000Z.half", ".straat-20261126T030100Z.half"
    output = made(tmp_path / "db", old, young, other, half, fresh)
    keys = made(tmp_path / "keys", old, young, half, "lost+found")
    assert latest(output) == datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert forget(output, keys, 14, NOW) == [old]
    assert {path.name for path in output.iterdir()} == {young, other, fresh}
    assert {path.name for path in keys.iterdir()} == {young, "lost+found"}


def test_the_newest_stays_with_its_keys_however_old_it_is(tmp_path: Path) -> None:
    """Backups may have failed for weeks; one that is old is better than none."""
    older, newest = "straat-20260101T030000Z", "straat-20260102T030000Z"
    output, keys = made(tmp_path / "db", older, newest), made(tmp_path / "keys", older, newest)
    assert forget(output, keys, 14, NOW) == [older]
    assert forget(output, keys, 14, NOW) == []
    assert [path.name for path in (*output.iterdir(), *keys.iterdir())] == [newest] * 2
