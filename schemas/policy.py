"""Policy is data: what a municipality decides, read from ``deploy/municipalities/<slug>.toml``."""

import json
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from schemas.concern_policy import Concerns
from schemas.contrast import contrast
from schemas.logo import Logo, read_logo
from schemas.mail_address import MailAddress
from schemas.model import Model
from schemas.money import cents_from_decimal
from schemas.programme import OWN_FUNDS, Bank, Budget, Closing, Forecast, Funder, Payout
from schemas.refs import Language, Slug
from schemas.sign_in import SignIn
from schemas.street_policy import Intake, Renewal, Retention, Scouting, Signup
from schemas.strict import Bilingual, Span, Strict, Text, once

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]

READABLE_CONTRAST = 4.5
"""WCAG 2.2 AA, success criterion 1.4.3."""

VISIBLE_CONTRAST = 3.0
"""WCAG 2.2 AA, success criterion 1.4.11: what is no text."""

PAGE = "#fbf7f0"
"""The page itself, as the stylesheet has it: the darkest thing that an accent lies on."""


class PayoutKind(StrEnum):
    """How a part of the potje reaches the gangmakers."""

    BANK = "bank"
    CASH = "cash"
    VOUCHER = "voucher"


class PotjePart(Strict):
    """One part of the yearly potje; ``euros`` has at most two decimals."""

    kind: PayoutKind
    euros: Annotated[Decimal, Field(gt=0, le=10_000, decimal_places=2)]

    @property
    def cents(self) -> int:
        """The amount in euro cents."""
        return cents_from_decimal(self.euros)


def _plain(text: str) -> str:
    if any(sign in text for sign in "<>\n\r\t"):
        raise ValueError("allowed is plain text on one line, without < or >")
    return text


Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160), AfterValidator(_plain)
]


class Welcome(Strict):
    """A sentence of the municipality's own, in every language."""

    nl: Sentence
    en: Sentence

    def within(self, language: Language) -> str:
        """The sentence in one language."""
        return self.en if language is Language.EN else self.nl


class Face(Strict):
    """The municipality's own face: a name, a colour that white text is readable on, perhaps a logo."""

    title: Text
    colour: Colour
    accent: Colour | None = None
    """A second colour, for lines and bars; no text is written in it or on it."""
    welcome: Welcome | None = None
    """What its public page begins with."""
    logo: Logo | None = None
    """In the file: the name of an SVG or PNG beside it."""

    @field_validator("logo", mode="before")
    @classmethod
    def beside_the_file(cls, logo: object, info: ValidationInfo) -> object:
        """Read the file that a policy file names."""
        folder: Path | None = (info.context or {}).get("folder")
        return read_logo(folder, logo) if folder and isinstance(logo, str) else logo

    @field_validator("colour")
    @classmethod
    def readable(cls, colour: str) -> str:
        """White text on the colour must reach the contrast of WCAG AA."""
        found = contrast(colour, "#ffffff")
        if found < READABLE_CONTRAST:
            raise ValueError(f"its contrast against white is {found:.1f}; allowed is 4.5 or more")
        return colour

    @field_validator("accent")
    @classmethod
    def visible(cls, accent: str | None) -> str | None:
        """A line or a bar must stand out from the page."""
        found = contrast(accent, PAGE) if accent else VISIBLE_CONTRAST
        if found < VISIBLE_CONTRAST:
            raise ValueError(f"its contrast against the page is {found:.1f}; allowed is 3 or more")
        return accent


class Contact(Strict):
    """The local party: the two ways to reach a person that every page offers."""

    name: Text
    email: MailAddress
    phone: Text


class Spelregels(Bilingual):
    """The house rules of the potje."""

    nl: Annotated[list[Text], Field(min_length=1, max_length=6)]
    en: Annotated[list[Text], Field(min_length=1, max_length=6)]


class Potje(Strict):
    """The yearly pot of money of a street."""

    parts: Annotated[list[PotjePart], Field(min_length=1, max_length=3)]
    receipt_reminder: Span = timedelta(days=7)

    @field_validator("parts")
    @classmethod
    def kindsonce(cls, parts: list[PotjePart]) -> list[PotjePart]:
        """Each kind of payout occurs once, so a part has a name."""
        once("kind", [part.kind for part in parts])
        return parts

    @property
    def cents(self) -> int:
        """The whole yearly amount in euro cents."""
        return sum(part.cents for part in self.parts)


