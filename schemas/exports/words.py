"""What reports and their figures are called, in Dutch (English in the web catalogue)."""

from collections.abc import Mapping

from schemas.accounts import OWN_MONEY, BudgetLine
from schemas.attentie import Occasion
from schemas.reports import UNPLACED, Report

TITLES = {
    Report.BUDGET: "Begroting en uitgaven",
    Report.WIJKEN: "Per wijk",
    Report.FUNDERS: "Per geldgever",
    Report.OCCASIONS: "Attenties per aanleiding",
    Report.MONTHS: "Per maand",
}

FIRST_COLUMNS = {
    Report.BUDGET: "Post",
    Report.WIJKEN: "Wijk",
    Report.FUNDERS: "Geldgever",
    Report.OCCASIONS: "Aanleiding",
    Report.MONTHS: "Maand",
}

LINES = {
    BudgetLine.POTJES: "Potjes",
    BudgetLine.STARTER: "Starterspakketten",
    BudgetLine.CAMPAIGN: "Campagne",
    BudgetLine.HOURS: "Uren van de lokale partij",
}

COLUMNS: dict[str, str] = {
    **{line.value: title for line, title in LINES.items()},
    "granted": "Toegekend",
    "moved": "Verschoven",
    "carried_in": "Van vorig jaar",
    "spent": "Besteed",
    "reserved": "Gereserveerd",
    "returned": "Terug naar geldgevers",
    "carried_out": "Naar volgend jaar",
    "left": "Over",
    "streets": "Straten met geld",
    "potjes_approved": "Potjes",
    "approved": "Goedgekeurd",
    "paid": "Uitbetaald",
    "attenties": "Attenties",
    "turned": "Bij de jaarwisseling",
    "left_in_street": "Nog bij de straten",
    "share_spent": "Aandeel in wat besteed is",
    "count": "Aantal",
}

OCCASIONS = {
    Occasion.BIRTH: "Geboorte",
    Occasion.WELCOME: "Nieuwe buur",
    Occasion.CELEBRATION: "Feest of jubileum",
    Occasion.DIPLOMA: "Geslaagd",
    Occasion.ILLNESS: "Ziekte of herstel",
    Occasion.MOURNING: "Overlijden of rouw",
    Occasion.COMPANY: "Samen iets gezelligs",
    Occasion.OTHER: "Iets anders",
}

WITHOUT_WIJK = "Zonder wijk"
WITHOUT_FUNDER = "Zonder geldgever"
GANGMAKERS = "De gangmakers zelf"
TOTAL = "Samen"
TOO_SMALL = "te weinig om te tonen"
"""Stands where a figure is not shown."""


def label(report: Report, key: str, funders: Mapping[str, str]) -> str:
    """What a line of a report is called; a funder that the policy no longer knows by its key."""
    match report:
        case Report.BUDGET:
            return LINES[BudgetLine(key)]
        case Report.OCCASIONS:
            return OCCASIONS[Occasion(key)]
        case Report.WIJKEN:
            return key or WITHOUT_WIJK
        case Report.FUNDERS if key == UNPLACED:
            return WITHOUT_FUNDER
        case Report.FUNDERS:
            return GANGMAKERS if key == OWN_MONEY else funders.get(key, key)
        case _:
            return key
