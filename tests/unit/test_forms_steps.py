"""What a step says about what was typed, without a server."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.public.draft import Draft
from forms.public.sentences import SENTENCES
from forms.public.steps import STEPS, first_open_step, problems, step_after
from schemas.policy import read_policy
from schemas.refs import Language
from schemas.signup import SignupForm

POLICY = read_policy(Path(__file__).parents[2] / "deploy" / "municipalities" / "rotterdam.toml")
GOOD = {
    "street": "Rozenlaan",
    "part": "",
    "wijk": "Noord",
    "name": "Aïsha",
    "email": "a@voorbeeld.nl",
    "phone": "",
    "together": "not_yet",
    "second_name": "",
    "second_email": "",
}


def test_a_good_form_has_no_open_step() -> None:
    assert first_open_step(GOOD, POLICY) is None
    assert SignupForm.model_validate(GOOD).slug == "rozenlaan"


@pytest.mark.parametrize("step", STEPS)
def test_an_empty_form_stops_at_each_step(step: object) -> None:
    kept = [s for s in STEPS if s is not step]
    answers = {field: GOOD[field] for s in kept for field in s.fields}
    assert first_open_step(answers, POLICY) is step


def test_the_steps_follow_one_another() -> None:
    assert [step_after(step) for step in STEPS] == ["u", "samen", "controleer"]


def test_every_field_has_sentences() -> None:
    assert set(SENTENCES) == {field for step in STEPS for field in step.fields}


@given(
    field=st.sampled_from(sorted(GOOD)),
    text=st.text(max_size=310),
    second=st.sampled_from(["yes", "not_yet"]),
)
def test_whatever_is_typed_has_a_sentence_or_is_taken(field: str, text: str, second: str) -> None:
    answers = GOOD | {"together": second, "second_name": "Jan", "second_email": "j@voorbeeld.nl", field: text}
    draft = Draft().with_answers(answers)
    found = {f: s for step in STEPS for f, s in problems(step, draft.answers, POLICY, Language.EN).items()}
    assert all(found.values())
    if not found:
        assert SignupForm.model_validate(draft.answers).slug


def test_the_longest_form_fits_in_a_cookie() -> None:
    longest = {
        "street": "ß" * 60,
        "part": "é" * 60,
        "wijk": "w" * 300,
        "name": "ø" * 80,
        "phone": "1" * 30,
        "email": "e" * 254,
        "together": "not_yet",
        "second_name": "ø" * 80,
        "second_email": "e" * 254,
    }
    plain = Draft(campaign="c" * 40).with_answers(longest).model_dump_json().encode()
    assert len(plain) * 4 / 3 + 100 < 4096
