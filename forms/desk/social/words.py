"""What is said about a file with a social map. None of it repeats what stands in the file."""

from forms.site.i18n import marked, translated
from schemas.refs import Language
from schemas.social import Mistake, Wrong

SENTENCES = {
    Wrong.TOO_LARGE: marked("Het bestand is te groot. Het mag ten hoogste 300 KB zijn."),
    Wrong.NOT_TEXT: marked(
        "We kunnen dit bestand niet lezen. Bewaar het in uw rekenprogramma als CSV UTF-8 en kies het opnieuw."
    ),
    Wrong.EMPTY: marked("Er staat geen enkele plek in het bestand."),
    Wrong.TOO_MANY: marked("Er staan meer dan 500 plekken in het bestand."),
    Wrong.NO_COLUMN: marked(
        "Regel %(line)s: hier horen de namen van de kolommen. Nodig zijn naam, onderwerpen en tekst."
    ),
    Wrong.STRANGE_COLUMN: marked(
        "Regel %(line)s: de naam van een kolom kennen we niet, of hij staat er twee keer."
    ),
    Wrong.QUOTES: marked("Regel %(line)s: er ontbreekt een aanhalingsteken, of er staat er een te veel."),
    Wrong.CELLS: marked(
        "Regel %(line)s: er zijn meer vakken dan kolommen. Zet een tekst met een komma of puntkomma tussen"
        " aanhalingstekens."
    ),
    Wrong.TWICE: marked("Regel %(line)s: deze naam staat al eerder in het bestand."),
    Wrong.NAME: marked("Regel %(line)s: vul een naam in van ten hoogste 80 tekens."),
    Wrong.TOPICS: marked("Regel %(line)s: vul onderwerpen in uit de lijst, met een | ertussen."),
    Wrong.WIJKEN: marked("Regel %(line)s: een wijk kennen we niet. Laat het vak leeg voor de hele gemeente."),
    Wrong.NL: marked("Regel %(line)s: vul een tekst in van ten hoogste 600 tekens."),
    Wrong.EN: marked("Regel %(line)s: de Engelse tekst mag ten hoogste 600 tekens hebben."),
    Wrong.PHONE: marked("Regel %(line)s: het telefoonnummer klopt niet."),
    Wrong.EMAIL: marked("Regel %(line)s: het e-mailadres klopt niet."),
    Wrong.WEB: marked("Regel %(line)s: het webadres klopt niet. Het begint met https:// of http://."),
    Wrong.NO_CONTACT: marked("Regel %(line)s: vul een telefoonnummer, e-mailadres of webadres in."),
}
NOTHING_READ = marked("Er klopt iets niet in het bestand. Er is niets veranderd.")


def sentence(mistake: Mistake, language: Language) -> str:
    """A mistake in the reader's language."""
    return translated(SENTENCES[mistake.wrong], language) % {"line": mistake.line}
