"""The books as a Beancount file: ``bean-check`` agrees, or something is wrong.

Each posted transfer is a transaction; what is reserved, released or marked stands beside it as a comment,
so that the whole chain is in the file. What came into an account counts above zero, as assets do.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from schemas.book import Book, Line, Marked
from schemas.exports.comma import euros
from schemas.ledger import AccountKind, LegKind

ROOTS = {
    AccountKind.FUNDING: "Income:Funding",
    AccountKind.BUDGET: "Assets:Budget",
    AccountKind.STREET: "Assets:Street",
    AccountKind.SPENT: "Expenses:Spent",
    AccountKind.BANK: "Assets:Bank",
    AccountKind.SUSPENSE: "Assets:Suspense",
    AccountKind.CARRY: "Equity:Carry",
}


def books(book: Book) -> bytes:
    """The file, the same bytes for the same books."""
    return "\n".join([*_head(book), *_opened(book), *_chain(book), *_asserted(book), ""]).encode()


def account(code: str) -> str:
    """``Assets:Street:Rozenlaan`` for ``street:rotterdam:rozenlaan:2026``; two codes never become one."""
    kind, _, *rest = code.split(":")
    names = rest[:-1] if kind != AccountKind.CARRY else rest
    return ":".join([ROOTS[AccountKind(kind)], *(name[:1].upper() + name[1:] for name in names)])


def _head(book: Book) -> Iterator[str]:
    yield f"; {book.municipality} {book.year}: {len(book.lines)} transfers, chain {book.seq} {book.head}"
    yield f'option "title" "Lief & Leedstraten {_quoted(book.name)} {book.year}"'
    yield 'option "operating_currency" "EUR"'
    yield ""


def _opened(book: Book) -> Iterator[str]:
    first = _first(book)
    for code in sorted(book.balances):
        yield f"{first} open {account(code)} EUR"
        yield f'  code: "{code}"'
        if reserved := book.reserved.get(code):
            yield f"  reserved: {euros(reserved)} EUR"
    yield ""


def _first(book: Book) -> date:
    return min([date(book.year, 1, 1), *(line.booked_on for line in book.lines)])


def _chain(book: Book) -> Iterator[str]:
    both: list[Line | Marked] = [*book.lines, *book.marks]
    for each in sorted(both, key=lambda each: each.seq):
        if isinstance(each, Marked):
            yield f"; mark seq {each.seq} {each.kind} {each.subject} digest {each.digest} hash {each.hash}"
        elif each.kind in (LegKind.RESERVE, LegKind.RELEASE):
            yield _beside(each)
        else:
            yield from _transaction(each)


def _beside(line: Line) -> str:
    return (
        f"; {line.booked_on} {line.kind} seq {line.seq} {euros(line.cents)} EUR"
        f" {line.debit} to {line.credit} id {line.id} hash {line.hash}"
    )


def _transaction(line: Line) -> Iterator[str]:
    yield f'{line.booked_on} * "{line.reason}"'
    told = {
        "id": line.id,
        "seq": line.seq,
        "hash": line.hash,
        "kind": line.kind.value,
        "actor": line.actor,
        "group": line.group_id,
        "resolves": line.pending_id,
        "reverses": line.reverses_id,
        "recorded": line.recorded_at.isoformat(),
    }
    yield from (f'  {name}: "{value}"' for name, value in told.items() if value is not None)
    yield f"  {account(line.debit)}  {euros(-line.cents)} EUR"
    yield f"  {account(line.credit)}  {euros(line.cents)} EUR"


def _asserted(book: Book) -> Iterator[str]:
    """Beancount asserts the balance at the beginning of a day, so it is the day after the last."""
    last = max([date(book.year, 12, 31), *(line.booked_on for line in book.lines)])
    yield ""
    for code, cents in sorted(book.balances.items()):
        yield f"{last + timedelta(days=1)} balance {account(code)}  {euros(cents)} EUR"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
