"""What things are called in *my data*, in Dutch (English in the web catalogue)."""

from forms.public.door.problems import SENTENCES as DOOR
from forms.public.sentences import SENTENCES as SIGNUP
from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.facts import LinkPurpose, Template
from schemas.refs import Language

OWN = {"sure": {"missing": _("Zet een vinkje als u het zeker weet.")}}
SENTENCES = {**{name: SIGNUP[name] for name in ("name", "email", "phone")}, "code": DOOR["code"], **OWN}

DONE = {
    "verbeterd": _("Uw gegevens zijn aangepast."),
    "adres": _("We sturen onze mail vanaf nu naar uw nieuwe adres."),
}
"""What the overview says after something was done, by the word in its address."""

QUESTIONS = {
    LinkPurpose.CONFIRM_SIGNUP: _("Of uw aanmelding klopt"),
    LinkPurpose.CONFIRM_SECOND: _("Of u mee wilt doen"),
    LinkPurpose.CONFIRM_RECEIPT: _("Of u het potje kreeg"),
    LinkPurpose.CONFIRM_ACCOUNT: _("Of het rekeningnummer klopt"),
    LinkPurpose.RENEWAL: _("Of uw straat verdergaat"),
    LinkPurpose.WAKE_STREET: _("Of uw straat weer wakker wordt"),
    LinkPurpose.INTAKE_PICK: _("Welk moment u past voor het gesprek"),
    LinkPurpose.CONCERN: _("Een zorg om op te pakken"),
    LinkPurpose.REOPEN_CONCERN: _("Of u zich nog zorgen maakt"),
    LinkPurpose.STARTER: _("Of het startpakket er is"),
    LinkPurpose.STREET_DOOR: _("De link naar de pagina van uw straat"),
    LinkPurpose.MY_DATA: _("De link naar uw gegevens"),
}

MAILS = {
    Template.CONFIRM_SIGNUP: _("Bevestig uw aanmelding"),
    Template.REMIND_SIGNUP: _("Herinnering: bevestig uw aanmelding"),
    Template.CONFIRM_SECOND: _("Doet u mee?"),
    Template.REMIND_SECOND: _("Herinnering: doet u mee?"),
    Template.WELCOME: _("Welkom"),
    Template.WELCOME_EXTRA: _("Welkom"),
    Template.INTAKE_PLANNED: _("Uitnodiging voor het gesprek"),
    Template.INTAKE_REMINDER: _("Herinnering aan het gesprek"),
    Template.INTAKE_PICK: _("Kies een moment voor het gesprek"),
    Template.INTAKE_MISSED: _("Het gesprek ging niet door"),
    Template.STREET_ACCEPTED: _("Besluit over uw straat"),
    Template.STREET_WAITING: _("Besluit over uw straat"),
    Template.STREET_REFERRED: _("Besluit over uw straat"),
    Template.STREET_DECLINED: _("Besluit over uw straat"),
    Template.GANGMAKER_LEFT: _("Dank u wel"),
    Template.MY_DATA: _("De link naar uw gegevens"),
    Template.MY_DATA_CODE: _("Een code"),
    Template.MY_ADDRESS_CODE: _("Een code"),
    Template.DOOR_CODE: _("Een code"),
}
GROUPS = {
    "potje": _("Bericht over het potje"),
    "handover": _("Bericht over het potje"),
    "account": _("Bericht over het rekeningnummer"),
    "renewal": _("Bericht over het verdergaan van uw straat"),
    "street": _("Bericht over uw straat"),
    "starter": _("Bericht over het startpakket"),
    "concern": _("Bericht over een zorg"),
    "candidate": _("Uitnodiging na een gesprek aan de deur"),
    "confirm": _("Een buur geeft het stokje aan u door"),
    "remind": _("Een buur geeft het stokje aan u door"),
}
OTHER_MAIL = _("Een bericht")

STATES = {
    "queued": _("staat klaar"),
    "sending": _("staat klaar"),
    "unknown": _("staat klaar"),
    "accepted": _("verstuurd"),
    "failed": _("niet aangekomen"),
    "dropped": _("niet verstuurd"),
}

PURPOSES = {
    "street_page": _("de pagina van uw straat"),
    "hand_on": _("het stokje doorgeven"),
    "split": _("een deel van de straat laten beginnen"),
    "renewal": _("u bellen over uw straat"),
    "agenda": _("de agenda van gesprekken"),
    "concern": _("een zorg die u meldde"),
    "export": _("een kopie van uw gegevens, op verzoek"),
    "find_person": _("u opzoeken met uw e-mailadres"),
}
OTHER_PURPOSE = _("iets anders")

ACCOUNTS = {
    "asked": _("wacht op bevestiging"),
    "confirmed": _("bevestigd, gaat na een dag in"),
    "in_force": _("hierop betalen we"),
    "replaced": _("vervangen door een ander"),
    "refused": _("niet gebruikt"),
}

PHASES = {
    "intake": _("begint net"),
    "active": _("actief"),
    "sleeping": _("slaapt"),
    "ended": _("gestopt"),
}

ROLES = [
    _("coördinator"),
    _("penningmeester"),
    _("privacyfunctionaris"),
    _("verkenner"),
    _("professional die gevraagd is"),
    _("gangmaker"),
    _("medewerker"),
]
"""As :mod:`schemas.my_data` calls who looked."""

CONCERNS = {"waiting": _("wacht"), "picked_up": _("opgepakt"), "closed": _("afgerond")}


def mail(template: str) -> str:
    """What a mail was about."""
    group = template.partition("_")[0]
    named = MAILS.get(Template(template)) if template in list(Template) else None
    return named or GROUPS.get(group, OTHER_MAIL)


def sentence(field: str, kind: str, language: Language) -> str:
    """The sentence for an error type of a field; raises ``KeyError`` for one that nobody wrote."""
    return translated(SENTENCES[field][kind], language)
