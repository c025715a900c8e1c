"""``straat``: the command line."""

from pathlib import Path
from typing import Annotated

import typer

from workers.commands.later import Straat
from workers.commands.serving import leave
from workers.doctor.groups import Group

app = typer.Typer(cls=Straat, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
municipality = typer.Typer(no_args_is_help=True, help="Policy of municipalities.")
app.add_typer(municipality, name="municipality")

Home = Annotated[Path, typer.Option(help="Where the local stack keeps its data.")]


@municipality.command("apply")
def municipality_apply(
    files: Annotated[list[Path], typer.Argument(help="Policy files, such as deploy/municipalities/*.toml.")],
    home: Home = Path(".straat"),
) -> None:
    """Check policy files and apply them, all or none."""
    from workers.commands.service import apply  # noqa: PLC0415

    apply(files, home)


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
    """Run a command, and leave."""
    leave(app)


if __name__ == "__main__":
    main()
