"""Every text that a form, an upload or the API takes: its canary, or why it is not personal.

What the vault seals is personal (``schemas/person.py``), and so is every free text that somebody types,
unless it stands in ``NOT_PERSONAL`` with the reason.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any, get_args

from pydantic import BaseModel, EmailStr

import forms
import schemas
from store.vault import KINDS

TYPED = ("Form", "Answers", "Values", "Metadata", "Submission", "Asked", "Gangmaker")
"""How the models are called that take what somebody types."""

SEALED = {
    "Person.name": "ans.name",
    "Person.email": "ans.email",
    "Person.phone": "ans.phone",
    "Person.why": "eef.why",
    "Colleague.name": "ines.name",
    "Colleague.email": "ines.email",
    "Place.text": "ans.place",
    "Account.holder": "ans.holder",
    "Account.iban": "ans.iban",
    "Story.text": "ans.story",
    "Concern.text": "fred.concern",
    "Document.content": "bank.payer_iban",
}
"""What the vault seals, and the canary that is sealed there."""

NEVER_FILLED = {"Colleague.phone", "Colleague.why"}
"""Of what a colleague has in common with a resident, what no form asks."""

STREET = "where the street lies: the register of streets is public"
HOUSE = "a word of the house: chosen from a list, or a number of ours"
BOOKS = (
    "the account that the municipality gives of its money; it stands in the books for good, as the form says"
)
SYSTEM = "what a system or a campaign is called by who manages it"

NOT_PERSONAL = {
    **dict.fromkeys(
        (
            *("StreetAnswers.street", "StreetAnswers.part", "StreetAnswers.wijk", "SignupForm.street"),
            *("SignupForm.part", "SignupForm.wijk", "NewSubmission.street", "NewSubmission.part"),
            *("NewSubmission.wijk", "Values.straat", "Values.deel", "Values.wijk", "ConcernForm.wijk"),
            *("ShapeAnswers.part", "SplitAnswers.split_part", "MergeAnswers.into", "VisitAnswers.street"),
            *("RoundAnswers.wijk", "Gangmaker.title", "Gangmaker.street", "Gangmaker.municipality"),
        ),
        STREET,
    ),
    **dict.fromkeys(
        (
            *("ConcernForm.topic", "ConcernForm.who", "NewSubmission.campaign", "Metadata.language_code"),
            *("Metadata.public_reference", "Submission.receipt", "CodeForm.code", "WebhookAnswers.which"),
            *(
                "OpenFormsSubmission.values_schema",
                "OpenFormsSubmission.metadata_schema",
                "GrantAnswers.funder",
            ),
            "LessAnswers.funder",
        ),
        HOUSE,
    ),
    **dict.fromkeys(
        (
            *("Answers.reason", "GrantAnswers.reason", "LessAnswers.reason", "MoveAnswers.reason"),
            *("ExpenseAnswers.reason", "CorrectAnswers.reason", "PlaceAnswers.reason"),
        ),
        BOOKS,
    ),
    **dict.fromkeys(
        (
            *("ClientAnswers.name", "CampaignAnswers.name", "ChannelAnswers.words", "WebhookAnswers.name"),
            *("WebhookAnswers.url", "WebhookForm.name", "WebhookForm.url"),
        ),
        SYSTEM,
    ),
}
"""What somebody types that is about nobody, and why."""

CANARY_OF = {
    **dict.fromkeys(("YourAnswers.name", "SignupForm.name"), "ans.name"),
    **dict.fromkeys(("YourAnswers.email", "SignupForm.email"), "ans.email"),
    **dict.fromkeys(("YourAnswers.phone", "SignupForm.phone"), "ans.phone"),
    **dict.fromkeys(("TogetherAnswers.second_name", "SignupForm.second_name"), "bo.name"),
    **dict.fromkeys(("TogetherAnswers.second_email", "SignupForm.second_email"), "bo.email"),
    **dict.fromkeys(("Values.naam", "Gangmaker.name"), "cas.name"),
    **dict.fromkeys(("Values.email", "Gangmaker.email"), "cas.email"),
    **dict.fromkeys(("Values.telefoon", "Gangmaker.phone"), "cas.phone"),
    **dict.fromkeys(("Values.naamTweede", "SecondGangmaker.name"), "dre.name"),
    **dict.fromkeys(("Values.emailTweede", "SecondGangmaker.email"), "dre.email"),
    "CandidateAnswers.name": "eef.name",
    "CandidateAnswers.email": "eef.email",
    "CandidateAnswers.why": "eef.why",
    "ConcernForm.words": "fred.concern",
    "ConcernForm.name": "fred.name",
    "ConcernForm.email": "fred.email",
    "ConcernForm.phone": "fred.phone",
    "PlanAnswers.place": "ans.place",
    "AgendaAnswers.place": "cas.slot_place",
    "RecordAnswers.approach": "ans.approach",
    "StoryForm.text": "ans.story",
    "AccountForm.holder": "ans.holder",
    "AccountForm.iban": "ans.iban",
    "Asked.email": "ans.email",
    "AddressForm.email": "gea.email",
    "ContactForm.name": "gea.new_name",
    "ContactForm.email": "gea.new_email",
    "ContactForm.phone": "gea.phone",
    "HandOnAnswers.name": "hugo.name",
    "HandOnAnswers.email": "hugo.email",
    "InvitationForm.name": "ines.name",
    "InvitationForm.email": "ines.email",
    "PasskeyForm.name": "passkey.name",
}
"""The canary that goes through each other field."""

CLOSED = (int, bool, Enum)


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """A package with all that is in it."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def typed_models() -> list[type[BaseModel]]:
    """Everything that takes what somebody types."""
    found = {
        each
        for package in (schemas, forms)
        for module in modules(package)
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, BaseModel)
        and each.__module__ == module.__name__
        and each.__name__.endswith(TYPED)
    }
    return sorted(found, key=lambda each: each.__name__)


def texts(model: type[BaseModel]) -> list[str]:
    """Its fields that can hold any text."""
    return [name for name, field in model.model_fields.items() if _is_text(field.annotation)]


def _is_text(annotation: Any) -> bool:
    parts = get_args(annotation) or (annotation,)
    if len(parts) > 1 or parts[0] is not annotation:
        return any(_is_text(part) for part in parts)
    if annotation is EmailStr:
        return True
    return isinstance(annotation, type) and issubclass(annotation, str) and not issubclass(annotation, CLOSED)


def typed_fields() -> list[str]:
    """``SignupForm.name`` and so on."""
    return sorted({f"{model.__name__}.{name}" for model in typed_models() for name in texts(model)})


def sealed_fields() -> list[str]:
    """``Person.name`` and so on: every text that the vault seals."""
    return [
        f"{model.__name__}.{name}"
        for model in KINDS
        for name, field in model.model_fields.items()
        if name != "language" and (_is_text(field.annotation) or field.annotation is bytes)
    ]
