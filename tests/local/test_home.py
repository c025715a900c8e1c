"""The home: claimed once, never somebody else's folder, with a key that stays."""

import base64
import os
from pathlib import Path

import pytest

from deploy.local.errors import StackError
from deploy.local.home import MARKER, NEEDED_BYTES, Home


def test_a_second_start_in_the_same_home_hears_who_runs_there(home: Path) -> None:
    first = Home(home)
    with first.claimed():
        first.write_state({"pid": 4711, "urls": {"public": "http://127.0.0.1:8600"}})
        with pytest.raises(StackError, match=r"process 4711\): http://127.0.0.1:8600"), Home(home).claimed():
            pass
    with Home(home).claimed():
        assert (home / MARKER).exists()


def test_a_folder_with_other_things_is_left_alone(home: Path) -> None:
    (home / "thesis.txt").write_text("years of work")
    with pytest.raises(StackError, match="holds other things"), Home(home).claimed():
        pass
    assert [path.name for path in home.iterdir()] == ["thesis.txt"]


def test_a_home_that_cannot_be_a_folder_gets_a_sentence(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(StackError, match="file"), Home(home / "file").claimed():
        pass


def test_a_nearly_full_disk_is_told_before_anything_starts(home: Path) -> None:
    Home(home, free=lambda _: NEEDED_BYTES).check_room()
    with pytest.raises(StackError, match=r"nearly full: 499 MB left.*--home"):
        Home(home, free=lambda _: NEEDED_BYTES - 1).check_room()


def test_fresh_throws_everything_away_but_the_claim(home: Path) -> None:
    place = Home(home)
    with place.claimed():
        place.make_master_key()
        (home / "postgres").mkdir()
        place.empty()
        assert {path.name for path in home.iterdir()} == {MARKER, "up.lock"}


def test_the_master_key_is_made_once_and_is_for_our_eyes_only(home: Path) -> None:
    place = Home(home)
    place.make_master_key()
    line = place.master_key.read_text()
    number, _, key = line.strip().partition(":")
    assert number == "1"
    assert len(base64.b64decode(key, validate=True)) == 32
    assert place.master_key.stat().st_mode & 0o777 == 0o600
    place.make_master_key()
    assert place.master_key.read_text() == line


def test_a_broken_off_state_file_is_no_state(home: Path) -> None:
    place = Home(home)
    assert place.read_state() is None
    (home / "stack.json").write_text('{"pid": 1')
    assert place.read_state() is None
    place.write_state({"pid": os.getpid()})
    assert place.read_state() == {"pid": os.getpid()}
    place.forget_state()
    assert place.read_state() is None


def test_what_made_a_database_ready_and_what_came_of_it_are_both_remembered(home: Path) -> None:
    ours = Home(home)
    assert not ours.was_prepared("files")
    ours.note_prepared("files", "shape")
    assert ours.was_prepared("files")
    assert ours.was_prepared("files", "shape")
    assert not ours.was_prepared("files", "another shape")
    assert not ours.was_prepared("other files", "shape")
    ours.note_prepared("", "")
    assert not ours.was_prepared("", "")
