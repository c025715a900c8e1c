"""The addresses of a stack, and the environment its processes get."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.errors import StackError
from deploy.local.ports import Ports

LOCAL = "127.0.0.1"
NAMESPACE = "default"
# Web answers here when its database does too.
HEALTH_PATH = "/gezond"
# A process answers here, on the port for who watches, when it lives, and when it can do its work.
ALIVE_PATH = "/levend"
READY_PATH = "/klaar"


@dataclass(frozen=True)
class OwnDatabase:
    """A PostgreSQL server of the user's own."""

    app_url: str
    admin_url: str

    @classmethod
    def from_environment(cls, given: Mapping[str, str]) -> "OwnDatabase | None":
        """Both URLs, or neither; `StackError` when only one is set."""
        app, admin = given.get("DATABASE_URL"), given.get("ADMIN_DATABASE_URL")
        if not app and not admin:
            return None
        if app and admin:
            return cls(app, admin)
        raise StackError(
            "Only one of DATABASE_URL and ADMIN_DATABASE_URL is set: set both to use a PostgreSQL "
            "of your own, or neither to use the embedded one."
        )


def pages(ports: Ports) -> dict[str, str]:
    """What a person opens in a browser."""
    return {
        "public": f"http://{LOCAL}:{ports.public}",
        "desk": f"http://{LOCAL}:{ports.desk}",
        "mail": f"http://{LOCAL}:{ports.mail}",
        "temporal_ui": f"http://{LOCAL}:{ports.temporal_ui}",
    }


def doors(ports: Ports) -> dict[str, str]:
    """What programs connect to."""
    return {
        "temporal": f"grpc://{LOCAL}:{ports.temporal}",
        "postgres": f"postgresql://{LOCAL}:{ports.postgres}",
        "smtp": f"smtp://{LOCAL}:{ports.smtp}",
    }


def watches(ports: Ports) -> dict[str, str]:
    """Where each of our processes tells how it is."""
    return {"worker": f"http://{LOCAL}:{ports.worker_watch}", "web": f"http://{LOCAL}:{ports.web_watch}"}


def child_environment(ports: Ports, database_url: str, master_key: str) -> dict[str, str]:
    """The environment of worker and web. The superuser's URL is not in it."""
    urls = pages(ports)
    # A cluster of the user's own in TEMPORAL_* would win over the local server.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TEMPORAL_")}
    kept.pop("ADMIN_DATABASE_URL", None)
    # A stack starts many times: what was read once is kept as bytecode, whatever is best elsewhere.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": f"{LOCAL}:{ports.temporal}",
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "SMTP_URL": doors(ports)["smtp"],
        "STRAAT_MASTER_KEY_FILE": master_key,
        "STRAAT_PUBLIC_URL": urls["public"],
        "STRAAT_DESK_URL": urls["desk"],
        "STRAAT_TEMPORAL_UI_URL": urls["temporal_ui"],
        "STRAAT_LOCAL_SIGN_IN": "1",
        "STRAAT_TRUSTED_PROXIES": LOCAL,
        "STRAAT_WEB_HOST": LOCAL,
        "STRAAT_PUBLIC_PORT": str(ports.public),
        "STRAAT_DESK_PORT": str(ports.desk),
        "PYTHONUNBUFFERED": "1",
    }
