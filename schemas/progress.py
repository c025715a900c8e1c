"""How far something is, as text: for the operators' page and the desk."""

BAR = 20
"""How many signs wide a bar is."""


def bar(done: int, total: int, width: int = BAR) -> str:
    """A bar of text, full when all is done; of nothing at all it is empty."""
    filled = width * done // total if total else 0
    return "█" * filled + "░" * (width - filled)
