"""What the numbers are called, in Dutch (English in the web catalogue)."""

from forms.site.i18n import marked as _

FUNNEL = {
    "signups": _("aanmeldingen"),
    "confirmed": _("bevestigd"),
    "streets": _("straten erdoor begonnen"),
    "intakes": _("daarvan een gesprek gehad"),
    "active": _("daarvan actief geworden"),
}
"""From a sign-up to a street."""

RENEWALS = {
    "go_on": _("gaat verder"),
    "change": _("gaat verder en wil iets veranderen"),
    "stop": _("stopt"),
    "silent": _("geen antwoord, slaapt"),
    "asked": _("wacht nog op antwoord"),
    "to_call": _("wordt gebeld"),
}

QUARTERS = {
    1: _("januari tot en met maart"),
    2: _("april tot en met juni"),
    3: _("juli tot en met september"),
    4: _("oktober tot en met december"),
}
