"""An attentie: what a street did for a neighbour. On trust: no recipient, no receipt, nobody approves it."""

from enum import StrEnum


class Occasion(StrEnum):
    """Why; chosen by the gangmakers from a short list that names nobody."""

    BIRTH = "birth"
    WELCOME = "welcome"
    CELEBRATION = "celebration"
    DIPLOMA = "diploma"
    ILLNESS = "illness"
    MOURNING = "mourning"
    COMPANY = "company"
    OTHER = "other"


PREFIX = "attentie."


def reason_of(occasion: Occasion) -> str:
    """The reason its transfer carries in the ledger."""
    return f"{PREFIX}{occasion}"


def occasion_of(reason: str) -> Occasion | None:
    """The occasion of a transfer's reason; None when it is no attentie."""
    name = reason.removeprefix(PREFIX)
    return Occasion(name) if reason.startswith(PREFIX) and name in list(Occasion) else None
