"""What things are called in the scouting rooms, in Dutch (English in the web catalogue)."""

from collections.abc import Mapping

from schemas.facts import SignupStatus
from schemas.scouting import VisitOutcome

OUTCOMES = {
    VisitOutcome.NOBODY_HOME: "Niemand thuis",
    VisitOutcome.TALKED: "Gesproken",
    VisitOutcome.CANDIDATE: "Een kandidaat",
    VisitOutcome.REFUSED: "Wil niet",
}

COUNTED = {
    VisitOutcome.NOBODY_HOME: "Niemand thuis",
    VisitOutcome.TALKED: "Gesproken",
    VisitOutcome.CANDIDATE: "Kandidaten",
    VisitOutcome.REFUSED: "Wilde niet",
}

FLASHES = {
    VisitOutcome.NOBODY_HOME: "Genoteerd: er was niemand thuis.",
    VisitOutcome.TALKED: "Genoteerd: u sprak iemand.",
    VisitOutcome.CANDIDATE: "Wat mooi, een kandidaat! Die krijgt nu een uitnodiging per mail.",
    VisitOutcome.REFUSED: "Genoteerd: deze straat wil niet. We laten haar een tijd met rust.",
}

STANDS = {
    "new": "nog niet bezocht",
    "nobody_home": "niemand thuis",
    "talked": "gesproken",
    "candidate": "kandidaat",
    "refused": "wil niet",
    "due": "ga terug",
    "rests": "rust",
}
"""Where a street of a round stands."""

COLOURS = {
    "new": "",
    "nobody_home": "planned",
    "talked": "planned",
    "candidate": "accepted",
    "refused": "declined",
    "due": "open",
    "rests": "declined",
}

SIGNUPS = {
    SignupStatus.AWAITING: "uitgenodigd, nog geen antwoord",
    SignupStatus.CONFIRMED: "zei ja",
    SignupStatus.EXPIRED: "gaf geen antwoord, gewist",
    SignupStatus.WITHDRAWN: "zei nee, gewist",
}

PROPOSED = {"sleeping": "slaapt", "ended": "gestopt", "visited": "eerder bezocht, nog geen gangmaker"}


def stands(row: Mapping[str, object]) -> str:
    """Where a street stands: what a scout has to do first, then what came of the latest visit."""
    if row["due"]:
        return "due"
    if row["rest_until"] and row["outcome"] not in (VisitOutcome.CANDIDATE, VisitOutcome.REFUSED):
        return "rests"
    return str(row["outcome"] or "new")


def proposed(phase: str) -> str:
    """Why a street is proposed."""
    return PROPOSED.get(phase, PROPOSED["ended"])
