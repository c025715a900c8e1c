"""Telling a concern: first what to do in danger, then few questions. Nothing is kept before it is sent."""

from uuid import UUID, uuid4

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forms.public.crowd import TRAP, doubt
from forms.public.receipt import LETTERS
from forms.public.site import policy_of, site_of
from forms.site.i18n import language_of, translated
from forms.site.i18n import marked as _
from forms.site.reading import typed
from schemas.concern import ConcernForm, reference
from schemas.facts import Doubt
from schemas.policy import Policy
from store import concerns, inbox, social
from store.vault import Vault

HELP = "help"

SENTENCES = {
    "topic": _("Kies waar het over gaat."),
    "urgency": _("Kies hoe snel iemand moet kijken."),
    "wijk": _("Kies de wijk uit de lijst."),
    "words": _("Vertel in een paar zinnen wat u opviel, in ten hoogste 2000 tekens."),
    "knows": _("Kies of uw buur het weet."),
    "who": _("Kies of u uw naam erbij zet."),
    "name": _("Vul uw naam in, of kies om het zonder naam te melden."),
    "email": _("Dit e-mailadres klopt niet. Een voorbeeld is: naam@voorbeeld.nl."),
    "phone": _("Dit telefoonnummer klopt niet. Een voorbeeld is: 06 12345678."),
}
AGAIN = _(
    "U stuurde deze melding al, met andere woorden. Wilt u er iets bij vertellen? "
    "Kijk na wat hieronder staat, en verstuur het als een nieuwe melding."
)
RULES = {
    "name_missing": ("name", SENTENCES["name"]),
    "contact_missing": (
        "email",
        _("Vul een e-mailadres of een telefoonnummer in. Anders kunnen we u niet bereiken."),
    ),
    "phone_missing": ("phone", _("Vul het nummer in waarop we u mogen bellen.")),
}
"""Rules over several fields, with the field where a reader mends them."""


async def begin(request: Request) -> Response:
    """Whom to call, who sees what, and whether there is danger now."""
    policy = await policy_of(request)
    return site_of(request).pages.render(request, "concern.html", policy=policy, wijk=_wijk(request, policy))


async def danger(request: Request) -> Response:
    """Call 112. Nothing is stored, and going on is a choice."""
    policy = await policy_of(request)
    return site_of(request).pages.render(
        request, "concern_danger.html", policy=policy, wijk=_wijk(request, policy)
    )


def _wijk(request: Request, policy: Policy) -> str:
    asked = request.query_params.get("wijk", "")
    return asked if asked in policy.wijken else ""


async def tell(request: Request) -> Response:
    """The form, empty; a link from a street's page knows the wijk."""
    policy = await policy_of(request)
    return _form(request, policy, {"wijk": _wijk(request, policy)}, {})


def _form(request: Request, policy: Policy, values: dict[str, str], errors: dict[str, str]) -> Response:
    language = language_of(request)
    return site_of(request).pages.render(
        request,
        "concern_form.html",
        422 if errors else 200,
        policy=policy,
        values={"form": str(uuid4())} | values,
        errors={field: translated(text, language) for field, text in errors.items()},
    )


async def send(request: Request) -> Response:
    """Take it in, or show what may help first; both are a choice of the reader."""
    policy, values = await policy_of(request), await typed(request)
    if values.get("step") == HELP:
        return await _help(request, policy, values)
    if values.get("step") == "back":
        return _form(request, policy, values, {})
    try:
        submission = UUID(values.get("form", ""))
    except ValueError:
        raise HTTPException(400) from None
    form, errors = read(policy, values)
    if form is None:
        return _form(request, policy, values, errors)
    try:
        receipt = await _take_in(request, policy, form, submission, await doubt(request, values))
    except concerns.OtherWords:
        return _form(request, policy, values | {"form": str(uuid4())}, {"words": AGAIN})
    return RedirectResponse(f"/{policy.slug}/zorg/ontvangen/{receipt}", 303)


async def _take_in(
    request: Request, policy: Policy, form: ConcernForm, submission: UUID, doubted: Doubt | None
) -> str | None:
    """Its receipt; the same form twice, even at the same moment, is one concern."""
    site = site_of(request)
    try:
        async with site.db.transaction() as conn:
            return await concerns.take_in(
                conn,
                Vault(site.keyring),
                policy,
                form,
                submission,
                language=language_of(request),
                desk_url=site.settings.desk_url,
                doubt=doubted,
            )
    except concerns.SentTwice:
        async with site.db.connection() as conn:
            return await inbox.claim(conn, submission)


def read(policy: Policy, values: dict[str, str]) -> tuple[ConcernForm | None, dict[str, str]]:
    """The form, or one sentence for each field that is wrong. What was typed is not in it."""
    given = {name: values[name] for name in ConcernForm.model_fields if values.get(name, "").strip()}
    found: dict[str, str] = {}
    form = None
    try:
        form = ConcernForm.model_validate(given)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            if each["loc"]:
                found.setdefault(str(each["loc"][0]), SENTENCES[str(each["loc"][0])])
            else:
                field, sentence = RULES[each["type"]]
                found.setdefault(field, sentence)
    if policy.concerns.topic(values.get("topic", "")) is None:
        found["topic"] = SENTENCES["topic"]
    if values.get("wijk", "") not in policy.wijken:
        found["wijk"] = SENTENCES["wijk"]
    ordered = [name for name in ConcernForm.model_fields if name in found]
    return (None if found else form), {name: found[name] for name in ordered}


async def _help(request: Request, policy: Policy, values: dict[str, str]) -> Response:
    """What may help besides, for this topic and wijk. Nothing is stored; what was typed comes along."""
    topic = policy.concerns.topic(values.get("topic", ""))
    wijk = values.get("wijk", "")
    async with site_of(request).db.connection() as conn:
        offers = await social.offers(
            conn, policy.slug, topic.key if topic else None, wijk if wijk in policy.wijken else None
        )
    kept = {name: value for name, value in values.items() if name not in ("step", TRAP)}
    return site_of(request).pages.render(
        request, "concern_help.html", policy=policy, offers=offers, topic=topic, kept=kept
    )


async def received(request: Request) -> Response:
    """A number, what happens next, and who sees what."""
    policy, receipt = await policy_of(request), request.path_params["receipt"]
    site = site_of(request)
    if not set(receipt) <= LETTERS:
        raise HTTPException(404)
    async with site.db.connection() as conn:
        concern = await concerns.of_receipt(conn, policy.slug, receipt)
    if concern is None:
        raise HTTPException(404)
    return site.pages.render(request, "concern_received.html", policy=policy, reference=reference(concern))
