"""Why the engine says no: a code for machines, a Dutch sentence for people (English in the web catalogue)."""

from enum import StrEnum


class Refusal(StrEnum):
    """Each value is the type of the ``ApplicationError`` that carries it."""

    INTAKE_CLOSED = "intake_closed"
    INTAKE_IN_THE_PAST = "intake_in_the_past"
    INTAKE_NOT_PLANNED = "intake_not_planned"
    INTAKE_NOT_YET = "intake_not_yet"
    FEW_MOMENTS = "few_moments"
    MOMENT_TAKEN = "moment_taken"
    TOO_FEW_GANGMAKERS = "too_few_gangmakers"
    SPELREGELS_NOT_AGREED = "spelregels_not_agreed"
    PROPOSER_MAY_NOT_APPROVE = "proposer_may_not_approve"
    POTJE_NOT_AWAITING_APPROVAL = "potje_not_awaiting_approval"
    POTJE_NOT_APPROVED = "potje_not_approved"
    NOTHING_TO_HAND_OVER = "nothing_to_hand_over"
    NOTHING_TO_PAY_BY_BANK = "nothing_to_pay_by_bank"
    POTJE_SETTLED = "potje_settled"
    POTJE_IN_BATCH = "potje_in_batch"
    POTJE_PARTLY_PAID = "potje_partly_paid"
    POTJE_JUST_MOVED = "potje_just_moved"
    HANDOVER_UNCONFIRMED = "handover_unconfirmed"
    NOTHING_HANDED_OVER = "nothing_handed_over"
    NO_BANK_ACCOUNT = "no_bank_account"
    YEAR_NOT_OPEN = "year_not_open"
    RESTORED = "restored"
    OWN_BATCH = "own_batch"
    BATCH_NOT_FROZEN = "batch_not_frozen"
    BATCH_OVER = "batch_over"
    OWN_RELEASE = "own_release"
    BATCH_TOLD = "batch_told"
    ACCOUNT_DECIDED = "account_decided"
    NOT_A_GANGMAKER = "not_a_gangmaker"
    LAST_OF_INTAKE = "last_of_intake"
    STREET_NOT_ACTIVE = "street_not_active"
    STREET_NOT_ASLEEP = "street_not_asleep"
    STREET_OVER = "street_over"
    STREET_FORGOTTEN = "street_forgotten"
    STREET_PAUSED = "street_paused"
    STREET_ITSELF = "street_itself"
    STREET_EXISTS = "street_exists"
    SPLIT_NOBODY = "split_nobody"
    STREET_BUSY = "street_busy"
    NO_STARTER = "no_starter"
    SIGNUP_DECIDED = "signup_decided"
    ASKED_ENOUGH = "asked_enough"
    RENEWAL_DECIDED = "renewal_decided"
    ROUND_OVER = "round_over"


