"""The provider as a test uses it: started, told who is in which group, and put in a municipality's policy."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from schemas.policy import read_policy
from schemas.sign_in import SignIn
from store import policies
from store.database import Database
from tests.conftest import MUNICIPALITIES, free_port

PATIENCE = 30.0
PASSWORD = "Tulpen-in-de-tuin-7"  # noqa: S105 - of people who do not exist
CLIENT, OTHER_CLIENT = "bureau", "een-ander"
SECRET = "tussen-ons"  # noqa: S105 - of a client that does not exist
PEOPLE = {"noor": ["lief-coordinator"], "ties": ["lief-coordinator", "lief-geld"], "bram": ["iets-anders"]}
ROLES = {"coordinator": ["lief-coordinator"], "treasurer": ["lief-geld"], "lead": ["lief-leiding"]}


class Identity:
    """A provider that runs."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"

    def groups(self, user: str, *names: str) -> None:
        """Put somebody in these groups, and in no other."""
        said = httpx.get(f"{self.issuer}/-/groups", params={"user": user, "group": list(names)})
        assert said.text == "done", said.text[-600:]

    def everybody_back(self) -> None:
        """As it was."""
        for user, names in PEOPLE.items():
            self.groups(user, *names)

    def ways(self, **more: Any) -> SignIn:
        """The section of a policy that leads here."""
        provider = {
            "issuer": self.issuer,
            "client_id": CLIENT,
            "scopes": ["openid", "profile", "email", "groups"],
            "roles": ROLES,
            "admits": "group",
        }
        return SignIn.model_validate({"provider": provider | more})

    async def settle(self, db: Database, municipality: str = "den-haag", **more: Any) -> None:
        """Have a municipality sign in here from now on."""
        await sign_in_by(db, self.ways(**more), municipality)


async def sign_in_by(db: Database, ways: SignIn, municipality: str = "den-haag") -> None:
    """Apply a municipality's policy with these ways in."""
    [path] = [path for path in MUNICIPALITIES if path.stem == municipality]
    policy = read_policy(path).model_copy(update={"sign_in": ways})
    async with db.transaction() as conn:
        await policies.apply(conn, policy, "engine", date(2026, 11, 23))


def secrets_in(folder: Path, secret: str = SECRET) -> Path:
    """The folder with the client's secret."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "den-haag").write_text(secret + "\n")
    return folder


@contextmanager
def provider(desks: list[str]) -> Iterator[Identity]:
    """Start one that lets people come back to these desks."""
    port = free_port()
    people = [
        {
            "user": user,
            "name": user.title(),
            "mail": f"{user}@den-haag.example",
            "password": PASSWORD,
            "groups": at,
        }
        for user, at in PEOPLE.items()
    ]
    back = [f"{desk}/aanmelden/den-haag/terug" for desk in desks]
    after = [f"{desk}/" for desk in desks]
    clients = [
        {"id": name, "secret": SECRET, "back": back, "after": after, "method": "client_secret_post"}
        for name in (CLIENT, OTHER_CLIENT)
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.identity.server", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps({"people": people, "clients": clients}) + "\n")
    process.stdin.flush()
    try:
        _wait(process, f"http://127.0.0.1:{port}/.well-known/openid-configuration")
        yield Identity(port)
    finally:
        process.kill()
        process.stdin.close()
        process.wait()


def _wait(process: subprocess.Popen[str], url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, "the provider did not start"
        assert time.monotonic() < deadline, "the provider does not answer"
        try:
            httpx.get(url, timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
