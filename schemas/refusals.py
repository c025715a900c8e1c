"""Why the engine says no: a code for machines, a Dutch sentence for people (English in the web catalogue)."""

from enum import StrEnum


class Refusal(StrEnum):
    """Each value is the type of the ``ApplicationError`` that carries it."""

    INTAKE_CLOSED = "intake_closed"
    INTAKE_IN_THE_PAST = "intake_in_the_past"
    INTAKE_NOT_PLANNED = "intake_not_planned"
    TOO_FEW_GANGMAKERS = "too_few_gangmakers"
    SPELREGELS_NOT_AGREED = "spelregels_not_agreed"
    PROPOSER_MAY_NOT_APPROVE = "proposer_may_not_approve"
    POTJE_NOT_AWAITING_APPROVAL = "potje_not_awaiting_approval"
    POTJE_NOT_APPROVED = "potje_not_approved"
    NOTHING_TO_HAND_OVER = "nothing_to_hand_over"
    NOTHING_TO_PAY_BY_BANK = "nothing_to_pay_by_bank"
    POTJE_SETTLED = "potje_settled"


SENTENCES: dict[Refusal, str] = {
    Refusal.INTAKE_CLOSED: "Deze intake is al afgerond.",
    Refusal.INTAKE_IN_THE_PAST: "Kies een moment dat nog moet komen.",
    Refusal.INTAKE_NOT_PLANNED: "Plan eerst een gesprek. Daarna kunt u de uitkomst vastleggen.",
    Refusal.TOO_FEW_GANGMAKERS: (
        "Er zijn nog te weinig gangmakers voor deze gemeente. Kies 'wacht op nog een gangmaker'."
    ),
    Refusal.SPELREGELS_NOT_AGREED: "Een straat kan beginnen als de gangmakers ja zeggen tegen de spelregels.",
    Refusal.PROPOSER_MAY_NOT_APPROVE: (
        "U stelde dit potje zelf voor. Vraag een collega om het goed te keuren."
    ),
    Refusal.POTJE_NOT_AWAITING_APPROVAL: "Dit potje wacht niet op goedkeuring.",
    Refusal.POTJE_NOT_APPROVED: "Dit potje is nog niet goedgekeurd.",
    Refusal.NOTHING_TO_HAND_OVER: "Er is niets meer om uit te reiken.",
    Refusal.NOTHING_TO_PAY_BY_BANK: "Er is niets meer om via de bank te betalen.",
    Refusal.POTJE_SETTLED: "Dit potje is al afgehandeld.",
}
