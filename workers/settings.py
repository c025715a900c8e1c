"""Settings: the environment, and files for what is secret. The local stack sets all of them by itself."""

import os
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    UrlConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, Url
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as Unread

from schemas.sign_in import is_loopback


def _not_everybody(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if network.prefixlen == 0:
        raise ValueError("that is everybody, name your own proxies")
    return network


def _listed(text: object) -> object:
    return [each.strip() for each in text.split(",") if each.strip()] if isinstance(text, str) else text


ORDINARY = re.compile(
    r"(?=.{1,63}$)[a-z0-9]+([._+-][a-z0-9]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+([a-z]{2,3}|example)", re.ASCII
)
"""A sender that is right as it is, so that a start need not read the library of addresses."""


def ascii_sender(text: str) -> str:
    """Who our mails come from, as every mail server takes it: an international domain in its ASCII form.

    Raises ``ValueError`` when it cannot stand in a mail, so that none fails for it later.
    """
    if ORDINARY.fullmatch(text):
        return text
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - seldom needed

    try:
        valid = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError("that is no address that can send mail") from None
    if valid.ascii_email is None:
        raise ValueError("what stands before the @ has to be letters without accents, digits and dots")
    return valid.ascii_email


Network = Annotated[IPvAnyNetwork, AfterValidator(_not_everybody)]
SmtpUrl = Annotated[Url, UrlConstraints(allowed_schemes=["smtp", "smtps"], host_required=True)]


ONLY_HERE = (
    "STRAAT_LOCAL_SIGN_IN is for a stack on one's own machine only: it needs a STRAAT_DESK_URL of http on a "
    "loopback address, such as http://127.0.0.1:8601, and a STRAAT_WEB_HOST that is loopback too"
)


class SettingsError(Exception):
    """A setting is missing or wrong; each line names it."""


class Settings(BaseSettings):
    """One model for every process. Temporal's own settings come from its environment configuration.

    Each can stand in the environment, or in a file of the folder that STRAAT_SECRETS names; the environment
    comes first.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    database_url: Annotated[str, Field(min_length=1)]
    admin_database_url: str | None = None
    secrets: Annotated[Path | None, Field(validation_alias="STRAAT_SECRETS")] = None
    """A folder with a file for each setting that is secret, named in small letters, such as database_url."""
    smtp_url: SmtpUrl = Url("smtp://127.0.0.1:25")
    mail_from: Annotated[str, AfterValidator(ascii_sender), Field(validation_alias="STRAAT_MAIL_FROM")] = (
        "noreply@liefenleed.example"
    )
    mails_per_second: Annotated[float, Field(gt=0, validation_alias="STRAAT_MAILS_PER_SECOND")] = 50
    dkim_selector: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")] | None,
        BeforeValidator(lambda text: text or None),
        Field(validation_alias="STRAAT_DKIM_SELECTOR"),
    ] = None
    """By which key the mail server signs; the doctor looks for it, nothing else does."""
    master_key_file: Annotated[Path, Field(validation_alias="STRAAT_MASTER_KEY_FILE")]
    public_url: Annotated[AnyHttpUrl, Field(validation_alias="STRAAT_PUBLIC_URL")]
    desk_url: Annotated[AnyHttpUrl, Field(validation_alias="STRAAT_DESK_URL")]
    temporal_ui_url: Annotated[AnyHttpUrl, Field(validation_alias="STRAAT_TEMPORAL_UI_URL")]
    local_sign_in: Annotated[bool, Field(validation_alias="STRAAT_LOCAL_SIGN_IN")] = False
    sign_in_secrets: Annotated[Path | None, Field(validation_alias="STRAAT_SIGN_IN_SECRETS")] = None
    """A folder with a file for each municipality that has a provider: the secret of its client."""
    erasure_log: Annotated[Path | None, Field(validation_alias="STRAAT_ERASURE_LOG")] = None
    """Where the log of erasures is kept apart from the database, so that it outlives a restore."""
    api_contact: Annotated[str, Field(validation_alias="STRAAT_API_CONTACT")] = "api@liefenleed.example"
    trusted_proxies: Annotated[
        tuple[Network, ...] | None,
        NoDecode,
        BeforeValidator(_listed),
        Field(validation_alias="STRAAT_TRUSTED_PROXIES"),
    ] = None
    """Proxies in front of the pages, as addresses or networks with commas between; empty: there is none."""
    forwarded_header: Annotated[
        Literal["x-forwarded-for", "forwarded"],
        BeforeValidator(lambda name: str(name).strip().lower()),
        Field(validation_alias="STRAAT_FORWARDED_HEADER"),
    ] = "x-forwarded-for"
    """The one header in which those proxies write whom they speak for."""
    deployment: Annotated[
        str, Field(validation_alias="STRAAT_DEPLOYMENT", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    ] = "straat"
    """The name that all builds of the workers share in Temporal."""
    build_id: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")] | None,
        BeforeValidator(lambda text: text or None),
        Field(validation_alias="STRAAT_BUILD_ID"),
    ] = None
    """The build that a worker is; without it, it knows no versions."""
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(lambda name: str(name).strip().upper()),
        Field(validation_alias="STRAAT_LOG_LEVEL"),
    ] = "INFO"
    """From which level on is logged, the libraries' own words too; at each the same rules hold."""
    web_host: Annotated[str, Field(validation_alias="STRAAT_WEB_HOST")] = "127.0.0.1"
    public_port: Annotated[int, Field(validation_alias="STRAAT_PUBLIC_PORT")] = 8600
    desk_port: Annotated[int, Field(validation_alias="STRAAT_DESK_PORT")] = 8601
    watch_host: Annotated[str, Field(validation_alias="STRAAT_WATCH_HOST")] = "127.0.0.1"
    watch_port: Annotated[int | None, Field(gt=0, le=65535, validation_alias="STRAAT_WATCH_PORT")] = None
    """Where measures and health are told; none: nowhere."""
    drain_seconds: Annotated[float, Field(ge=0, le=60, validation_alias="STRAAT_DRAIN_SECONDS")] = 0
    """How long a process that was told to stop says so before it takes nothing any more."""

    @model_validator(mode="after")
    def local_means_here(self) -> "Settings":
        """Where others can reach the desk, nobody chooses who they are."""
        here = self.desk_url.scheme == "http" and is_loopback(self.desk_url.host)
        if self.local_sign_in and not (here and is_loopback(self.web_host)):
            raise ValueError(ONLY_HERE)
        return self

    @classmethod
    def read(cls) -> "Settings":
        """From the environment; raises :class:`SettingsError` naming what is missing or wrong."""
        folder = os.environ.get("STRAAT_SECRETS") or None
        if folder is not None and not _can_be_read(folder):
            raise SettingsError("STRAAT_SECRETS is wrong: there is no folder that we can read.") from None
        try:
            return cls(_secrets_dir=folder)
        except OSError as error:
            name = Path(error.filename or "a file").name
            raise SettingsError(
                f"STRAAT_SECRETS is wrong: {name} cannot be read ({error.strerror})."
            ) from None
        except Unread as error:
            # Of a file that holds no text; the library's message names it, and repeats nothing.
            name = "".join(re.findall(r'field "(\w+)"', str(error))[:1]) or "a file"
            raise SettingsError(f"STRAAT_SECRETS is wrong: {name} cannot be read (it is no text).") from None
        except ValidationError as error:
            raise SettingsError("\n".join(map(_sentence, error.errors(include_input=False)))) from None


def alone(name: str) -> str | None:
    """One setting, for a command that needs no other; the same places, in the same order.

    Raises :class:`SettingsError` when its file cannot be read.
    """
    folder = os.environ.get("STRAAT_SECRETS")
    if given := os.environ.get(name):
        return given
    try:
        return (Path(folder) / name.lower()).read_text("utf-8").strip() or None if folder else None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(f"STRAAT_SECRETS is wrong: {name.lower()} cannot be read ({why}).") from None


def _can_be_read(folder: str) -> bool:
    try:
        return Path(folder).is_dir() and os.access(folder, os.R_OK | os.X_OK)
    except OSError:
        return False  # A name that no folder can have.


def proxies(settings: Settings) -> tuple[IPv4Network | IPv6Network, ...]:
    """The proxies in front of the pages; raises :class:`SettingsError` when one is needed and none is named.

    Without its name every reader would seem to sit at the proxy's own address, and share one limit.
    """
    if settings.trusted_proxies is None and settings.public_url.scheme == "https":
        raise SettingsError(
            "STRAAT_TRUSTED_PROXIES is missing: name the proxy that gives STRAAT_PUBLIC_URL its https."
        )
    return settings.trusted_proxies or ()


def _sentence(error: ErrorDetails) -> str:
    if not error["loc"]:
        return f"{error['msg'].removeprefix('Value error, ')}."
    name = str(error["loc"][0]).upper()
    told = error["msg"].removeprefix("Value error, ")
    return f"{name} is missing." if error["type"] == "missing" else f"{name} is wrong: {told}."


def address(url: AnyHttpUrl) -> str:
    """An address without its trailing slash, to put a path behind."""
    return str(url).rstrip("/")
