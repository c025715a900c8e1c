"""The steps of the sign-up form: which fields each has, and what is wrong with what was typed."""

from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from forms.public.sentences import has_sentence, sentence
from schemas.policy import Policy
from schemas.refs import Language
from schemas.signup import SignupForm, StreetAnswers, TogetherAnswers, YourAnswers

FIELDS_OF_RULE = {
    "street_text": ["street"],
    "second_incomplete": ["second_name", "second_email"],
    "second_same": ["second_email"],
}
"""Rules over several fields, with the fields a reader mends them in: the empty ones, if any."""


@dataclass(frozen=True)
class Step:
    """One page of the form."""

    name: str
    model: type[BaseModel]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields, in the order of the page."""
        return tuple(self.model.model_fields)

    @property
    def template(self) -> str:
        """Its page."""
        return f"signup_{self.name}.html"


STEPS = (Step("straat", StreetAnswers), Step("u", YourAnswers), Step("samen", TogetherAnswers))
CHECK = "controleer"


def step_named(name: str) -> Step | None:
    """The step of a path."""
    return next((step for step in STEPS if step.name == name), None)


def step_after(step: Step) -> str:
    """Where an answered step leads to."""
    names = [*(each.name for each in STEPS), CHECK]
    return names[names.index(step.name) + 1]


def problems(step: Step, answers: dict[str, str], policy: Policy, language: Language) -> dict[str, str]:
    """What is wrong with a step, by field, as sentences; empty when it is well."""
    found = _problems_of(step.model, answers)
    if "wijk" in step.fields and not found.get("wijk") and _wijk(answers) not in policy.wijken:
        found["wijk"] = "not_listed"
    if not found and step.model is TogetherAnswers:
        found = {f: rule for f, rule in _problems_of(SignupForm, answers).items() if f in step.fields}
    ordered = [field for field in step.fields if field in found]
    return {field: sentence(field, found[field], language) for field in ordered}


def _wijk(answers: dict[str, str]) -> str:
    return " ".join(answers.get("wijk", "").split())


def _problems_of(model: type[BaseModel], answers: dict[str, str]) -> dict[str, str]:
    try:
        model.model_validate({name: answers[name] for name in model.model_fields if name in answers})
    except ValidationError as error:
        found: dict[str, str] = {}
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            for field in _fields_of(each, answers):
                found.setdefault(field, _kind(field, each["type"], answers))
        return found
    return {}


def _fields_of(error: ErrorDetails, answers: dict[str, str]) -> list[str]:
    if error["loc"]:
        return [str(error["loc"][0])]
    fields = FIELDS_OF_RULE[error["type"]]
    return [field for field in fields if not answers.get(field, "").strip()] or fields


def _kind(field: str, kind: str, answers: dict[str, str]) -> str:
    """An empty field is missing, whatever rule noticed it; *too long* has one name, whatever noticed that."""
    if not answers.get(field, "").strip() and has_sentence(field, "missing"):
        return "missing"
    return kind.removeprefix("string_")


def first_open_step(answers: dict[str, str], policy: Policy) -> Step | None:
    """The first step that is not well answered; None when the form is complete."""
    return next((step for step in STEPS if problems(step, answers, policy, Language.NL)), None)