class Policy(Strict):
    """Everything a municipality decides. The file's name is its slug."""

    slug: Slug
    name: Text
    bag_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    oin: Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$")] | None = None
    """The number by which the government knows the municipality; events say with it whose they are."""
    minimum_gangmakers: Annotated[int, Field(ge=1, le=5)]
    wijken: Annotated[list[Text], Field(min_length=1, max_length=200)]
    face: Face
    contact: Contact
    spelregels: Spelregels
    potje: Potje
    signup: Signup
    intake: Intake = Intake()
    renewal: Renewal
    retention: Retention
    scouting: Scouting = Scouting()
    concerns: Concerns = Concerns()
    sign_in: SignIn = SignIn()
    funders: list[Funder] = Field(default=[OWN_FUNDS], min_length=1, max_length=12)
    budgets: list[Budget] = Field(default=[])
    bank: Bank | None = None
    payout: Payout = Payout()
    closing: Closing = Closing()
    forecast: Forecast = Forecast()

    @field_validator("wijken")
    @classmethod
    def wijkenonce(cls, wijken: list[str]) -> list[str]:
        """A list to choose from names each wijk once."""
        once("wijk", wijken)
        return wijken

    @field_validator("funders")
    @classmethod
    def funders_once(cls, funders: list[Funder]) -> list[Funder]:
        """A key names one funder."""
        once("funder", [funder.key for funder in funders])
        return funders

    @field_validator("concerns")
    @classmethod
    def wijken_of_routes(cls, concerns: Concerns, info: ValidationInfo) -> Concerns:
        """A route is for wijken of this municipality."""
        known = info.data.get("wijken", [])
        strangers = sorted({wijk for route in concerns.routes for wijk in route.wijken} - set(known))
        if known and strangers:
            raise ValueError(f"no such wijk: {', '.join(strangers)}")
        return concerns

    @field_validator("budgets")
    @classmethod
    def grants_once(cls, budgets: list[Budget], info: ValidationInfo) -> list[Budget]:
        """A funder grants a line once a year in the file; what comes later is entered on the desk."""
        once("grant", [f"{budget.year} {budget.line} {budget.funder}" for budget in budgets])
        known = [funder.key for funder in info.data.get("funders", [])]
        strangers = sorted({budget.funder for budget in budgets} - set(known))
        if known and strangers:
            raise ValueError(f"no such funder: {', '.join(strangers)}; allowed are {', '.join(known)}")
        return budgets


class PolicyError(Exception):
    """A policy file is wrong: one line per mistake, with the key, the value and what is allowed."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _explain(path: Path, error: dict[str, Any]) -> str:
    key = ".".join(str(step) for step in error["loc"]) or "(file)"
    value = "" if error["type"] == "missing" else _as_typed(error["input"])
    return f"{path.name}: {key}{value and f' = {value}'}: {_rule(error)}"


def _as_typed(value: object) -> str:
    """A value as it stands in the file; of a whole section only its name is told."""
    if isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
        return f"[{', '.join(map(_as_typed, value))}]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return "" if isinstance(value, dict | list) else str(value)


def _rule(error: dict[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "this key is required"
        case "extra_forbidden":
            return f"this key is not known; allowed are {', '.join(_allowed(error['loc']))}"
        case "model_type":
            return "this must be a section with keys of its own"
        case _ if error["loc"] == ("slug",):
            return "the file's name may have lower-case letters, digits and single hyphens"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


def _allowed(location: tuple[str | int, ...]) -> list[str]:
    here: Any = Policy
    for step in location[:-1]:
        if isinstance(step, str):
            kind = here.model_fields[step].annotation
            here = next((k for k in getattr(kind, "__args__", ()) if hasattr(k, "model_fields")), kind)
    return sorted(name for name in here.model_fields if name != "slug")


def read_policy(path: Path) -> Policy:
    """The policy in a TOML file; raises :class:`PolicyError` naming key, value and what is allowed."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise PolicyError([f"{path.name}: this file cannot be read ({error.strerror})"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError([f"{path.name}: this is not valid TOML: {error}"]) from None
    except (ValueError, RecursionError):
        # A number of thousands of digits, or lists within lists without end: no policy has either.
        raise PolicyError([f"{path.name}: this is not valid TOML: a value is too long or too deep"]) from None
    if "slug" in raw:
        raise PolicyError([f"{path.name}: slug: leave it out; the file's name is the slug"])
    try:
        return Policy.model_validate({**raw, "slug": path.stem}, context={"folder": path.parent})
    except ValidationError as error:
        raise PolicyError([_explain(path, dict(e)) for e in error.errors()]) from None


class Terms(Model):
    """What a running street keeps of the policy for its year. Stored in histories: only add fields."""

    municipality: Slug
    municipality_name: str
    version: int
    minimum_gangmakers: int
    potje: list[tuple[PayoutKind, int]]
    """Kind and euro cents of each part."""
    receipt_reminder: timedelta
    signup_reminders: list[timedelta]
    signup_expires_after: timedelta
    intake_reminder_before: timedelta
    intake_minutes: int
    turn_month: int
    turn_day: int
    retention_declined: timedelta
    intake_plan_within: timedelta = timedelta(days=14)
    account_reminder: timedelta = timedelta(days=7)
    return_window: timedelta = timedelta(days=10)
    retention_ended: timedelta = timedelta(days=90)
    retention_sleeping: timedelta = timedelta(days=365)
    desk_url: str


def terms_of(policy: Policy, version: int, desk_url: str) -> Terms:
    """The part of a policy that the workflows decide with."""
    return Terms(
        municipality=policy.slug,
        municipality_name=policy.name,
        version=version,
        minimum_gangmakers=policy.minimum_gangmakers,
        potje=[(part.kind, part.cents) for part in policy.potje.parts],
        receipt_reminder=policy.potje.receipt_reminder,
        signup_reminders=policy.signup.reminders,
        signup_expires_after=policy.signup.expires_after,
        intake_reminder_before=policy.intake.reminder_before,
        intake_minutes=policy.intake.minutes,
        intake_plan_within=policy.intake.plan_within,
        turn_month=policy.renewal.month,
        turn_day=policy.renewal.day,
        retention_declined=policy.retention.declined,
        account_reminder=policy.payout.account_reminder,
        return_window=policy.payout.return_window,
        retention_ended=policy.retention.ended,
        retention_sleeping=policy.retention.sleeping,
        desk_url=desk_url,
    )


def budget_year(today: date) -> int:
    """The budget year that pays a potje: the calendar year, as municipalities budget."""
    return today.year
