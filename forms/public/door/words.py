"""What things are called behind the door, in Dutch (English in the web catalogue)."""

from forms.site.i18n import marked as _

DONE = {
    "attentie": _("Uw attentie staat erbij. Fijn dat u aan uw buren denkt."),
    "weg": _("De attentie is weggehaald."),
    "verhaal": _("Dank u wel voor uw verhaal. We hebben het goed bewaard."),
    "teruggenomen": _("Uw verhaal is gewist."),
    "rekening": _("We hebben uw rekeningnummer. U krijgt er een mail over."),
}
"""What the overview says after something was done, by the word in its address."""

SENT_BEFORE = _(
    "U had dit formulier al verstuurd, met iets anders erin. Dat staat er al. "
    "Wilt u dit er ook bij? Druk dan nog een keer op de knop."
)
TOO_OFTEN = _("U stuurt nu wel heel veel achter elkaar. Probeer het over een uur nog eens, of bel ons.")
YEAR_CLOSED = _("Het jaar %(year)s is afgesloten. Daarin kunnen we niets meer opschrijven.")
