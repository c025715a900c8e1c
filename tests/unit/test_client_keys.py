"""Keys: long, recognisable, and a mistyped one is seen at once."""

import string
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas.client import KEY, PREFIX, Scope, client_ref, hash_of, hint_of, is_key, new_key, ordered
from schemas.refs import StaffRef


def test_a_key_is_recognised_and_no_two_are_the_same() -> None:
    keys = {new_key() for _ in range(200)}
    assert len(keys) == 200
    assert all(is_key(key) and KEY.fullmatch(key) and key.startswith(PREFIX) for key in keys)


@given(st.integers(min_value=0, max_value=53), st.sampled_from(string.ascii_lowercase + "234567"))
def test_one_wrong_letter_is_seen(place: int, letter: str) -> None:
    key = new_key()
    wrong = key[:place] + letter + key[place + 1 :]
    assert is_key(wrong) == (wrong == key)


@pytest.mark.parametrize("text", ["", PREFIX, "straat_" + "a" * 47, "Bearer x"])
def test_something_else_is_no_key(text: str) -> None:
    assert not is_key(text)
    assert not any(is_key(each) for each in (f" {new_key()}", f"{new_key()}\n", new_key().upper()))


def test_hash_and_hint_do_not_tell_the_key() -> None:
    key = new_key()
    assert len(hash_of(key)) == 32
    assert key.startswith(hint_of(key))
    assert len(hint_of(key)) == len(PREFIX) + 4


def test_scopes_are_told_once_and_in_order() -> None:
    assert ordered([Scope.EVENTS_READ, Scope.STREETS_READ, Scope.EVENTS_READ]) == [
        Scope.STREETS_READ,
        Scope.EVENTS_READ,
    ]


def test_the_ref_of_a_client_is_a_ref() -> None:
    assert TypeAdapter(StaffRef).validate_python(client_ref(uuid4()))
