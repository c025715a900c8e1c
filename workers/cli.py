"""``straat``: the command line."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from schemas.exports.formats import Format
from workers.commands import audit as logbook
from workers.commands import backup as safekeeping
from workers.commands import client as systems
from workers.commands import deploy as builds
from workers.commands import keys as master_keys
from workers.commands import ledger as books
from workers.commands import person as residents
from workers.commands import retention as keeping
from workers.commands import service
from workers.commands import staff as colleagues
from workers.doctor.groups import Group

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
municipality = typer.Typer(no_args_is_help=True, help="Policy of municipalities.")
app.add_typer(municipality, name="municipality")
ledger = typer.Typer(no_args_is_help=True, help="The books: verify them, write them out.")
app.add_typer(ledger, name="ledger")
app.add_typer(residents.app, name="person")
app.add_typer(logbook.app, name="audit")
app.add_typer(systems.app, name="client")
app.add_typer(colleagues.app, name="staff")
app.add_typer(master_keys.app, name="keys")
app.add_typer(builds.app, name="deploy")
app.add_typer(keeping.app, name="retention")

Home = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]

app.command()(service.worker)
app.command()(service.web)
app.command()(service.migrate)
app.command("backup")(safekeeping.backup)
app.command("restore")(safekeeping.restore_backup)


@municipality.command("apply")
def municipality_apply(
    files: Annotated[list[Path], typer.Argument(help="Policy files, such as deploy/municipalities/*.toml.")],
    home: Home = Path(".straat"),
) -> None:
    """Check policy files and apply them, all or none."""
    service.apply(files, home)


Municipality = Annotated[str | None, typer.Option(help="Its slug; without it, all of them.")]
Year = Annotated[int | None, typer.Option(help="The fiscal year; without it, all of them.")]


@ledger.command("verify")
def ledger_verify(municipality: Municipality = None, year: Year = None, home: Home = Path(".straat")) -> None:
    """Recompute balances and chain, check every file and reason; exit code 1 where something is broken."""
    books.verify(municipality, year, home)


@ledger.command("head")
def ledger_head(municipality: Municipality = None, year: Year = None, home: Home = Path(".straat")) -> None:
    """Municipality, year, state, length and head of every chain."""
    books.head(municipality, year, home)


@ledger.command("export")
def ledger_export(
    municipality: Annotated[str, typer.Option(help="Its slug.")],
    year: Annotated[int, typer.Option(help="The fiscal year.")],
    kind: Annotated[Format, typer.Option("--format", help="What to write.")],
    output: Annotated[Path | None, typer.Option(help="The file; without it, standard output.")] = None,
    home: Home = Path(".straat"),
) -> None:
    """Write the books of a year out, every transfer of them."""
    books.export(municipality, year, kind, output, home)


@app.command()
def up(
    home: Home = Path(".straat"),
    ports: Annotated[int, typer.Option(help="The first port; every other one follows it.")] = 8600,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the data of this home away first.")] = False,
) -> None:
    """Start the whole local stack, until Ctrl-C."""
    try:
        from workers.commands.up import up as run  # noqa: PLC0415
    except ModuleNotFoundError:
        typer.echo(
            "The local stack is not in this installation: install it with its extra, `local`.", err=True
        )
        raise typer.Exit(1) from None

    run(home, ports, fresh)


@app.command()
def chaos(
    seed: Annotated[int | None, typer.Option(help="What repeats a run; without it, a new one.")] = None,
    minutes: Annotated[float, typer.Option(help="How long faults go on.")] = 5.0,
    streets: Annotated[int | None, typer.Option(help="Three for each two minutes, when not told.")] = None,
    ports: Annotated[int, typer.Option(help="The first of fourteen ports in a row.")] = 9100,
    home: Annotated[Path | None, typer.Option(help="An empty folder to keep; else one that goes.")] = None,
    *,
    only_plan: Annotated[bool, typer.Option("--plan", help="Only tell what the seed stands for.")] = False,
) -> None:
    """Kill, stop and cut a stack of its own while streets live on it; then audit. Needs a checkout."""
    from workers.commands.chaos import chaos as run  # noqa: PLC0415

    run(seed, minutes, streets, ports, home, only_plan=only_plan)


@app.command()
def reconcile(
    home: Home = Path(".straat"),
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what needs no guess.")] = False,
    book: Annotated[str | None, typer.Option(help="The potje whose own postings are booked again.")] = None,
    by_hand: Annotated[str | None, typer.Option(help="The potje or batch that you settled by hand.")] = None,
    mail_again: Annotated[
        bool, typer.Option("--mail-again", help="Mail again what is written again; else it counts as sent.")
    ] = False,
) -> None:
    """After a restore: compare the database with the workflows; exit code 1 while anything is apart."""
    from workers.commands.reconcile import reconcile as run  # noqa: PLC0415

    run(home, repair=repair, book=book, by_hand=by_hand, mail_again=mail_again)


@app.command()
def status(
    home: Home = Path(".straat"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Every address of the local stack, and its health."""
    from workers.commands.status import status as run  # noqa: PLC0415

    run(home, as_json)


@app.command()
def doctor(
    home: Home = Path(".straat"),
    only: Annotated[list[Group] | None, typer.Option(help="A group of checks; may be repeated.")] = None,
    watch: Annotated[
        list[str] | None,
        typer.Option(help="Where another process tells how it is: http://HOST:PORT; may be repeated."),
    ] = None,
    backups: Annotated[Path | None, typer.Option(help="The folder of the databases' backups.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Look at everything, change nothing, and say what to do; exit code 1 when something is broken."""
    from workers.commands.doctor import doctor as run  # noqa: PLC0415

    run(home, only or [], watch or [], backups, as_json=as_json)


@app.command()
def demo(home: Home = Path(".straat")) -> None:
    """Play a wijk of twenty streets through the public pages of the running stack."""
    from workers.commands.demo import demo as run  # noqa: PLC0415

    run(home)


def main() -> None:
    """Run a command. Leaves by ``os._exit``: native threads of the SDK can crash an orderly exit."""
    code = 0
    try:
        app(standalone_mode=True)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
