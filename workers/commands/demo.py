"""``straat demo``: a wijk of twenty streets and two elsewhere, through the pages of a running stack."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workers.demo.cast import LABELS, MUNICIPALITY, STORIES, WIJK, Ending
from workers.demo.money import STEPS
from workers.demo.play import Play
from workers.demo.visitor import DemoError


def demo(home: Path) -> None:
    """Play all stories, then say where to look."""
    urls = _urls(home)
    console = Console()
    bar = Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    with bar:
        streets = bar.add_task("Streets", total=len(STORIES))
        money = bar.add_task("Money", total=len(STEPS))

        def ended(street: str) -> None:
            bar.update(streets, advance=1, description=street)

        def moved(step: str) -> None:
            bar.update(money, advance=1, description=step)

        try:
            counts = asyncio.run(Play(urls, ended, moved).run())
        except* (DemoError, TimeoutError, httpx.HTTPError) as errors:
            bar.stop()
            reasons = ", ".join(sorted({str(e) or type(e).__name__ for e in errors.exceptions}))
            typer.echo(f"The demo stopped: {reasons}. `straat status` tells what is down.", err=True)
            raise typer.Exit(1) from None
    _tell(console, urls, counts)


def _urls(home: Path) -> dict[str, str]:
    try:
        state = json.loads((home / "stack.json").read_text("utf-8"))
    except (OSError, ValueError):
        typer.echo(f"No stack runs in {home}: start it with `make up` first.", err=True)
        raise typer.Exit(1) from None
    urls: dict[str, str] = state["urls"]
    return urls


def _tell(console: Console, urls: dict[str, str], counts: Counter[Ending]) -> None:
    for ending, count in sorted(counts.items(), reverse=True):
        console.print(f"  {count:>2}  {LABELS[ending]}", highlight=False)
    query = quote(f'Municipality="{MUNICIPALITY}" AND Wijk="{WIJK}" AND ExecutionStatus="Running"')
    links = {
        "What waits, on the desk": f"{urls['desk']}/{MUNICIPALITY}/vandaag",
        "All its streets": f"{urls['desk']}/{MUNICIPALITY}/straten",
        "What the bank said": f"{urls['desk']}/{MUNICIPALITY}/betalen",
        "What neighbours worry about": f"{urls['desk']}/{MUNICIPALITY}/zorgen",
        "A street without budget": f"{urls['desk']}/aalsmeer/goedkeuren",
        "Every mail that went out": urls["mail"],
        "Its workflows in Temporal": f"{urls['temporal_ui']}/namespaces/default/workflows?query={query}",
        "What residents see": f"{urls['public']}/{MUNICIPALITY}",
    }
    console.print("\nWorth opening:")
    for name, link in links.items():
        console.print(f"  {name:<26} {link}", highlight=False, soft_wrap=True)
