"""Settings: the environment, and files for what is secret. The local stack sets all of them by itself."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AnyHttpUrl, Field, UrlConstraints, ValidationError
from pydantic_core import ErrorDetails, Url
from pydantic_settings import BaseSettings, SettingsConfigDict

SmtpUrl = Annotated[Url, UrlConstraints(allowed_schemes=["smtp", "smtps"], host_required=True)]


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
    mail_from: Annotated[str, Field(validation_alias="STRAAT_MAIL_FROM")] = "noreply@liefenleed.example"
    mails_per_second: Annotated[float, Field(gt=0, validation_alias="STRAAT_MAILS_PER_SECOND")] = 50
    master_key_file: Annotated[Path, Field(validation_alias="STRAAT_MASTER_KEY_FILE")]
    public_url: Annotated[AnyHttpUrl, Field(validation_alias="STRAAT_PUBLIC_URL")]
    desk_url: Annotated[AnyHttpUrl, Field(validation_alias="STRAAT_DESK_URL")]
    temporal_ui_url: Annotated[AnyHttpUrl, Field(validation_alias="STRAAT_TEMPORAL_UI_URL")]
    local_sign_in: Annotated[bool, Field(validation_alias="STRAAT_LOCAL_SIGN_IN")] = False
    erasure_log: Annotated[Path | None, Field(validation_alias="STRAAT_ERASURE_LOG")] = None
    """Where the log of erasures is kept apart from the database, so that it outlives a restore."""
    web_host: Annotated[str, Field(validation_alias="STRAAT_WEB_HOST")] = "127.0.0.1"
    public_port: Annotated[int, Field(validation_alias="STRAAT_PUBLIC_PORT")] = 8600
    desk_port: Annotated[int, Field(validation_alias="STRAAT_DESK_PORT")] = 8601

    @classmethod
    def read(cls) -> "Settings":
        """From the environment; raises :class:`SettingsError` naming what is missing or wrong."""
        folder = os.environ.get("STRAAT_SECRETS") or None
        if folder is not None and not (Path(folder).is_dir() and os.access(folder, os.R_OK | os.X_OK)):
            raise SettingsError("STRAAT_SECRETS is wrong: there is no folder that we can read.") from None
        try:
            return cls(_secrets_dir=folder)
        except OSError as error:
            name = Path(error.filename or "a file").name
            raise SettingsError(
                f"STRAAT_SECRETS is wrong: {name} cannot be read ({error.strerror})."
            ) from None
        except ValidationError as error:
            raise SettingsError("\n".join(map(_sentence, error.errors(include_input=False)))) from None


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0]).upper()
    return f"{name} is missing." if error["type"] == "missing" else f"{name} is wrong: {error['msg']}."


def address(url: AnyHttpUrl) -> str:
    """An address without its trailing slash, to put a path behind."""
    return str(url).rstrip("/")
