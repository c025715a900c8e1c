"""The yearly question to a street, and the pure rules of its answer."""

from enum import StrEnum

from pydantic import BaseModel

from schemas.refs import ENGINE, StaffRef, VaultRef


class RenewalOutcome(StrEnum):
    """What a street's year leads to."""

    GO_ON = "go_on"
    CHANGE = "change"
    STOP = "stop"
    SILENT = "silent"


class RenewalDecision(BaseModel):
    """What the street learns of it; ``leaving`` are gangmakers who stop while the others go on."""

    year: int
    outcome: RenewalOutcome
    leaving: list[VaultRef] = []
    by: StaffRef = ENGINE