SENTENCES: dict[Refusal, str] = {
    Refusal.INTAKE_CLOSED: "Deze intake is al afgerond.",
    Refusal.INTAKE_IN_THE_PAST: "Kies een moment dat nog moet komen.",
    Refusal.INTAKE_NOT_PLANNED: "Plan eerst een gesprek. Daarna kunt u de uitkomst vastleggen.",
    Refusal.INTAKE_NOT_YET: "Het gesprek moet nog komen. Dit kan pas daarna.",
    Refusal.FEW_MOMENTS: "Kies twee, drie of vier momenten die nog moeten komen.",
    Refusal.MOMENT_TAKEN: "Een van deze momenten is net bezet. Kies opnieuw uit wat er nog vrij is.",
    Refusal.TOO_FEW_GANGMAKERS: (
        "Er zijn nog te weinig gangmakers voor deze gemeente. Kies 'wacht op nog een gangmaker'."
    ),
    Refusal.SPELREGELS_NOT_AGREED: "Een straat kan beginnen als elke gangmaker ja zegt tegen de spelregels.",
    Refusal.PROPOSER_MAY_NOT_APPROVE: (
        "U stelde dit potje zelf voor. Vraag een collega om het goed te keuren."
    ),
    Refusal.POTJE_NOT_AWAITING_APPROVAL: "Dit potje wacht niet op goedkeuring.",
    Refusal.POTJE_NOT_APPROVED: "Dit potje is nog niet goedgekeurd.",
    Refusal.NOTHING_TO_HAND_OVER: "Er is niets meer om uit te reiken.",
    Refusal.NOTHING_TO_PAY_BY_BANK: "Er is niets meer om via de bank te betalen.",
    Refusal.POTJE_SETTLED: "Dit potje is al afgehandeld.",
    Refusal.POTJE_IN_BATCH: (
        "Dit potje is op weg naar de bank. Wacht op het bankafschrift, of annuleer eerst de betaling."
    ),
    Refusal.POTJE_JUST_MOVED: "De bank meldde net iets over dit potje. Probeer het zo nog eens.",
    Refusal.POTJE_PARTLY_PAID: (
        "Een deel van dit potje is al bij de straat. Daarom kunt u het niet meer intrekken."
    ),
    Refusal.HANDOVER_UNCONFIRMED: "Dit potje is uitgereikt. Draai eerst de uitreiking terug.",
    Refusal.NOTHING_HANDED_OVER: "Er is niets uitgereikt dat nog bevestigd moet worden.",
    Refusal.NO_BANK_ACCOUNT: (
        "Deze gemeente heeft nog geen bankrekening om van te betalen. Zet die eerst in het beleid."
    ),
    Refusal.YEAR_NOT_OPEN: "Dit boekjaar is niet meer open. Er kan geen geld meer uit betaald worden.",
    Refusal.RESTORED: (
        "De gegevens zijn teruggezet uit een back-up. "
        "Betalen kan weer als de beheerder heeft nagekeken wat er al bij de bank is."
    ),
    Refusal.OWN_BATCH: "U maakte dit betaalbestand zelf. Vraag een collega om het vrij te geven.",
    Refusal.BATCH_NOT_FROZEN: "Dit betaalbestand is al vrijgegeven of geannuleerd.",
    Refusal.BATCH_OVER: "Dit betaalbestand is al afgehandeld of geannuleerd.",
    Refusal.OWN_RELEASE: "U gaf dit betaalbestand zelf vrij. Vraag een collega om het te annuleren.",
    Refusal.BATCH_TOLD: (
        "De bank meldde al iets over dit betaalbestand. Wat mislukt is, komt vanzelf weer klaar te staan."
    ),
    Refusal.ACCOUNT_DECIDED: "Over dit rekeningnummer is al beslist.",
    Refusal.ROUND_OVER: "Deze ronde is al afgelopen.",
    Refusal.NOT_A_GANGMAKER: "Deze persoon is geen gangmaker van deze straat meer.",
    Refusal.LAST_OF_INTAKE: (
        "Dit is de enige gangmaker, en de intake loopt nog. Leg daar vast dat de straat niet begint."
    ),
    Refusal.STREET_NOT_ACTIVE: "Dit kan alleen met een straat die actief is.",
    Refusal.STREET_NOT_ASLEEP: "Deze straat slaapt niet.",
    Refusal.STREET_OVER: "Deze straat is al gestopt.",
    Refusal.STREET_FORGOTTEN: (
        "De gangmakers van vroeger zijn gewist. De straat wordt wakker als iemand zich aanmeldt."
    ),
    Refusal.STREET_PAUSED: (
        "Deze straat heeft nu te weinig gangmakers. Het potje wacht tot er weer genoeg zijn."
    ),
    Refusal.STREET_ITSELF: "Kies een andere straat dan deze.",
    Refusal.STREET_EXISTS: "Er is al een straat met deze naam.",
    Refusal.SPLIT_NOBODY: "In beide delen moet minstens één gangmaker wonen.",
    Refusal.NO_STARTER: "Er is nu geen startpakket om dit mee te doen.",
    Refusal.SIGNUP_DECIDED: "Deze aanmelding wacht niet meer op een antwoord.",
    Refusal.ASKED_ENOUGH: "De vraag is al drie keer opnieuw gestuurd. Vraag of het e-mailadres klopt.",
    Refusal.RENEWAL_DECIDED: "Over dit jaar is al besloten.",
    Refusal.STREET_BUSY: "Een van de twee straten wordt net veranderd. Probeer het zo nog eens.",
}
