"""A chart of a few bars as SVG: ours, and what stands beside it, on a scale of their own for each row."""

from html import escape

from tests.bench.row import Row, number

WIDE, LEFT, LINE, BAR = 900, 330, 62, 18
OURS, THEIRS, MARK, INK = "#1d6b4f", "#c9d6cf", "#b3261e", "#1b1b1b"


def chart(title: str, rows: list[Row]) -> str:
    """An SVG picture that stands alone."""
    high = 50 + LINE * len(rows)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" width="{WIDE}" height="{high}"'
        ' font-family="sans-serif" font-size="13" role="img">'
    )
    parts = [
        head,
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDE}" height="{high}" fill="#fff"/>',
        _text(12, 26, title, size=16),
        *(part for place, row in enumerate(rows) for part in _bars(50 + LINE * place, row)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bars(top: int, row: Row) -> list[str]:
    """Two bars, or one; the mark is where the target lies."""
    at = _mark(row)
    most = max(row.ours, row.theirs or 0, at or 0) or 1
    scale = (WIDE - LEFT - 170) / most
    verdict = "" if row.target is None else f", {row.target}: {'yes' if row.reached else 'NO'}"
    drawn = [
        _text(12, top + 14, row.what),
        _text(12, top + 34, f"beside: {row.beside}" if row.beside else "", size=11),
        _bar(top, row.ours * scale, OURS),
        _text(LEFT + row.ours * scale + 6, top + 14, f"{number(row.ours)} {row.unit}{verdict}", size=12),
    ]
    if row.theirs is not None:
        drawn.append(_bar(top + BAR + 2, row.theirs * scale, THEIRS))
        drawn.append(_text(LEFT + row.theirs * scale + 6, top + BAR + 16, number(row.theirs), size=12))
    if at is not None:
        x = LEFT + at * scale
        drawn.append(
            f'<line x1="{x:.1f}" y1="{top - 3}" x2="{x:.1f}" y2="{top + 2 * BAR + 5}" stroke="{MARK}"'
            ' stroke-width="2" stroke-dasharray="4 2"/>'
        )
    return drawn


def _mark(row: Row) -> float | None:
    if row.target is None:
        return None
    return row.target.value * (1 if row.target.figure else row.theirs or 0)


def _bar(top: float, wide: float, colour: str) -> str:
    return f'<rect x="{LEFT}" y="{top}" width="{max(wide, 1):.1f}" height="{BAR}" rx="2" fill="{colour}"/>'


def _text(x: float, y: float, text: str, *, size: int = 13) -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}" fill="{INK}">{escape(text)}</text>'
