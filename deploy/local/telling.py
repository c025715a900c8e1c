"""What the stack tells the person at the terminal; plain lines when there is no terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

NAMES = {
    "public": ("Public pages", "what residents see"),
    "desk": ("Desk", "intakes and potjes"),
    "mail": ("Mail catcher", "every mail that was sent"),
    "temporal_ui": ("Temporal UI", "every step, in Dutch"),
}
WIDE = 100
SIGN_UP = "/rotterdam/aanmelden"


class Teller:
    """Writes to the terminal: tidy on a screen, a line each in a file."""

    def __init__(self) -> None:
        self.out = Console(highlight=False)
        self.errors = Console(stderr=True, highlight=False)

    def say(self, line: str) -> None:
        """One line of news."""
        self.out.print(line, markup=False, soft_wrap=True)

    def complain(self, sentence: str) -> None:
        """Why it did not work, and what to do."""
        self.errors.print(sentence, markup=False, soft_wrap=True, style="bold red")

    def show(self, urls: Mapping[str, str], home: Path, seconds: float) -> None:
        """Everything runs: what is where, what to try first, how to stop."""
        title = f"Lief & Leedstraten runs (started in {seconds:.1f} s)"
        rows = [(NAMES[name][0], url, NAMES[name][1]) for name, url in urls.items()]
        rows += [
            ("Try first", f"{urls['public']}{SIGN_UP}", "sign up, then read the mail"),
            ("Data", str(home), "--fresh empties it"),
            ("Stop", "Ctrl-C", "nothing is lost"),
        ]
        if self.out.is_terminal:
            self.out.print(Panel.fit(_table(rows, wide=self.out.width >= WIDE), title=title, padding=(1, 2)))
            return
        self.say(title)
        for label, where, _ in rows:
            self.say(f"{label}: {where}")


def _table(rows: Sequence[tuple[str, str, str]], *, wide: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(style="cyan", overflow="fold")
    if wide:
        table.add_column(style="dim")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row[: 3 if wide else 2]))
    return table
