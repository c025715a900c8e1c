"""``straat chaos``: a storm over a stack of its own. The harness is in the tests, so it needs a checkout."""

import os
import sys
from pathlib import Path

import typer

CHECKOUT = Path(__file__).parents[2]
HARNESS = CHECKOUT / "tests" / "chaos" / "__main__.py"


def chaos(
    seed: int | None, minutes: float, streets: int | None, ports: int, home: Path | None, *, only_plan: bool
) -> None:
    """Hand over to ``python -m tests.chaos``, whose exit code is ours."""
    if not HARNESS.exists():
        typer.echo(
            "The harness is not in this installation, for it is a part of the tests: run `straat chaos` "
            "in a checkout, in the environment that `make test` makes.",
            err=True,
        )
        raise typer.Exit(2)
    folder = home.absolute() if home else None
    given = (
        ("--seed", seed),
        ("--minutes", minutes),
        ("--streets", streets),
        ("--ports", ports),
        ("--home", folder),
    )
    options = [part for name, value in given if value is not None for part in (name, str(value))]
    options += ["--plan"] if only_plan else []
    sys.stdout.flush()
    os.chdir(CHECKOUT)
    os.execv(sys.executable, [sys.executable, "-m", "tests.chaos", *options])  # noqa: S606
