"""What a typed code came to, in words."""

from pydantic import ValidationError

from forms.site.i18n import marked as _
from forms.site.i18n import translated
from schemas.door import CodeForm
from schemas.refs import Language
from store.entry import Opening, Outcome

NO_CODE = _("Typ de zes cijfers uit de mail.")
WRONG = _("Deze code klopt niet. Kijk nog eens in uw mail. U kunt het nog %(left)s keer proberen.")
LAST = _("Deze code klopt niet. Kijk nog eens in uw mail. U kunt het nog één keer proberen.")
USELESS = {
    Outcome.WORN_OUT: _("Deze code is te vaak verkeerd ingevuld. Vraag hieronder een nieuwe code."),
    Outcome.USED: _("Deze code is al gebruikt. Vraag hieronder een nieuwe code."),
    Outcome.EXPIRED: _("Deze code is te oud. Een code werkt 10 minuten. Vraag hieronder een nieuwe code."),
}


def digits_of(values: dict[str, str]) -> str | None:
    """The six digits; None for what is no code."""
    try:
        return CodeForm.model_validate(values).code
    except ValidationError:
        return None


def said(opening: Opening, language: Language) -> str:
    """Why a code did not open."""
    if opening.outcome is Outcome.WRONG:
        return translated(LAST if opening.left == 1 else WRONG, language) % {"left": opening.left}
    return translated(USELESS.get(opening.outcome, USELESS[Outcome.EXPIRED]), language)
