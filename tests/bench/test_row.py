"""A target can be missed, and table and chart say so; so does the exit code."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench import __main__ as benches
from tests.bench.charts import chart
from tests.bench.row import Row, at_least, at_most, markdown, no_more_than

FAST = Row("years", 12.0, "a second", "a peer", 10.0, None, at_least(0.9))
SLOW = Row("years", 8.0, "a second", "a peer", 10.0, None, at_least(0.9))


def test_ratios_decide() -> None:
    assert FAST.reached
    assert not SLOW.reached
    assert Row("memory", 11.0, "MB", "a peer", 10.0, None, at_most(1.1)).reached
    assert not Row("memory", 11.2, "MB", "a peer", 10.0, None, at_most(1.1)).reached
    # The ratio of a middling turn, where there is one, and not that of the two figures.
    assert not Row("years", 12.0, "a second", "a peer", 10.0, 0.5, at_least(0.9)).reached


def test_figures_decide_where_there_is_no_peer() -> None:
    assert Row.of("events", 150, "events", target=no_more_than(150)).reached
    assert not Row.of("events", 151, "events", target=no_more_than(150)).reached
    assert Row.of("events", 9999, "events").reached


def test_table_and_chart_say_what_was_missed() -> None:
    told = markdown([FAST, SLOW])
    assert told.splitlines()[2] == "| years | 12 a second | 10 a second | 1.20 | ≥ 0.9 | yes | a peer |"
    assert told.splitlines()[3] == "| years | 8 a second | 10 a second | 0.80 | ≥ 0.9 | NO | a peer |"
    drawn = chart("Years & more", [FAST, SLOW, Row.of("events", 3, "events")])
    ET.fromstring(drawn)  # noqa: S314 - our own
    assert drawn.count("<rect") == 1 + 2 + 2 + 1
    assert "NO" in drawn


@pytest.mark.parametrize(("row", "code"), [(FAST, 0), (SLOW, 1)])
def test_the_exit_code_tells(
    row: Row, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def one(streets: int, turns: int) -> list[Row]:
        assert (streets, turns) == (3, 2)
        return [row]

    monkeypatch.setitem(benches.BENCHES, "budget", benches.Bench(one, 1, 1, "One"))
    asked = ["budget", "--streets", "3", "--rounds", "2", "--to", str(tmp_path)]
    assert benches.main(asked) == code
    assert "| years |" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"budget.md", "budget.svg", "all.md"}


def test_a_name_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        benches.main(["lifecicle"])
    assert "choose from budget, lifecycle" in capsys.readouterr().err
